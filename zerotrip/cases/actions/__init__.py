"""Everything that can be done with a case."""

from zerotrip.cases.actions.apply import apply
from zerotrip.cases.actions.correct import answer_correction, ask_correction
from zerotrip.cases.actions.decide import (
    accept,
    decide,
    extend,
    pause,
    produce,
    receive,
    refuse_acceptance,
    resume,
    start_review,
)
from zerotrip.cases.actions.end import collect, withdraw
from zerotrip.cases.actions.post import bind, close_delivered, come_back, papers_came, send, unbind
from zerotrip.cases.actions.promise import adopt_itinerary, came, promise_at_risk, promise_safe

__all__ = [
    "accept",
    "adopt_itinerary",
    "answer_correction",
    "apply",
    "ask_correction",
    "bind",
    "came",
    "close_delivered",
    "collect",
    "come_back",
    "decide",
    "extend",
    "papers_came",
    "pause",
    "produce",
    "promise_at_risk",
    "promise_safe",
    "receive",
    "refuse_acceptance",
    "resume",
    "send",
    "start_review",
    "unbind",
    "withdraw",
]
