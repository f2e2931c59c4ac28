"""What the post scans outside moves our own pieces: each fact once, in its order, never back, never out of an end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.mail.conftest import Town
from tests.mail.outside import announce, minutes, scanned, send
from zerotrip.core.clock import now
from zerotrip.ledger.models import Entry
from zerotrip.ledger.readers import drain
from zerotrip.mail import actions
from zerotrip.mail.following import queue
from zerotrip.mail.following.queue import follow_all
from zerotrip.mail.models import Consignment, HolderKind, Holding, ManifestLine, ToFollow, Trace

pytestmark = pytest.mark.django_db


def entries_of(piece: Consignment) -> list[Entry]:
    """The entries of a piece after its acceptance, in the order in which they were recorded."""
    rows = Entry.objects.filter(subject_type="mail.consignment", subject_id=str(piece.pk)).order_by("id")
    return list(rows)[2:]


def kinds_of(piece: Consignment) -> list[str]:
    return [entry.kind.removeprefix("mail.") for entry in entries_of(piece)]


def holder(piece: Consignment) -> tuple[str, str]:
    """Who holds it; there is one open holding."""
    held = Holding.objects.get(consignment=piece, until__isnull=True)
    return held.kind, held.place.code if held.place else ""


def seen(piece: Consignment) -> str:
    piece.refresh_from_db()
    return piece.state


def test_a_whole_trace_from_outside_is_followed_fact_by_fact(town: Town, clock: Any) -> None:
    piece = town.result()
    begin = clock.advance(hours=30)
    out = town.outlet.code
    steps = [
        ("305", begin - minutes(600), town.hall.code, {}),
        ("954", begin - minutes(500), "C360100", {}),
        ("389", begin - minutes(480), "C360100", {}),
        ("306", begin - minutes(300), out, {}),
        ("702", begin - minutes(240), out, {}),
        ("705", begin - minutes(200), out, {"reason": "103"}),
        ("702", begin - minutes(120), out, {}),
        ("704", begin - minutes(30), out, {"signer": "王小明"}),
    ]
    assert scanned(piece.number, steps) == 6
    assert kinds_of(piece) == [
        "dispatched", "arrived", "out_for_delivery", "attempt_failed", "out_for_delivery", "delivered",
    ]  # fmt: skip
    assert seen(piece) == "delivered" == Trace.objects.get(pk=piece.number).stage
    assert (piece.delivered_at, piece.attempts) == (begin - minutes(30), 1)
    assert holder(piece) == ("addressee", "")
    assert [e.at for e in entries_of(piece)] == [steps[n][1] for n in (0, 3, 4, 5, 6, 7)]
    assert "王**" in Entry.objects.get(kind="mail.delivered").sentence()
    assert "收件人不在指定地址" in Entry.objects.get(kind="mail.attempt_failed").sentence()
    held = Holding.objects.filter(consignment=piece).order_by("pk")
    assert all(a.until == b.since for a, b in zip(held, list(held)[1:], strict=False))


def test_the_same_scans_again_are_not_followed_again(town: Town, clock: Any) -> None:
    piece = town.result()
    clock.advance(hours=5)
    steps = [("305", now() - minutes(200), town.hall.code, {}), ("306", now() - minutes(20), town.outlet.code, {})]
    assert scanned(piece.number, steps) == 2
    assert scanned(piece.number, steps) == 0
    queue.enqueue(f"(SELECT '{piece.number}'::text AS number) AS g")
    assert follow_all() == 0, "nor when they are looked at again"
    assert kinds_of(piece) == ["dispatched", "arrived"]


def test_what_our_own_people_did_is_not_followed(town: Town, clock: Any) -> None:
    """Their scans stand in the trace already, and the post's own echo of them is the same fact."""
    piece = town.out()
    before = kinds_of(piece)
    queue.enqueue(f"(SELECT '{piece.number}'::text AS number) AS g")
    assert follow_all() == 0
    clock.advance(minutes=3)
    assert scanned(piece.number, [("702", now(), town.outlet.code)]) == 0
    actions.attempt_failed(str(piece.number), reason_code="103", actor=town.courier, at=now())
    at = clock.advance(minutes=4)
    assert scanned(piece.number, [("705", at, town.outlet.code, {"reason": "103"})]) == 0
    assert kinds_of(piece) == [*before, "attempt_failed"]
    assert seen(piece) == "undelivered"
    assert holder(piece)[0] == HolderKind.COURIER


