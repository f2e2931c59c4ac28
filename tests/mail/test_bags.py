"""A bag closed by a seal travels as one; its seal is used once; what is wrong with it is said and kept."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.actors import resident_number, staff
from tests.documents import pages as printed
from tests.mail.conftest import Town
from tests.mail.outside import scanned
from tests.mail.test_pages import desk, text
from tests.seals import fresh_seal
from zerotrip.core.actors import SYSTEM
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.core.roles import Role
from zerotrip.ledger.models import Entry
from zerotrip.mail import actions
from zerotrip.mail.actions import ManifestDiffers
from zerotrip.mail.bags import actions as bags
from zerotrip.mail.bags.actions import SealRefused
from zerotrip.mail.cli import COMMANDS
from zerotrip.mail.models import Bag, BagItem, Consignment, Manifest, Seal
from zerotrip.mail.queries import who_holds

pytestmark = pytest.mark.django_db


def packed(town: Town, pieces: list[Consignment], seal: str = "") -> Bag:
    """A sealed bag from the hall to the outlet."""
    bag = bags.begin_bag(target_place_code=town.outlet.code, place_code=town.hall.code, actor=town.clerk, at=now())
    for piece in pieces:
        bags.pack(bag.code, str(piece.number), actor=town.clerk, at=now())
    return bags.seal_bag(bag.code, seal or fresh_seal(), actor=town.clerk, at=now())


def given(town: Town, bag: Bag, *, carried: bool = True, more: tuple[Consignment, ...] = ()) -> Manifest:
    """The bag, and some pieces beside it, on a list that the hall has given."""
    listed = actions.open_manifest(
        taker_place_code=town.outlet.code, giver_place_code=town.hall.code, carried=carried, actor=town.clerk, at=now()
    )
    bags.put_bag(listed.number, bag.code, actor=town.clerk, at=now())
    for piece in more:
        actions.put(listed.number, str(piece.number), actor=town.clerk, at=now())
    return actions.give(listed.number, actor=town.clerk, at=now())


def holder(piece: Consignment) -> str:
    return who_holds(SYSTEM, str(piece.number)).who


def seal_of(bag: Bag) -> str:
    return str(Seal.objects.get(bag=bag))


def test_one_scan_takes_a_whole_bag(town: Town) -> None:
    pieces, beside, seal = [town.result() for _ in range(3)], town.result(), fresh_seal()
    bag = packed(town, pieces, seal)
    assert holder(pieces[0]) == f"南昌市政务服务中心（总包 {bag.code}，封签 {seal}）"
    listed = given(town, bag, more=(beside,))
    assert holder(pieces[1]) == f"运往 阳明路邮政支局 途中（总包 {bag.code}，封签 {seal}）"
    assert holder(beside) == "运往 阳明路邮政支局 途中"
    bags.count_in(listed.number, f" {seal.lower()} ", actor=town.teller, at=now())
    actions.tick(listed.number, str(beside.number), actor=town.teller, at=now())
    done = actions.close(listed.number, actor=town.teller, at=now())
    assert (done.state, holder(pieces[2])) == ("closed", f"阳明路邮政支局（总包 {bag.code}，封签 {seal}）")
    with pytest.raises(Conflict, match="在总包"):
        actions.take_out(str(pieces[0].number), actor=town.courier, at=now())
    opened = bags.open_bag(bag.code, actor=town.teller, at=now())
    assert (opened.state, Seal.objects.get(number=seal).state) == ("opened", "opened")
    actions.take_out(str(pieces[0].number), actor=town.courier, at=now())
    assert (holder(pieces[0]), holder(pieces[1])) == ("揽投员 赵强", "阳明路邮政支局")
    story = [entry.kind.removeprefix("mail.bag_") for entry in Entry.objects.filter(subject_type="mail.bag")]
    assert story == ["begun", "counted", "counted", "counted", "sealed", "listed", "taken", "opened"]


def test_what_is_in_a_bag_goes_nowhere_alone(town: Town) -> None:
    one, two, other = town.result(), town.result(), town.result()
    bag = packed(town, [one, two])
    listed = actions.open_manifest(
        taker_place_code=town.outlet.code, giver_place_code=town.hall.code, actor=town.clerk, at=now()
    )
    second = bags.begin_bag(target_place_code=town.outlet.code, place_code=town.hall.code, actor=town.clerk, at=now())
    for alone in (
        lambda: actions.put(listed.number, str(one.number), actor=town.clerk, at=now()),
        lambda: bags.pack(second.code, str(one.number), actor=town.clerk, at=now()),
        lambda: actions.cancel(one.pk, reason="装错了", actor=town.clerk, at=now()),
    ):
        with pytest.raises(Conflict, match=f"在总包 {bag.code} 里"):
            alone()
    for late in (
        lambda: bags.unpack(bag.code, str(one.number), actor=town.clerk, at=now()),
        lambda: bags.pack(bag.code, str(other.number), actor=town.clerk, at=now()),
        lambda: bags.seal_bag(bag.code, fresh_seal(), actor=town.clerk, at=now()),
    ):
        with pytest.raises(Conflict, match="已封袋"):
            late()
    bags.put_bag(listed.number, seal_of(bag), actor=town.clerk, at=now())
    with pytest.raises(Conflict, match="按整袋"):
        actions.take_off(listed.number, str(one.number), actor=town.clerk, at=now())
    with pytest.raises(Conflict, match=f"正在清单 {listed.number}"):
        bags.open_bag(bag.code, reason="要加一件", actor=town.clerk, at=now())
    bags.take_off_bag(listed.number, bag.code, actor=town.clerk, at=now())
    assert not listed.lines.exists()
    with pytest.raises(BadInput, match="写明原因"):
        bags.open_bag(bag.code, actor=town.clerk, at=now())
    with pytest.raises(NotAllowed, match="只能由保管的场所开袋"):
        bags.open_bag(bag.code, actor=town.teller, at=now())
    bags.open_bag(bag.code, reason="要加一件", actor=town.clerk, at=now())
    actions.put(listed.number, str(one.number), actor=town.clerk, at=now())
    with pytest.raises(IntegrityError), transaction.atomic():
        BagItem.objects.bulk_create(
            BagItem(bag=b, consignment=two, since=now()) for b in (second, packed(town, [other]))
        )


def test_a_bag_is_not_taken_piece_by_piece(town: Town) -> None:
    piece = town.result()
    bag = packed(town, [piece])
    listed = given(town, bag)
    with pytest.raises(Conflict, match="请扫描袋上的封签"):
        bags.count_in(listed.number, str(piece.number), actor=town.teller, at=now())
    with pytest.raises(BadInput, match="整袋接收要看封签"):
        bags.count_in(listed.number, bag.code, actor=town.teller, at=now())
    with pytest.raises(NotFound, match="没有登记"):
        bags.take_bag(listed.number, fresh_seal(), actor=town.teller, at=now())
    with pytest.raises(NotAllowed):
        bags.take_bag(listed.number, seal_of(bag), actor=town.clerk, at=now())
    bags.count_in(listed.number, seal_of(bag), actor=town.teller, at=now())
    with pytest.raises(Conflict, match="不必重复"):
        bags.count_in(listed.number, seal_of(bag), actor=town.teller, at=now())


@pytest.mark.parametrize(("wrong", "reason"), [(True, ""), (False, "袋口有拆动痕迹"), (True, "封签被换")])
def test_a_wrong_or_broken_seal_refuses_the_bag_and_each_piece_is_counted(town: Town, wrong: bool, reason: str) -> None:
    here, gone = town.result(), town.result()
    bag = packed(town, [here, gone])
    listed = given(town, bag)
    seen = fresh_seal() if wrong else seal_of(bag)
    with pytest.raises(SealRefused, match="逐件扫描"):
        bags.take_bag(listed.number, seen, bag_code=bag.code, reason=reason, actor=town.teller, at=now())
    entry = Entry.objects.get(kind="mail.bag_refused")
    assert (entry.data["seal"], entry.data["seen"], entry.data["pieces"]) == (seal_of(bag), seen, 2)
    assert Seal.objects.get(bag=bag).state == "broken"
    assert (Bag.objects.get().state, listed.bags.get().state) == ("refused", "refused")
    with pytest.raises(SealRefused):
        bags.count_in(listed.number, seal_of(bag), actor=town.teller, at=now())
    bags.count_in(listed.number, str(here.number), actor=town.teller, at=now())
    with pytest.raises(ManifestDiffers, match="缺 1 件"):
        actions.close(listed.number, actor=town.teller, at=now())
    done = actions.close(listed.number, despite_differences=True, actor=town.teller, at=now())
    assert (done.state, holder(here), holder(gone)) == ("disputed", "阳明路邮政支局", "运往 阳明路邮政支局 途中")
    line = done.lines.get(difference="missing")
    settled = actions.settle(line.pk, how="arrived", reason="袋底找到", actor=town.teller, at=now())
    assert (settled.state, holder(gone)) == ("closed", "阳明路邮政支局")


@pytest.mark.parametrize("how", ["arrived", "kept", "lost"])
@pytest.mark.parametrize("carried", [True, False])
def test_a_missing_bag_is_settled_as_one(town: Town, how: str, carried: bool) -> None:
    pieces, beside = [town.result(), town.result()], town.result()
    bag = packed(town, pieces)
    listed = given(town, bag, carried=carried, more=(beside,))
    actions.tick(listed.number, str(beside.number), actor=town.teller, at=now())
    done = actions.close(listed.number, despite_differences=True, actor=town.teller, at=now())
    assert (done.state, done.bags.get().state) == ("disputed", "missing")
    line = done.lines.filter(difference="missing").first()
    assert line is not None
    with pytest.raises(Conflict, match="按整袋处理"):
        actions.settle(line.pk, how="arrived", reason="来了", actor=town.teller, at=now())
    taker = {"how": how, "reason": "核对后处理", "actor": town.teller, "at": now()}
    if how == "arrived":
        with pytest.raises(BadInput, match="请扫描封签"):
            bags.settle_bag(listed.number, bag.code, **taker)
    settled = bags.settle_bag(listed.number, bag.code, seal=seal_of(bag) if how == "arrived" else "", **taker)
    where = {"arrived": "阳明路邮政支局", "kept": "南昌市政务服务中心"}.get(
        how, "运往 阳明路邮政支局 途中" if carried else "南昌市政务服务中心"
    )
    assert {holder(piece) for piece in pieces} == {f"{where}（总包 {bag.code}，封签 {seal_of(bag)}）"}
    assert settled.state == ("disputed" if how == "lost" else "closed")
    if how == "kept":
        again = given(town, bag)
        bags.count_in(again.number, seal_of(bag), actor=town.teller, at=now())
        assert actions.close(again.number, actor=town.teller, at=now()).state == "closed"


def test_a_bag_that_came_late_with_another_seal_is_counted_piece_by_piece(town: Town) -> None:
    pieces = [town.result(), town.result()]
    bag = packed(town, pieces)
    listed = given(town, bag)
    actions.close(listed.number, despite_differences=True, actor=town.teller, at=now())
    given_then = {"how": "arrived", "reason": "后到", "actor": town.teller, "at": now()}
    with pytest.raises(SealRefused):
        bags.settle_bag(listed.number, bag.code, seal=fresh_seal(), **given_then)
    with pytest.raises(Conflict, match="逐件处理"):
        bags.settle_bag(listed.number, bag.code, seal=seal_of(bag), **given_then)
    for line in listed.lines.filter(difference="missing"):
        actions.settle(line.pk, how="arrived", reason="逐件清点", actor=town.teller, at=now())
    assert Manifest.objects.get(pk=listed.pk).state == "closed"


def test_a_bag_passes_a_place_unopened(town: Town) -> None:
    piece = town.result()
    bag = bags.begin_bag(target_place_code=town.far_outlet.code, place_code=town.hall.code, actor=town.clerk, at=now())
    bags.pack(bag.code, str(piece.number), actor=town.clerk, at=now())
    bags.seal_bag(bag.code, fresh_seal(), actor=town.clerk, at=now())
    listed = given(town, bag)
    bags.count_in(listed.number, seal_of(bag), actor=town.teller, at=now())
    actions.close(listed.number, actor=town.teller, at=now())
    with pytest.raises(BadInput, match="写明原因"):
        bags.open_bag(bag.code, actor=town.teller, at=now())
    onward = actions.open_manifest(
        taker_place_code=town.far_outlet.code,
        giver_place_code=town.outlet.code,
        carried=True,
        actor=town.teller,
        at=now(),
    )
    bags.count_out(onward.number, seal_of(bag), actor=town.teller, at=now())
    actions.give(onward.number, actor=town.teller, at=now())
    bags.count_in(onward.number, seal_of(bag), actor=town.stranger, at=now())
    actions.close(onward.number, actor=town.stranger, at=now())
    bags.open_bag(bag.code, actor=town.stranger, at=now())
    assert holder(piece) == "临川邮政支局"


def test_bags_that_cannot_be(town: Town) -> None:
    window = {"target_place_code": town.window.code, "place_code": town.hall.code, "actor": town.clerk, "at": now()}
    bag = bags.begin_bag(**window)
    with pytest.raises(Conflict, match="袋还是空的"):
        bags.seal_bag(bag.code, fresh_seal(), actor=town.clerk, at=now())
    result = town.collected()
    with pytest.raises(Conflict, match="保管"):
        bags.pack(bag.code, str(result.number), actor=town.clerk, at=now())
    for target in (town.hall.code, "nowhere", ""):
        with pytest.raises(BadInput):
            bags.begin_bag(**window | {"target_place_code": target})
    with pytest.raises(NotAllowed):
        bags.begin_bag(**window | {"actor": town.teller})
    with pytest.raises(NotFound):
        bags.pack(bag.code, str(result.number), actor=town.stranger, at=now())


@pytest.mark.parametrize("wrong", ["", "12", "封签", "1099000000001", "B261124000001X", "X" * 30])
def test_what_is_no_seal_closes_no_bag(town: Town, wrong: str) -> None:
    bag = bags.begin_bag(target_place_code=town.outlet.code, place_code=town.hall.code, actor=town.clerk, at=now())
    bags.pack(bag.code, str(town.result().number), actor=town.clerk, at=now())
    if wrong.startswith("B"):
        wrong = bag.code
    with pytest.raises(BadInput, match="封签"):
        bags.seal_bag(bag.code, wrong, actor=town.clerk, at=now())
    assert not Seal.objects.exists()


def test_a_seal_seen_at_the_door(town: Town) -> None:
    def sealed() -> tuple[Consignment, str]:
        piece, seal = town.result(), fresh_seal()
        Seal.objects.create(number=seal, consignment=piece, applied_at=now(), applied_place=town.hall)
        town.pass_on([piece], town.clerk, town.teller, town.outlet, by=town.hall.code, carried=True)
        return actions.take_out(str(piece.number), actor=town.courier, at=now()), seal

    signer: dict[str, Any] = {"id_type": "111", "id_number": resident_number(), "signer_name": "王小明"}
    signer |= {"actor": town.courier, "at": now()}

    piece, seal = sealed()
    with pytest.raises(Conflict, match="不一致"):
        actions.deliver(str(piece.number), seal=fresh_seal(), **signer)
    actions.deliver(str(piece.number), seal=seal, **signer)
    assert Entry.objects.get(kind="mail.delivered").data["seal_state"] == "intact"
    assert Seal.objects.get(number=seal).state == "opened"

    piece, seal = sealed()
    actions.deliver(str(piece.number), seal_broken="封口裂开 13812345678", **signer)
    broken = Entry.objects.get(kind="mail.seal_broken")
    assert (broken.consignment_number, broken.data["reason"]) == (piece.number, "封口裂开 ***")
    assert "当面核对内件" in broken.sentence()
    assert Seal.objects.get(number=seal).state == "broken"

    piece, seal = sealed()
    actions.deliver(str(piece.number), **signer)
    last = Entry.objects.filter(kind="mail.delivered").latest("id").data
    assert (last["seal"], last["seal_state"], last["seal_reason"]) == (seal, "unchecked", "投递时没有核对封签")


def test_who_holds_has_an_answer_in_every_state(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    piece = town.result()
    number = str(piece.number)
    answers = [who_holds(SYSTEM, number).kind]
    town.pass_on([piece], town.clerk, town.teller, town.outlet, by=town.hall.code, carried=True)
    actions.take_out(number, actor=town.courier, at=now())
    answers.append(who_holds(SYSTEM, number).kind)
    capsys.readouterr()
    command = next(known for known in COMMANDS if known.name == "who-holds")
    assert command.run(Namespace(number=number, json=True)) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["who"], told["bag"]) == ("courier", "揽投员 赵强", "")
    actions.deliver(
        number, id_type="111", id_number=resident_number(), signer_name="王小明", actor=town.courier, at=now()
    )
    answers.append(who_holds(SYSTEM, number).kind)
    cancelled = town.result()
    actions.cancel(cancelled.pk, reason="不寄了", actor=town.clerk, at=now())
    answers.append(who_holds(SYSTEM, str(cancelled.number)).kind)
    assert answers == ["place", "courier", "addressee", "sender"]
    with pytest.raises(NotFound):
        who_holds(town.stranger, number)
    assert command.run(Namespace(number=number, json=False)) == 0
    assert f"{number}：收件人" in capsys.readouterr().out


def test_a_desk_packs_seals_sends_and_opens_with_a_scanner(town: Town) -> None:
    piece, seal = town.result(), fresh_seal()
    hall, outlet = desk(town.clerk), desk(town.teller)
    assert hall.post("/desk/bags/new", {"place": town.hall.code, "target": "x"}).status_code == 422
    page = hall.post("/desk/bags/new", {"place": town.hall.code, "target": town.outlet.code})["Location"]
    assert "扫描第一件邮件" in text(hall.get(page))
    assert hall.post(page, {"verb": "pack", "scan": str(piece.number)}).status_code == 302
    wrong = hall.post(page, {"verb": "seal", "seal": str(piece.number)})
    assert (wrong.status_code, "不是封签号" in text(wrong)) == (422, True)
    assert hall.post(page, {"verb": "seal", "seal": seal}).status_code == 302
    listed = hall.post(page, {"verb": "send"})["Location"]
    shown = text(hall.get(listed))
    assert seal in shown
    assert "随袋" in shown
    assert hall.post(listed, {"verb": "give"}).status_code == 302
    counting = text(outlet.get(listed))
    assert seal not in counting, "the taker reads the seal on the bag, not on the screen"
    refused = outlet.post(listed, {"verb": "scan", "scan": "ZZ99999999"})
    assert 400 <= refused.status_code < 500
    assert "整袋收到" in text(outlet.post(listed, {"verb": "scan", "scan": seal}, follow=True))
    assert outlet.post(listed, {"verb": "close"}).status_code == 302
    assert "封签完好，开袋" in text(outlet.get(page))
    assert "已开袋" in text(outlet.post(page, {"verb": "open"}, follow=True))
    assert "阳明路邮政支局" in text(outlet.get("/desk/holder", {"number": str(piece.number)}))
    assert outlet.get("/desk/holder", {"number": "1272448151316"}).status_code == 404
    assert page.rsplit("/", 1)[-1] in text(hall.get("/desk/bags/"))
    paper = printed.text(hall.get(f"{listed}/paper.pdf").content)
    assert seal in paper
    assert hall.get("/desk/bags/B000000000000X").status_code == 404


def test_a_refused_bag_on_the_page(town: Town) -> None:
    piece = town.result()
    bag = packed(town, [piece])
    listed = given(town, bag)
    outlet, page = desk(town.teller), f"/desk/manifests/{listed.number}"
    sent = {"verb": "refuse_bag", "bag": bag.code, "seen": fresh_seal(), "reason": "封签号不同"}
    refused = outlet.post(page, sent)
    assert (refused.status_code, "逐件扫描袋内邮件" in text(refused)) == (409, True)
    assert Entry.objects.filter(kind="mail.bag_refused").count() == 1, "what was refused is kept"
    assert outlet.post(page, {"verb": "scan", "scan": str(piece.number)}).status_code == 302
    assert outlet.post(page, {"verb": "close"}).status_code == 302


def test_a_stranger_sees_no_bag(town: Town) -> None:
    bag = packed(town, [town.result()])
    assert desk(town.stranger).get(f"/desk/bags/{bag.code}").status_code == 404
    _account, care = staff(Role.CARE_AGENT)
    assert bag.code in text(desk(care).get("/desk/bags/"))


def test_a_piece_that_the_trace_shows_elsewhere_leaves_its_bag(town: Town, clock: Any) -> None:
    gone, stays = town.result(), town.result()
    bag = packed(town, [gone, stays])
    scanned(gone.number, [("305", clock.advance(hours=2), town.hall.code)])
    assert who_holds(SYSTEM, str(gone.number)).bag == ""
    assert who_holds(SYSTEM, str(stays.number)).bag == bag.code
    assert "轨迹显示已另有去向" in Entry.objects.filter(kind="mail.bag_counted").latest("id").sentence()
