"""Coverage: the fewest trips of each township for each item, what one more service changes, where it helps most."""