def test_outside_facts_may_skip_states(town: Town, clock: Any) -> None:
    piece = town.result()
    at = clock.advance(hours=20)
    assert scanned(piece.number, [("702", at, "P360102009")]) == 1
    assert seen(piece) == "out"
    assert holder(piece) == ("transit", ""), "an office of others is none of our places"
    at = clock.advance(hours=1)
    assert scanned(piece.number, [("748", at, "P360102009")]) == 1
    assert seen(piece) == "delivered"
    assert Entry.objects.get(kind="mail.delivered").data["relation_text"] == "本人自取"


def test_older_scans_that_come_late_never_move_it_back(town: Town, clock: Any) -> None:
    piece = town.result()
    at = clock.advance(hours=20)
    scanned(piece.number, [("702", at, town.outlet.code)])
    assert scanned(piece.number, [("305", at - minutes(900), town.hall.code)]) == 0
    assert scanned(piece.number, [("306", at - minutes(60), town.outlet.code)]) == 0
    assert seen(piece) == "out"
    assert kinds_of(piece) == ["out_for_delivery"]
    assert Trace.objects.get(pk=piece.number).scans == 4


def test_a_failed_attempt_that_comes_late_is_noted_and_counted_and_moves_nothing(town: Town, clock: Any) -> None:
    piece = town.result()
    at = clock.advance(hours=20)
    scanned(piece.number, [("306", at, town.outlet.code)])
    assert scanned(piece.number, [("705", at - minutes(90), town.outlet.code, {"reason": "105"})]) == 1
    assert scanned(piece.number, [("305", at - minutes(900), town.hall.code)]) == 0
    assert (seen(piece), piece.attempts) == ("arrived", 1)
    assert kinds_of(piece) == ["arrived", "noted_late"]


def test_an_end_is_followed_however_late_it_comes(town: Town, clock: Any) -> None:
    """Delivered at ten; a wrong scan at eleven came first. The trace says delivered, and that somebody must look."""
    piece = town.result()
    at = clock.advance(hours=20)
    scanned(piece.number, [("306", at, town.outlet.code)])
    assert scanned(piece.number, [("704", at - minutes(60), town.outlet.code)]) == 2
    assert seen(piece) == "delivered" == Trace.objects.get(pk=piece.number).stage
    assert kinds_of(piece) == ["arrived", "delivered", "contradicted"]


def test_a_scan_after_the_end_is_no_resurrection(town: Town, clock: Any) -> None:
    piece = town.result()
    at = clock.advance(hours=20)
    scanned(piece.number, [("704", at, town.outlet.code)])
    at = clock.advance(hours=2)
    assert scanned(piece.number, [("306", at, town.far_outlet.code)]) == 1
    assert scanned(piece.number, [("306", at, town.far_outlet.code)]) == 0
    assert (seen(piece), holder(piece)) == ("delivered", ("addressee", ""))
    entry = Entry.objects.get(kind="mail.contradicted")
    assert entry.sentence().startswith("邮件")
    assert "已妥投" in entry.sentence()
    assert "到达投递网点" in entry.sentence()
    later = clock.advance(hours=2)
    assert scanned(piece.number, [("702", later, town.far_outlet.code)]) == 1, "a further one is a further finding"


def test_two_ends_that_contradict_each_other(town: Town, clock: Any) -> None:
    piece = town.result()
    at = clock.advance(hours=20)
    scanned(piece.number, [("704", at, town.outlet.code)])
    at = clock.advance(hours=2)
    assert scanned(piece.number, [("711", at, town.hall.code)]) == 1
    assert seen(piece) == "delivered"
    assert "已退回" in Entry.objects.get(kind="mail.contradicted").sentence()


def test_going_back_and_being_back_at_the_hall(town: Town, clock: Any) -> None:
    piece = town.result()
    at = clock.advance(hours=60)
    out, hall = town.outlet.code, town.hall.code
    scanned(piece.number, [("702", at - minutes(900), out), ("705", at - minutes(880), out, {"reason": "104"})])
    scanned(piece.number, [("708", at - minutes(700), out)])
    assert seen(piece) == "returning"
    scanned(piece.number, [("305", at - minutes(600), out), ("306", at - minutes(60), hall)])
    assert (seen(piece), holder(piece)) == ("returning", ("place", hall))
    scanned(piece.number, [("704", at, hall)])
    assert (seen(piece), holder(piece)) == ("returned", ("place", hall))
    assert kinds_of(piece) == [
        "out_for_delivery", "attempt_failed", "sent_back", "dispatched", "arrived", "returned",
    ]  # fmt: skip
    assert Trace.objects.get(pk=piece.number).stage == "returned"


