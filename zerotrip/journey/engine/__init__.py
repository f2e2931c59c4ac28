"""The search for itineraries: plain values in, plain values out."""
