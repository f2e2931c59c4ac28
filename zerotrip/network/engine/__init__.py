"""Timetables, connection scans, punctuality and promises: plain numbers in, plain numbers out."""
