"""Another system, for the demo: it has a key of its own, really signs what it sends, and really checks what it gets.

It knows of us what any partner knows: our address, its token, our public key. What it sent and received it keeps in a
notebook of its own (SQLite in the data folder) and shows at /sandbox/.
"""
