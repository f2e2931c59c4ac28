"""The courier's phone: today's pickups and deliveries, each done with one thumb."""
