"""A token reads, a key writes: partners sign what changes something (RFC 9421 signatures, RFC 9530 digests).

`keys` reads keys, `client` signs, `verify` checks, `refused` counts what was not let in. `keys` and `client` need no
Django: the command line and other systems written in Python may use them alone.
"""
