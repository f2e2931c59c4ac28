"""快递100-compatible endpoints: software that already tracks parcels follows ours without being changed.

The interface is the one 快递100 describes publicly (real-time query, subscription, push). Its signatures are MD5 sums;
that is its way, not ours: nothing else in the product relies on MD5, and what these endpoints tell is what anybody with
a mail number may know.
"""
