"""What scans say about a piece: one table of rules, read by Python and turned into SQL."""
