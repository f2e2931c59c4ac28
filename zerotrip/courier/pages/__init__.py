"""The courier's pages, one module for each kind of errand."""
