"""The door for other systems: partners, their tokens, and the API under /api/v1/."""
