"""Old months of scans: written to files, read from them, brought back."""
