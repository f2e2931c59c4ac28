"""Hammered from many threads: at every moment `who holds X` has exactly one answer."""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.actors import resident_number
from tests.mail.conftest import build
from tests.places.snapshot import Snapshot
from tests.seals import fresh_seal
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import Problem
from zerotrip.mail import actions
from zerotrip.mail.bags import actions as bags
from zerotrip.mail.models import Bag, BagItem, Holding, Manifest, ManifestBag, ManifestLine, Seal
from zerotrip.mail.queries import who_holds

HANDS, ROUNDS, PIECES = 6, 60, 5
KINDS = {"place", "courier", "transit", "addressee"}


@pytest.mark.django_db(transaction=True)
def test_at_every_moment_there_is_exactly_one_answer(divisions: Snapshot, clock: Any) -> None:
    """Six pairs of hands pack, seal, list, give, count, refuse, settle, open and deliver; two only ask."""
    divisions.restore()
    town = build()
    pieces = [town.result() for _ in range(PIECES)]
    numbers = [str(piece.number) for piece in pieces]
    done: set[str] = set()
    broken: list[str] = []
    refused: list[str] = []
    over = threading.Event()

    def ask() -> None:
        dice = random.Random(1)
        try:
            while not over.is_set():
                number = dice.choice(numbers)
                held = who_holds(SYSTEM, number)
                if held.kind not in KINDS:
                    broken.append(f"{number}: {held}")
                rows = Holding.objects.filter(consignment__number=number, until__isnull=True).count()
                if rows != 1:
                    broken.append(f"{number}: {rows} holders")
        except Exception as error:
            broken.append(repr(error))
        finally:
            connection.close()

    def work(seed: int) -> None:
        dice = random.Random(seed)
        try:
            for _ in range(ROUNDS):
                verb = dice.choice(VERBS)
                try:
                    verb(town, dice, numbers)
                    done.add(verb.__name__)
                except Problem as problem:
                    refused.append(str(problem.detail))
        except Exception as error:
            broken.append(repr(error))
        finally:
            connection.close()

    askers = [threading.Thread(target=ask) for _ in range(2)]
    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(HANDS)]
    for thread in (*askers, *workers):
        thread.start()
    for thread in workers:
        thread.join(120)
    over.set()
    for thread in askers:
        thread.join(20)
    assert not any(thread.is_alive() for thread in (*askers, *workers))
    assert broken == []
    assert all(refused)
    assert {"pack_and_seal", "send", "take", "unpack_bag"} <= done
    for piece in pieces:
        held = list(Holding.objects.filter(consignment=piece).order_by("pk"))
        assert [row.until is None for row in held].count(True) == 1
        for earlier, later in itertools.pairwise(held):
            assert earlier.until == later.since
    for bag in Bag.objects.filter(state="sealed"):
        inside = bag.items.filter(until__isnull=True).values("consignment")
        open_ones = Holding.objects.filter(consignment__in=inside, until__isnull=True)
        assert len(set(open_ones.values_list("kind", "account", "place"))) == 1, "a closed bag is in one place"
        assert Seal.objects.filter(bag=bag, state="intact").count() == 1
    assert not BagItem.objects.filter(until__isnull=True, bag__state__in=("opened", "refused")).exists()
    twice = ManifestLine.objects.filter(manifest__state__in=("open", "given"), given=True)
    assert twice.values("consignment").distinct().count() == twice.count(), "no piece is on two lists at a time"


def _place(town: Any, dice: random.Random) -> tuple[Actor, Any, Any]:
    """Who packs or gives, where, and where it goes."""
    return dice.choice([(town.clerk, town.hall, town.outlet), (town.teller, town.outlet, town.hall)])


