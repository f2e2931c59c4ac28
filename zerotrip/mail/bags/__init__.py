"""Seals with numbers, and bags that travel closed: many pieces handed over by one scan."""
