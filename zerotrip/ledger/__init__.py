"""What happened: recorded actions, entries, readers."""
