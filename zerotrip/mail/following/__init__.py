"""What the post outside scans of our own pieces moves them on: custody, state and entries follow the trace."""
