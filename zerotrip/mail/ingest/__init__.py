"""Scans and announcements taken in by the batch: every row lands, is known already, or is set aside with its reason."""
