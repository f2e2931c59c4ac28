"""The other side of each port: real, demo, outage."""
