"""The pages of sign-in, of the citizen's profile and of staff."""
