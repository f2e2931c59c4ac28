"""Webhooks: partners are told what happens to their cases (Standard Webhooks specification 1.0)."""
