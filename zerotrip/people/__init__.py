"""Applicants, companies, staff, roles and sign-in; the vault for personal data."""