def test_lost_is_told_as_such_and_is_no_attempt(town: Town, clock: Any) -> None:
    piece = town.result()
    at = clock.advance(hours=60)
    scanned(piece.number, [("705", at, "C360100", {"reason": "117"})])
    assert (seen(piece), piece.attempts) == ("undelivered", 0)
    assert kinds_of(piece) == ["lost"]


def test_papers_signed_for_at_the_window_are_handed_in(town: Town, clock: Any) -> None:
    piece = town.collected()
    at = clock.advance(hours=20)
    scanned(piece.number, [("305", at - minutes(600), town.outlet.code), ("704", at, town.hall.code)])
    assert kinds_of(piece) == ["dispatched", "handed_in"]
    assert (seen(piece), holder(piece)) == ("delivered", ("place", town.window.code))


def test_scans_wait_for_a_piece_that_is_accepted_later_with_that_number(town: Town, clock: Any) -> None:
    """The courier took it at ten and had no signal until noon; the post scanned it at eleven."""
    order = town.order_materials()
    ten = clock.advance(hours=1)
    number = "1098765432109"
    at = clock.advance(hours=1)
    assert scanned(number, [("305", at, town.outlet.code), ("306", at + minutes(3), town.hall.code)]) == 0
    assert Trace.objects.get(pk=number).known is False
    assert ToFollow.objects.count() == 0
    clock.advance(hours=1)
    piece = accept(town, order, number, at=ten)
    assert Trace.objects.get(pk=number).known is True
    assert follow_all() == 2
    assert (seen(piece), holder(piece)) == ("arrived", ("place", town.hall.code))
    assert kinds_of(piece) == ["dispatched", "arrived"]
    assert [e.at for e in entries_of(piece)] == [at, at + minutes(3)]


def accept(town: Town, order: Consignment, number: str, *, at: Any) -> Consignment:
    from tests.actors import resident_number
    from tests.mail.conftest import FOUND

    return actions.accept(
        order.pk, number=number, id_type="111", id_number=resident_number(), id_name="王小明", found=FOUND,
        weight_g=120, actor=town.courier, at=at,
    )  # fmt: skip


def test_scans_of_before_we_took_it_stand_in_its_trace_and_move_nothing(town: Town, clock: Any) -> None:
    order = town.order_materials()
    number, at = "1098765432109", clock.advance(hours=1)
    scanned(number, [("203", at - minutes(30), town.outlet.code), ("705", at - minutes(5), town.outlet.code)])
    piece = accept(town, order, number, at=clock.advance(hours=1))
    assert follow_all() == 0
    assert (seen(piece), Trace.objects.get(pk=number).scans) == ("accepted", 3)


def test_a_number_that_had_ended_before_is_told_once(town: Town, clock: Any) -> None:
    order = town.order_materials()
    number, at = "1098765432109", clock.advance(hours=1)
    scanned(number, [("704", at, town.outlet.code)])
    piece = accept(town, order, number, at=clock.advance(hours=1))
    assert follow_all() == 1
    assert (seen(piece), kinds_of(piece)) == ("accepted", ["contradicted"])
    assert scanned(number, [("305", clock.advance(hours=1), town.outlet.code)]) == 1
    assert kinds_of(piece) == ["contradicted", "dispatched"]


def test_scans_wait_for_a_piece_that_is_announced_later(town: Town, clock: Any) -> None:
    number, at = "1190000000007", clock.advance(hours=1)
    send(number, [("203", at - minutes(50), "P360102001"), ("306", at - minutes(5), "P360102002")])
    waiting = Trace.objects.get(pk=number)
    assert (waiting.known, waiting.stage) == (False, "arrived")
    announce(number, at=at - minutes(60), target="P360102002")
    known = Trace.objects.get(pk=number)
    assert (known.known, known.stage, known.scans, known.target) == (True, "arrived", 2, "P360102002")


def test_foreign_scans_put_nothing_in_line(town: Town, clock: Any) -> None:
    send("1190000000007", [("203", now(), "P360102001")])
    assert ToFollow.objects.count() == 0


