"""Service items: what can be applied for, in versions, with the articles behind every figure."""
