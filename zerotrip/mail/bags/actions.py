"""What can be done with bags, alone and on hand-over lists."""

from zerotrip.mail.bags.carrying import SealRefused, count_in, count_out, put_bag, settle_bag, take_bag, take_off_bag
from zerotrip.mail.bags.packing import begin_bag, open_bag, pack, seal_bag, unpack

__all__ = [
    "SealRefused",
    "begin_bag",
    "count_in",
    "count_out",
    "open_bag",
    "pack",
    "put_bag",
    "seal_bag",
    "settle_bag",
    "take_bag",
    "take_off_bag",
    "unpack",
]
