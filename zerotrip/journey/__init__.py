"""Plans itineraries for errands: fewest trips, earliest finish, least cost."""
