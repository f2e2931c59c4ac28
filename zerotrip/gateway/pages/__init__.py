"""Pages about partners and what goes to and from them."""
