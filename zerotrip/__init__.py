"""ZeroTrip 零跑腿: plans, carries, proves and accounts for government errands done by post."""

__version__ = "0.1.0"