def pack_and_seal(town: Any, dice: random.Random, numbers: list[str]) -> None:
    actor, here, there = _place(town, dice)
    bag = bags.begin_bag(place_code=here.code, target_place_code=there.code, actor=actor, at=now())
    packed = 0
    for number in dice.sample(numbers, 3):
        try:
            bags.pack(bag.code, number, actor=actor, at=now())
            packed += 1
        except Problem:
            continue
    bags.seal_bag(bag.code, fresh_seal(), actor=actor, at=now())


def send(town: Any, dice: random.Random, numbers: list[str]) -> None:
    actor, here, there = _place(town, dice)
    listed = actions.open_manifest(
        giver_place_code=here.code, taker_place_code=there.code, carried=dice.random() < 0.5, actor=actor, at=now()
    )
    for bag in Bag.objects.filter(state="sealed"):
        try:
            bags.put_bag(listed.number, bag.code, actor=actor, at=now())
        except Problem:
            continue
    if dice.random() < 0.5:
        with contextlib.suppress(Problem):
            actions.put(listed.number, dice.choice(numbers), actor=actor, at=now())
    actions.give(listed.number, actor=actor, at=now())


def take(town: Any, dice: random.Random, numbers: list[str]) -> None:
    listed = dice.choice(list(Manifest.objects.filter(state="given").select_related("taker_place")) or [None])
    if listed is None:
        return
    actor = town.colleague if listed.taker_place == town.hall else town.second
    for unit in listed.bags.select_related("bag"):
        seal = unit.bag.seal.number if dice.random() < 0.8 else fresh_seal()
        try:
            bags.take_bag(listed.number, seal, bag_code=unit.bag.code, actor=actor, at=now())
        except Problem:
            continue
    for line in listed.lines.all():
        if dice.random() < 0.8:
            try:
                actions.tick(listed.number, line.number, actor=actor, at=now())
            except Problem:
                continue
    actions.close(listed.number, despite_differences=True, actor=actor, at=now())


def settle(town: Any, dice: random.Random, numbers: list[str]) -> None:
    how = dice.choice(["arrived", "kept"])
    unit = (
        ManifestBag.objects.filter(state="missing", manifest__state="disputed")
        .select_related("bag", "manifest")
        .first()
    )
    who = {"actor": dice.choice([town.colleague, town.second]), "at": now(), "reason": "核对后处理", "how": how}
    if unit is not None:
        bags.settle_bag(unit.manifest.number, unit.bag.code, seal=str(unit.bag.seal), **who)
        return
    open_ones = ManifestLine.objects.filter(manifest__state="disputed", difference="missing", resolution="")
    line = open_ones.values_list("pk", flat=True).first()
    if line is not None:
        actions.settle(line, **who)


def unpack_bag(town: Any, dice: random.Random, numbers: list[str]) -> None:
    bag = dice.choice(list(Bag.objects.filter(state="sealed")) or [None])
    if bag is not None:
        actor = dice.choice([town.clerk, town.teller])
        bags.open_bag(bag.code, reason="核对内件", broken=dice.random() < 0.3, actor=actor, at=now())


def deliver(town: Any, dice: random.Random, numbers: list[str]) -> None:
    """Rarely: who has signed for it ends the story of a piece."""
    number, courier = dice.choice(numbers), dice.choice([town.courier, town.second])
    actions.take_out(number, actor=courier, at=now())
    if dice.random() < 0.1:
        signer = {"id_type": "111", "id_number": resident_number(), "signer_name": "王小明"}
        actions.deliver(number, **signer, actor=courier, at=now())
    else:
        actions.attempt_failed(number, reason_code="114", actor=courier, at=now())
        back = actions.open_manifest(taker_place_code=town.outlet.code, actor=courier, at=now())
        actions.put(back.number, number, actor=courier, at=now())
        actions.give(back.number, actor=courier, at=now())
        actions.tick(back.number, number, actor=town.teller, at=now())
        actions.close(back.number, actor=town.teller, at=now())


VERBS: list[Callable[..., None]] = [pack_and_seal, send, take, take, settle, unpack_bag, deliver]
