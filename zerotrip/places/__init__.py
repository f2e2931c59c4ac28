"""Divisions, organisations, places and their opening hours."""