def test_a_hand_over_being_counted_goes_before_scans_that_say_the_same(town: Town, clock: Any) -> None:
    """The outlet scans what arrived with the post's device, then counts the list: no piece is too many."""
    piece = town.result()
    number = str(piece.number)
    listed = actions.open_manifest(
        taker_place_code=town.outlet.code, giver_place_code=town.hall.code, carried=True, actor=town.clerk, at=now()
    )
    actions.put(listed.number, number, actor=town.clerk, at=now())
    actions.give(listed.number, actor=town.clerk, at=now())
    at = clock.advance(hours=3)
    assert scanned(number, [("305", at - minutes(100), town.hall.code), ("306", at, town.outlet.code)]) == 0
    actions.tick(listed.number, number, actor=town.teller, at=now())
    clock.advance(minutes=2)
    actions.close(listed.number, actor=town.teller, at=now())
    assert (seen(piece), holder(piece)) == ("arrived", ("place", town.outlet.code))
    assert kinds_of(piece) == ["dispatched", "arrived"]


def test_a_hand_over_the_trace_has_overtaken_loses_the_piece(town: Town, clock: Any) -> None:
    piece = town.result()
    number = str(piece.number)
    listed = actions.open_manifest(
        taker_place_code=town.outlet.code, giver_place_code=town.hall.code, carried=True, actor=town.clerk, at=now()
    )
    actions.put(listed.number, number, actor=town.clerk, at=now())
    actions.give(listed.number, actor=town.clerk, at=now())
    at = clock.advance(hours=3)
    scanned(number, [("306", at, town.outlet.code)])
    at = clock.advance(hours=3)
    assert scanned(number, [("702", at, town.outlet.code), ("704", at + minutes(1), town.outlet.code)]) == 3
    assert kinds_of(piece) == ["dispatched", "arrived", "out_for_delivery", "delivered"]
    assert not ManifestLine.objects.filter(consignment=piece).exists()
    assert "移出清单" in Entry.objects.filter(kind="mail.manifest_counted").latest("id").sentence()
    actions.close(listed.number, actor=town.teller, at=now())


def test_a_piece_that_cannot_follow_does_not_stop_the_others(town: Town, clock: Any, monkeypatch: Any) -> None:
    first, second = town.result(), town.result()
    at = clock.advance(hours=3)
    send(first.number, [("305", at, town.hall.code)])
    send(second.number, [("305", at, town.hall.code)])
    real = queue.follow_number

    def follow(number: str) -> int:
        if number == first.number:
            raise ValueError("broken")
        return real(number)

    monkeypatch.setattr(queue, "follow_number", follow)
    assert follow_all() == 1
    assert seen(second) == "in_transit"
    waiting = ToFollow.objects.get()
    assert (waiting.number, waiting.tries) == (first.number, 1)
    assert "broken" in waiting.error
    monkeypatch.undo()
    assert follow_all() == 1
    assert ToFollow.objects.count() == 0


CODES = ("203", "305", "954", "389", "306", "702", "705", "708", "704", "711", "747", "988")


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_whatever_comes_in_whatever_order(town: Town, clock: Any, data: st.DataObject) -> None:
    """One open holding, no entry twice, no way out of an end; at rest the piece is where its trace says it is."""
    piece = town.result()
    base = now()
    clock.set(base + minutes(2000))
    drawn = data.draw(st.lists(st.tuples(st.sampled_from(CODES), st.integers(1, 1900)), min_size=1, max_size=9))
    offices = (town.outlet.code, town.hall.code, "P360102009")
    scans = [(code, base + minutes(n), data.draw(st.sampled_from(offices))) for code, n in drawn]
    order = data.draw(st.permutations(scans + scans[:3]))
    cut = data.draw(st.integers(0, len(order)))
    ended = ""
    for part in (order[:cut], order[cut:]):
        if part:
            send(piece.number, part)
            follow_all()
            state = seen(piece)
            assert not ended or state == ended
            ended = state if state in ("delivered", "returned", "cancelled") else ""
            assert Holding.objects.filter(consignment=piece, until__isnull=True).count() == 1
    facts = [(e.kind, e.at) for e in entries_of(piece) if e.kind != "mail.contradicted"]
    assert len(facts) == len(set(facts))
    trace = Trace.objects.get(pk=piece.number)
    if cut in (0, len(order)) and not trace.after_end and trace.stage != "accepted":
        assert seen(piece) == trace.stage
    drain()
    clock.set(base)
