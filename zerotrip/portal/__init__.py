"""The citizen's pages, phone first: find an item, apply, follow the errand."""
