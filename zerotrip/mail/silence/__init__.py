"""Pieces that should have been scanned and were not, and promises that passed."""
