"""What has gone wrong and whose turn it is, and what citizens are told by text message."""
