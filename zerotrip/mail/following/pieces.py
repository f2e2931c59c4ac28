"""Which scans of a piece are news, in the order of the facts.

What was recorded is read from the ledger itself: the entries of the piece say how far it has come, so that a scan is
followed once however often it is sent, and what our own people did (entry and scan at the same moment) is not followed
again. Later facts are followed in order. An earlier one only if it changes where the piece ends; an earlier failed
attempt is noted and counted. What was scanned before we took a piece is not followed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from zerotrip.core.actors import SYSTEM
from zerotrip.ledger.models import Entry
from zerotrip.mail import kinds
from zerotrip.mail.actions.common import LIVE
from zerotrip.mail.following.actions import ECHO, Fact, contradict, follow, note_late, place_of_office
from zerotrip.mail.following.table import ENDS, EVEN_LATE, OUTSIDE, RANK_OF_KIND, VERBS
from zerotrip.mail.models import Consignment, HolderKind, ManifestLine, Scan, State, Trace
from zerotrip.mail.trace.rules import FAILED, RULES
from zerotrip.mail.trace.summary import code_of, office_of, time_of

BEFORE: Final = timedelta(days=60)
"""How long before its order a number's scans are looked for."""


@dataclass(slots=True)
class Recorded:
    """What the ledger holds of a piece. `edge`: the last fact. `failures`: when attempts failed. `signed`: what
    contradictions were told already."""

    edge: tuple[datetime, int] | None = None
    failures: list[datetime] = field(default_factory=list)
    noted: set[datetime] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)


def recorded(piece: Consignment) -> Recorded:
    """Read the entries of a (locked) piece."""
    done = Recorded()
    wanted = [*RANK_OF_KIND, kinds.NOTED_LATE.code, kinds.CONTRADICTED.code]
    rows = Entry.objects.filter(subject_type="mail.consignment", subject_id=str(piece.pk), kind__in=wanted)
    for kind, at, data in rows.values_list("kind", "at", "data"):
        if kind == kinds.CONTRADICTED.code:
            done.signed.add(str(data.get("signature", "")))
        elif kind == kinds.NOTED_LATE.code:
            done.noted.add(at)
        else:
            key = (at, RANK_OF_KIND[kind])
            done.edge = key if done.edge is None else max(done.edge, key)
        if kind in (kinds.ATTEMPT_FAILED.code, kinds.LOST.code):
            done.failures.append(at)
    return done


def follow_number(number: str) -> int:
    """Let the piece with this number follow its trace. Returns how many facts were recorded; 0 for foreign numbers."""
    with transaction.atomic():
        piece = (
            Consignment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("sender", "recipient", "sender_place", "recipient_place", "delivery_place")
            .filter(number=number)
            .first()
        )
        if piece is None:
            return 0
        done = recorded(piece)
        facts = _facts(piece)
        count = _follow_all(piece, facts, done)
        return count + _look_after_the_end(piece, done)


def _facts(piece: Consignment) -> list[Fact]:
    """Scans that mean something, in their order. The bound spares the database older months."""
    rows = Scan.objects.filter(number=piece.number, code__in=list(VERBS), at__gte=piece.ordered_at - BEFORE)
    values = rows.values_list("code", "at", "office", "reason", "attributes")
    return sorted((Fact(*row) for row in values), key=lambda fact: (fact.key, fact.code, fact.office))


def _follow_all(piece: Consignment, facts: list[Fact], done: Recorded) -> int:
    later = [fact for fact in facts if done.edge is None or fact.key > done.edge]
    since = piece.accepted_at
    before = [fact for fact in facts if fact not in later and (since is None or fact.at >= since)]
    count = 0
    if piece.state not in OUTSIDE.final and not _left_to_its_list(piece, later):
        for fact in [*(fact for fact in before if fact.verb in EVEN_LATE), *later]:
            if _is_news(piece, fact, done):
                follow(piece, fact, actor=SYSTEM, at=fact.at)
                count += 1
                if fact.verb == "fail":
                    done.failures.append(fact.at)
    for fact in before:
        if fact.code == FAILED and not _told(fact, done):
            note_late(piece, fact, actor=SYSTEM, at=fact.at)
            count += 1
    return count


def _is_news(piece: Consignment, fact: Fact, done: Recorded) -> bool:
    """Whether a fact changes anything about the piece as it now is."""
    state, verb = piece.state, fact.verb
    if state in OUTSIDE.final:
        return False
    if state == State.REQUESTED:
        return True
    if verb in ENDS:
        return verb != "cancel" or state == State.ACCEPTED
    if verb == "accept":
        return False
    if verb == "go_back":
        return state != State.RETURNING
    if verb == "fail":
        return state != State.RETURNING and not _told(fact, done)
    if verb == "go_out":
        return state not in (State.OUT, State.RETURNING)
    held = piece.holdings.filter(until__isnull=True).first()
    if verb == "move":
        return state != State.IN_TRANSIT if state != State.RETURNING else (held and held.kind) != HolderKind.TRANSIT
    place = place_of_office(fact.office)
    here = place is not None and held is not None and held.kind == HolderKind.PLACE and held.place_id == place.pk
    return not here if state in (State.ARRIVED, State.RETURNING) and place is not None else state not in (
        State.ARRIVED, State.RETURNING
    )  # fmt: skip


def _told(fact: Fact, done: Recorded) -> bool:
    """Whether this failed attempt was recorded: as such within a few minutes, or noted."""
    return fact.at in done.noted or any(abs(fact.at - at) <= ECHO for at in done.failures)


def _left_to_its_list(piece: Consignment, later: list[Fact]) -> bool:
    """Whether a hand-over list under way says the same as the trace: then those who count it in will say the rest."""
    lines = ManifestLine.objects.filter(consignment=piece, manifest__state__in=LIVE).select_related("manifest")
    line = lines.first()
    if line is None:
        return False
    taker = line.manifest.taker_place_id

    def agrees(fact: Fact) -> bool:
        place = place_of_office(fact.office)
        return fact.verb in ("accept", "move") or (fact.verb == "arrive" and place is not None and place.pk == taker)

    return all(agrees(fact) for fact in later)


def _look_after_the_end(piece: Consignment, done: Recorded) -> int:
    """A piece that has ended and was scanned again, or ended twice: told once for each such finding. One that ended
    before we took it is told once: its number was used before."""
    trace = Trace.objects.filter(pk=piece.number).first()
    if trace is None or not trace.after_end or trace.ended is None:
        return 0
    last = trace.last if piece.state in OUTSIDE.final else trace.ended
    signature = f"{last}|{trace.ends}"
    if signature in done.signed:
        return 0
    again = last is not None and (last[:16] > trace.ended[:16] or last == trace.ended)
    point = last if again and last is not None else _other_end(piece, trace)
    fact = Fact(code_of(point), time_of(point), office_of(point))
    contradict(piece, fact, signature, actor=SYSTEM, at=fact.at)
    return 1


def _other_end(piece: Consignment, trace: Trace) -> str:
    """The end that does not agree with the first one, as a point."""
    ended = trace.ended or ""
    finals = [code for code, rule in RULES.items() if rule.final and rule.stage != RULES[code_of(ended)].stage]
    row = Scan.objects.filter(number=piece.number, code__in=finals, at__gte=piece.ordered_at - BEFORE)
    other = row.order_by("at").values_list("code", "at", "office").first()
    return ended if other is None else f"{int(other[1].timestamp() * 1_000_000):016d}{0:03d}{other[0]}{other[2]}"
