"""What it costs to send a piece, and with whom it is agreed that their pieces need no document each."""
