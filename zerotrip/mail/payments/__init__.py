"""What citizens pay: orders, refunds, what is set aside, and the daily reconciliation with whoever took the money."""
