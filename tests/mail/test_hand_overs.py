"""One holder at any time: whatever is tried, in whatever order, by however many at once."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.actors import resident_number
from tests.mail.conftest import Town, build
from tests.places.snapshot import Snapshot
from tests.seals import fresh_seal
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import Conflict, NotAllowed, Problem
from zerotrip.ledger.models import Entry
from zerotrip.mail import actions
from zerotrip.mail.actions import ManifestDiffers
from zerotrip.mail.bags import actions as bags
from zerotrip.mail.models import Bag, BagItem, Consignment, Holding, Manifest, Seal
from zerotrip.mail.queries import who_holds
from zerotrip.mail.states import MAIL


def counted(town: Town, listed: int) -> tuple[Manifest, list[Consignment]]:
    """A list from the courier to the hall, given."""
    pieces = [town.collected() for _ in range(listed)]
    manifest = actions.open_manifest(taker_place_code=town.hall.code, actor=town.courier, at=now())
    for piece in pieces:
        actions.put(manifest.number, str(piece.number), actor=town.courier, at=now())
    return actions.give(manifest.number, actor=town.courier, at=now()), pieces


def holder(piece: Consignment) -> str:
    return Consignment.objects.get(pk=piece.pk).holder


@pytest.mark.django_db
def test_one_missing_is_refused_recorded_and_then_settled(town: Town) -> None:
    manifest, (here, gone) = counted(town, 2)
    actions.tick(manifest.number, str(here.number), actor=town.clerk, at=now())
    with pytest.raises(ManifestDiffers, match="缺 1 件，多 0 件") as refused:
        actions.close(manifest.number, actor=town.clerk, at=now())
    assert refused.value.missing == [gone.number]
    assert holder(here) == "揽投员 赵强"  # nothing half done
    entry = Entry.objects.get(kind="mail.manifest_differs")
    assert (entry.data["manifest"], entry.data["missing"]) == (manifest.number, [gone.number])
    disputed = actions.close(manifest.number, despite_differences=True, actor=town.clerk, at=now())
    assert (disputed.state, holder(here), holder(gone)) == ("disputed", "南昌市政务服务中心", "揽投员 赵强")
    line = disputed.lines.get(difference="missing")
    searched = actions.settle(line.pk, how="lost", reason="车上没有找到", actor=town.clerk, at=now())
    assert searched.state == "disputed"  # what is not found keeps its owner
    settled = actions.settle(line.pk, how="kept", reason="夹在车座下", actor=town.clerk, at=now())
    assert settled.state == "closed"
    with pytest.raises(Conflict):
        actions.settle(line.pk, how="kept", reason="再来一次", actor=town.clerk, at=now())


@pytest.mark.django_db
def test_one_too_many_is_refused_and_can_be_taken_over(town: Town) -> None:
    manifest, (listed,) = counted(town, 1)
    surplus = town.collected()
    foreign = "9912345678901"
    for number in (str(listed.number), str(surplus.number), foreign):
        actions.tick(manifest.number, number, actor=town.clerk, at=now())
    with pytest.raises(ManifestDiffers, match="缺 0 件，多 2 件"):
        actions.close(manifest.number, actor=town.clerk, at=now())
    disputed = actions.close(manifest.number, despite_differences=True, actor=town.clerk, at=now())
    assert holder(surplus) == "揽投员 赵强"
    lines = {line.number: line for line in disputed.lines.filter(difference="extra")}
    with pytest.raises(Conflict, match="不在本系统"):
        actions.settle(lines[foreign].pk, how="taken", reason="不知来历", actor=town.clerk, at=now())
    actions.settle(lines[foreign].pk, how="foreign", reason="其他快递", actor=town.clerk, at=now())
    done = actions.settle(lines[str(surplus.number)].pk, how="taken", reason="漏扫", actor=town.clerk, at=now())
    assert (done.state, holder(surplus)) == ("closed", "南昌市政务服务中心")


@pytest.mark.django_db
def test_nobody_counts_for_both_sides_or_for_another_place(town: Town) -> None:
    manifest, (piece,) = counted(town, 1)
    with pytest.raises(NotAllowed):
        actions.tick(manifest.number, str(piece.number), actor=town.courier, at=now())
    piece = town.result()
    other = actions.open_manifest(taker_place_code=town.outlet.code, actor=town.courier, at=now())
    with pytest.raises(Conflict, match="保管"):
        actions.put(other.number, str(piece.number), actor=town.courier, at=now())
    listed = actions.open_manifest(
        taker_place_code=town.outlet.code, giver_place_code=town.hall.code, actor=town.clerk, at=now()
    )
    actions.put(listed.number, str(piece.number), actor=town.clerk, at=now())
    with pytest.raises(Conflict, match="正在清单"):
        actions.cancel(piece.pk, reason="装错了", actor=town.clerk, at=now())
    actions.take_off(listed.number, str(piece.number), actor=town.clerk, at=now())
    with pytest.raises(Conflict, match="还没有邮件"):
        actions.give(listed.number, actor=town.clerk, at=now())


@pytest.mark.django_db
def test_papers_for_one_window_do_not_go_to_another(town: Town) -> None:
    piece = town.collected()
    town.pass_on([piece], town.courier, town.clerk, town.hall)
    wrong = actions.open_manifest(
        taker_place_code=town.other_window.code, giver_place_code=town.hall.code, actor=town.clerk, at=now()
    )
    with pytest.raises(Conflict, match="企业登记窗口"):
        actions.put(wrong.number, str(piece.number), actor=town.clerk, at=now())


@pytest.mark.django_db
def test_the_database_itself_refuses_two_holders(town: Town) -> None:
    piece = town.collected()
    with pytest.raises(IntegrityError), transaction.atomic():
        Holding.objects.create(consignment=piece, kind="transit", since=now())


class Custody(RuleBasedStateMachine):
    """People try everything they can with one piece; each try works along the table or is refused with a sentence."""

    town: Town
    seen: set[str] = set()

    @initialize(materials=st.booleans())
    def begin(self, materials: bool) -> None:
        self.savepoint = transaction.savepoint()
        self.piece = self.town.order_materials() if materials else self.town.result()
        self.state = self.piece.state
        self.manifest = self.bag = self.seal = ""
        self.refusals: list[str] = []

    def attempt(self, work: Any) -> None:
        try:
            with transaction.atomic():
                work()
        except Problem as problem:
            self.refusals.append(str(problem.detail))

    people = st.sampled_from(["clerk", "colleague", "officer", "courier", "second", "stranger", "teller"])
    places = st.sampled_from(["hall", "window", "outlet", "far_outlet"])

    def number(self) -> str:
        return str(self.piece.number or "1272448151316")

    @rule(who=people)
    def accept(self, who: str) -> None:
        given = {"id_type": "111", "id_number": resident_number(), "id_name": "王小明"}
        papers = {paper.name: paper.copies for paper in self.piece.papers.all()}
        actor = getattr(self.town, who)
        self.attempt(lambda: actions.accept(self.piece.pk, **given, found=papers, actor=actor, at=now()))

    @rule(who=people, taker=places, giver=places, by_hand=st.booleans(), carried=st.booleans())
    def begin_list(self, who: str, taker: str, giver: str, by_hand: bool, carried: bool) -> None:
        actor = getattr(self.town, who)

        def work() -> None:
            made = actions.open_manifest(
                taker_place_code=getattr(self.town, taker).code,
                giver_place_code="" if by_hand else getattr(self.town, giver).code,
                carried=carried,
                actor=actor,
                at=now(),
            )
            actions.put(made.number, self.number(), actor=actor, at=now())
            actions.give(made.number, actor=actor, at=now())
            self.manifest = made.number

        self.attempt(work)

    @rule(who=people, count=st.booleans(), despite=st.booleans())
    def end_list(self, who: str, count: bool, despite: bool) -> None:
        actor = getattr(self.town, who)
        if count:
            self.attempt(lambda: actions.tick(self.manifest, self.number(), actor=actor, at=now()))
        self.attempt(lambda: actions.close(self.manifest, despite_differences=despite, actor=actor, at=now()))

    @rule(who=people, how=st.sampled_from(["arrived", "kept", "lost"]))
    def settle(self, who: str, how: str) -> None:
        line = Manifest.objects.filter(number=self.manifest).values_list("lines", flat=True).first()
        actor = getattr(self.town, who)
        self.attempt(lambda: actions.settle(line or 0, how=how, reason="核对后处理", actor=actor, at=now()))

    @rule(who=people, giver=places, taker=places, closes=st.booleans())
    def bag_it(self, who: str, giver: str, taker: str, closes: bool) -> None:
        actor = getattr(self.town, who)

        def work() -> None:
            places = {"place_code": getattr(self.town, giver).code, "target_place_code": getattr(self.town, taker).code}
            made = bags.begin_bag(**places, actor=actor, at=now())
            bags.pack(made.code, self.number(), actor=actor, at=now())
            self.bag = made.code
            if closes:
                self.seal = fresh_seal()
                bags.seal_bag(made.code, self.seal, actor=actor, at=now())

        self.attempt(work)

    @rule(who=people, taker=places, carried=st.booleans(), gives=st.booleans())
    def send_bag(self, who: str, taker: str, carried: bool, gives: bool) -> None:
        actor, bag = getattr(self.town, who), Bag.objects.filter(code=self.bag).first()

        def work() -> None:
            made = actions.open_manifest(
                taker_place_code=getattr(self.town, taker).code,
                giver_place_code=bag.place.code if bag is not None else "",
                carried=carried,
                actor=actor,
                at=now(),
            )
            bags.put_bag(made.number, self.bag, actor=actor, at=now())
            if gives:
                actions.give(made.number, actor=actor, at=now())
            self.manifest = made.number

        self.attempt(work)

    @rule(
        who=people, right=st.booleans(), named=st.booleans(), how=st.sampled_from(["take", "arrived", "kept", "lost"])
    )
    def scan_seal(self, who: str, right: bool, named: bool, how: str) -> None:
        actor, seal = getattr(self.town, who), self.seal if right else fresh_seal()
        more = {"actor": actor, "at": now()}
        if how == "take":
            self.try_outside(lambda: bags.take_bag(self.manifest, seal, bag_code=self.bag if named else "", **more))
        else:
            self.try_outside(
                lambda: bags.settle_bag(self.manifest, self.bag, how=how, reason="核对后处理", seal=seal, **more)
            )

    def try_outside(self, work: Any) -> None:
        """What is refused here may be on record: it is not rolled back."""
        try:
            work()
        except Problem as problem:
            self.refusals.append(str(problem.detail))

    @rule(who=people, broken=st.booleans(), reason=st.sampled_from(["", "改变路由"]))
    def open_bag(self, who: str, broken: bool, reason: str) -> None:
        actor = getattr(self.town, who)
        self.attempt(lambda: bags.open_bag(self.bag, reason=reason, broken=broken, actor=actor, at=now()))

    @rule(steps=st.integers(1, 5), right=st.booleans(), carried=st.booleans())
    def bag_onwards(self, steps: int, right: bool, carried: bool) -> None:
        """What a bag from the hall to the outlet goes through, or only its first steps."""
        held = self.piece.holding
        if held is None or held.place != self.town.hall:
            return
        way: list[Any] = [
            lambda: self.bag_it("clerk", "hall", "outlet", True),
            lambda: self.send_bag("clerk", "outlet", carried, True),
            lambda: self.scan_seal("teller", right, True, "take"),
            lambda: self.end_list("teller", not right, True),
            lambda: self.open_bag("teller", False, ""),
        ]
        for go in way[:steps]:
            go()

    @rule(who=people)
    def take_out(self, who: str) -> None:
        self.attempt(lambda: actions.take_out(self.number(), actor=getattr(self.town, who), at=now()))

    @rule(who=people, reason=st.sampled_from(["103", "114", "999"]))
    def fail(self, who: str, reason: str) -> None:
        actor = getattr(self.town, who)
        self.attempt(lambda: actions.attempt_failed(self.number(), reason_code=reason, actor=actor, at=now()))

    @rule(who=people)
    def send_back(self, who: str) -> None:
        actor = getattr(self.town, who)
        self.attempt(lambda: actions.send_back(self.number(), reason_code="127", actor=actor, at=now()))

    @rule(who=people, name=st.sampled_from(["王小明", "李芳"]))
    def deliver(self, who: str, name: str) -> None:
        given = {"id_type": "111", "id_number": resident_number(), "signer_name": name}
        self.attempt(lambda: actions.deliver(self.number(), **given, actor=getattr(self.town, who), at=now()))

    @rule(who=people)
    def cancel(self, who: str) -> None:
        self.attempt(lambda: actions.cancel(self.piece.pk, reason="不寄了", actor=getattr(self.town, who), at=now()))

    @rule(fails=st.booleans())
    def onwards(self, fails: bool) -> None:
        """The natural next step, by who should do it."""
        town, piece = self.town, self.piece
        held = piece.holding
        if piece.state == "requested":
            self.accept("courier")
        elif held is not None and held.account_id:
            who = next(n for n in ("courier", "second") if getattr(town, n).id == held.account_id)
            if piece.state == "out":
                self.fail(who, "103") if fails else self.deliver(who, "王小明")
            elif piece.state == "undelivered":
                self.send_back(who) if fails else self.take_out(who)
            else:
                self.attempt(lambda: town.pass_on([piece], getattr(town, who), town.clerk, town.hall))
        elif held is not None and held.place == town.hall:
            to, taker = (town.outlet, town.teller) if piece.recipient else (town.window, town.officer)
            self.attempt(lambda: town.pass_on([piece], town.clerk, taker, to, by=town.hall.code, carried=fails))
        elif piece.state == "arrived":
            self.take_out("courier")
        elif piece.state == "returning":
            self.attempt(lambda: town.pass_on([piece], town.teller, town.clerk, town.hall, by=town.outlet.code))

    @invariant()
    def one_holder_and_a_known_way(self) -> None:
        if not hasattr(self, "piece"):
            return
        self.piece = Consignment.objects.get(pk=self.piece.pk)
        assert all(self.refusals)
        holders = Holding.objects.filter(consignment=self.piece, until__isnull=True).count()
        assert holders == (0 if self.piece.state in {"requested", "cancelled"} else 1)
        if self.piece.state != self.state:
            ways = [t for t in MAIL.transitions if self.state in t.sources and t.target == self.piece.state]
            # a disputed list may give a carried piece back to its giver
            assert ways or (self.state, self.piece.state) == ("in_transit", "arrived")
            self.state = self.piece.state
        self.seen.add(self.state)

    @invariant()
    def a_bag_is_one_thing(self) -> None:
        """A piece is in one bag at most; a closed bag bears one intact seal, and is with who holds its pieces."""
        if not hasattr(self, "piece"):
            return
        inside = BagItem.objects.filter(consignment=self.piece, until__isnull=True).select_related("bag")
        assert inside.count() <= 1
        for bag in Bag.objects.all():
            seals = Seal.objects.filter(bag=bag, state="intact").count()
            assert seals == (1 if bag.state == "sealed" else 0)
            assert bag.state in {"packing", "sealed"} or not bag.items.filter(until__isnull=True).exists()
            self.seen.add(f"bag {bag.state}")
        if not self.piece.number:
            return
        held = who_holds(SYSTEM, str(self.piece.number))
        item = inside.first()
        assert held.bag == (item.bag.code if item is not None else "")
        assert held.kind != "courier" or not held.bag, "no courier has it while it is in a bag"

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.savepoint_rollback(self.savepoint)


@pytest.mark.django_db
def test_whatever_people_try_there_is_one_holder(town: Town) -> None:
    Custody.town = town
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Custody,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert {"accepted", "arrived", "out", "bag sealed", "bag opened", "bag refused"} <= Custody.seen


@pytest.mark.django_db(transaction=True)
def test_many_hands_at_once_still_one_holder(divisions: Snapshot, clock: Any) -> None:
    """Two couriers take it out, two clerks put it on lists, one cancels: all at the same moment, again and again."""
    divisions.restore()
    town = build()
    piece = town.at_outlet()
    lists = [
        actions.open_manifest(
            taker_place_code=town.hall.code, giver_place_code=town.outlet.code, actor=actor, at=now()
        ).number
        for actor in (town.teller, town.teller)
    ]
    number, good, bad = str(piece.number), [], []
    start = threading.Barrier(6)

    def hand(work: Any) -> None:
        start.wait()
        try:
            for _ in range(5):
                try:
                    good.append(work())
                except Problem as problem:
                    bad.append(str(problem.detail))
        finally:
            connection.close()

    tries = [
        lambda: actions.take_out(number, actor=town.courier, at=now()),
        lambda: actions.take_out(number, actor=town.second, at=now()),
        lambda: actions.put(lists[0], number, actor=town.teller, at=now()),
        lambda: actions.put(lists[1], number, actor=town.teller, at=now()),
        lambda: actions.send_back(number, reason_code="127", actor=town.teller, at=now()),
        lambda: actions.cancel(piece.pk, reason="不寄了", actor=town.teller, at=now()),
    ]
    threads = [threading.Thread(target=hand, args=(work,)) for work in tries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(good) + len(bad) == 30
    assert good
    assert Holding.objects.filter(consignment=piece, until__isnull=True).count() == 1
    held = list(Holding.objects.filter(consignment=piece).order_by("pk"))
    for earlier, later in itertools.pairwise(held):
        assert earlier.until == later.since
    assert Entry.objects.filter(kind="mail.out_for_delivery").count() <= 1
