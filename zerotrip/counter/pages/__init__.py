"""The pages of the staff desks."""
