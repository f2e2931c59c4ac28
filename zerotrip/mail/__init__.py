"""Consignments, labels, custody, manifests, scans, public tracking."""
