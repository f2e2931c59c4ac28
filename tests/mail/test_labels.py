"""Printed once without a word, again with a reason; void ones stop a piece; a wrong number leads to the right one."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from tests.actors import sign_in
from tests.agreements import sign_agreement
from tests.documents import pages as printed
from tests.mail.conftest import Town
from zerotrip.core.actors import SYSTEM, Actor
from zerotrip.core.clock import now
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.documents.models import StoredFile
from zerotrip.ledger.models import Entry
from zerotrip.mail import actions, queries, tracked
from zerotrip.mail.labels import actions as batches
from zerotrip.mail.labels import queries as labels
from zerotrip.mail.labels import work
from zerotrip.mail.labels.data import Slip
from zerotrip.mail.labels.models import Label, LabelBatch
from zerotrip.mail.models import Consignment
from zerotrip.people.models import Account
from zerotrip.places.actions import NewPlace, open_organisation, open_places
from zerotrip.places.models import Place

pytestmark = pytest.mark.django_db


def desk(actor: Actor) -> Client:
    return sign_in(Client(), Account.objects.get(pk=actor.id))


def text(answer: Any) -> str:
    return str(answer.content.decode())


def rows(piece: Consignment) -> list[tuple[int, str, bool]]:
    return [(row.serial, row.reason, row.void) for row in Label.objects.filter(consignment=piece).order_by("serial")]


def batch(town: Town, numbers: list[str], **other: Any) -> LabelBatch:
    """A batch as the hall's desk has it printed."""
    given = {"size": "100×150", "place_code": town.hall.code} | other
    one = batches.ask(numbers, **given, actor=town.clerk, at=now())
    work.run(one.pk)
    one.refresh_from_db()
    return one


def letter(town: Town, documents: list[tuple[str, int]] | None = None) -> Consignment:
    """A court's letter, accepted at the hall in which the court has a desk."""
    made = {"actor": SYSTEM, "at": now()}
    if not Place.objects.filter(code="court-desk").exists():
        open_organisation("court-3601", name="南昌市东湖区人民法院", kind="court", division="360102", **made)
        open_places(
            [
                NewPlace(
                    "court-desk", "立案庭", "court", "court-3601", "360102", parent="hall-3601", phone="0791-86661234"
                )
            ],
            **made,
        )
        sign_agreement("court-3601")
    return town.result(
        sender_place=Place.objects.get(code="court-desk"), product="court", reference="（2026）赣0102民初1234号",
        papers=documents or [("应诉通知书", 1), ("传票", 2)],
    )  # fmt: skip


def test_the_first_printing_needs_no_reason_and_every_other_one_does(town: Town) -> None:
    piece = town.result()
    actions.label(piece.pk, actor=town.clerk, at=now())
    with pytest.raises(BadInput, match="补打请写明原因"):
        actions.label(piece.pk, actor=town.colleague, at=now())
    actions.label(piece.pk, reason="面单破损", size="76×130", actor=town.colleague, at=now())
    assert rows(piece) == [(1, "", False), (2, "面单破损", False)]
    said = [entry.sentence() for entry in Entry.objects.filter(kind="mail.label_printed").order_by("pk")]
    assert said[0].endswith("（100×150）")
    assert said[1].endswith("（76×130，补打：面单破损）")


def test_a_void_label_stops_the_piece_until_another_is_stuck_on(town: Town) -> None:
    piece = town.result()
    actions.label(piece.pk, actor=town.clerk, at=now())
    with pytest.raises(BadInput):
        actions.void_label(str(piece.number), reason=" ", actor=town.clerk, at=now())
    with pytest.raises(Conflict, match="不在您手中"):
        actions.void_label(str(piece.number), reason="破损", actor=town.courier, at=now())
    actions.void_label(str(piece.number), reason="墨迹模糊", actor=town.clerk, at=now())
    with pytest.raises(Conflict, match="没有可作废的面单"):
        actions.void_label(str(piece.number), reason="墨迹模糊", actor=town.clerk, at=now())
    manifest = actions.open_manifest(
        taker_place_code=town.outlet.code, giver_place_code=town.hall.code, carried=True, actor=town.clerk, at=now()
    )
    with pytest.raises(Conflict, match="面单已作废（墨迹模糊），还没有补打"):
        actions.put(manifest.number, str(piece.number), actor=town.clerk, at=now())
    assert list(labels.waiting(town.clerk)) == [piece]
    actions.label(piece.pk, actor=town.clerk, at=now())
    assert rows(piece) == [(1, "", True), (2, "墨迹模糊", False)]
    actions.put(manifest.number, str(piece.number), actor=town.clerk, at=now())
    assert not labels.waiting(town.clerk).exists()


def test_a_piece_on_a_list_or_gone_keeps_its_label(town: Town) -> None:
    piece = town.at_outlet()
    actions.label(piece.pk, actor=town.teller, at=now())
    with pytest.raises(Conflict, match="不能再换号"):
        actions.renumber(str(piece.number), reason="贴错", actor=town.teller, at=now())
    manifest = actions.open_manifest(
        taker_place_code=town.hall.code, giver_place_code=town.outlet.code, carried=True, actor=town.teller, at=now()
    )
    actions.put(manifest.number, str(piece.number), actor=town.teller, at=now())
    with pytest.raises(Conflict, match="正在清单"):
        actions.void_label(str(piece.number), reason="破损", actor=town.teller, at=now())


def test_a_piece_with_the_wrong_label_gets_another_number_and_the_old_one_leads_to_it(
    town: Town, client: Client
) -> None:
    piece = town.result()
    actions.label(piece.pk, actor=town.clerk, at=now())
    old = str(piece.number)
    changed = actions.renumber(old, reason="贴错面单", actor=town.clerk, at=now())
    new = str(changed.number)
    assert new != old
    assert rows(piece) == [(1, "", True)]
    with pytest.raises(Conflict, match="已作废（贴错面单）"):
        queries.get(town.clerk, old)
    manifest = actions.open_manifest(
        taker_place_code=town.outlet.code, giver_place_code=town.hall.code, carried=True, actor=town.clerk, at=now()
    )
    with pytest.raises(Conflict, match="请撕掉旧面单，扫描新面单"):
        actions.put(manifest.number, old, actor=town.clerk, at=now())
    actions.label(piece.pk, actor=town.clerk, at=now())
    actions.put(manifest.number, new, actor=town.clerk, at=now())
    actions.give(manifest.number, actor=town.clerk, at=now())
    with pytest.raises(Conflict, match="扫描新面单"):
        actions.tick(manifest.number, old, actor=town.teller, at=now())
    actions.tick(manifest.number, new, actor=town.teller, at=now())
    actions.close(manifest.number, actor=town.teller, at=now())
    shown = tracked.document(new)
    assert [event["code"] for event in shown["events"]][:1] == ["203"]
    assert datetime.fromisoformat(shown["accepted_at"]) == piece.accepted_at
    assert tracked.document(old)["state"] == "cancelled"
    assert client.get(f"/t/{old}")["Location"] == f"/t/{new}"
    other = town.order_materials(sender=None, sender_place=town.hall, pickup=None)
    with pytest.raises(Conflict, match="已作废，不能再用"):
        actions.accept(other.pk, number=old, place_code=town.hall.code, actor=town.clerk, at=now())
    with pytest.raises(Conflict, match="不能再换号"):
        actions.renumber(new, reason="再换", actor=town.teller, at=now())


def test_a_number_can_be_taken_from_another_blank_label(town: Town) -> None:
    piece = town.collected(number="1272448151316")
    with pytest.raises(BadInput, match="相同"):
        actions.renumber("1272448151316", new_number="12724 48151316", reason="贴错", actor=town.courier, at=now())
    actions.renumber("1272448151316", new_number="1272448151323", reason="贴错", actor=town.courier, at=now())
    actions.renumber("1272448151323", reason="又贴错", actor=town.courier, at=now())
    piece.refresh_from_db()
    assert piece.number not in ("1272448151316", "1272448151323")
    assert labels.current("1272448151316") == labels.current("1272448151323") == piece.number


def test_a_courts_letter_is_printed_with_its_slip_and_nobodys_secrets(town: Town) -> None:
    piece = letter(town)
    with pytest.raises(Conflict, match="请用 100×180 的面单纸"):
        actions.label(piece.pk, size="100×150", actor=town.clerk, at=now())
    slip = Slip(clerk="刘小山", phone="13907911234", department="民一庭")
    pdf = actions.label(piece.pk, slip=slip, actor=town.clerk, at=now())
    shown = printed.text(pdf)
    for word in (
        "法院专递",
        "回执联",
        "南昌市东湖区人民法院",
        "民一庭",
        "（2026）赣0102民初1234号",
        "应诉通知书",
        "传票",
        "2份",
    ):
        assert word in shown
    assert printed.scanned(printed.raster(pdf)) >= {("Code128", str(piece.number))}
    again = actions.label(piece.pk, reason="破损", actor=town.clerk, at=now())
    assert "民一庭" in printed.text(again)
    for paper in (pdf, again):
        shown = printed.text(paper)
        for secret in ("王小明", "刘小山", "13812345678", "13907911234", "86661234", "3栋", "2单元", "501室"):
            assert secret not in shown
        assert not re.search(r"\d{17}[\dX]", shown.replace(str(piece.number), ""))


def test_a_batch_prints_what_it_can_and_names_the_rest(town: Town) -> None:
    pieces = [town.result() for _ in range(3)]
    court = letter(town)
    done = town.result()
    actions.label(done.pk, actor=town.clerk, at=now())
    gone = town.result()
    actions.cancel(gone.pk, reason="申请人不要了", actor=town.clerk, at=now())
    moved = town.result()
    old = str(moved.number)
    actions.renumber(old, reason="贴错", actor=town.clerk, at=now())
    asked = [str(p.number) for p in (*pieces, court, done, gone)] + [
        old,
        "6901234567892",
        "1272448151316",
        str(pieces[0].number),
    ]
    one = batch(town, asked)
    assert (one.state, one.printed, one.sheets, one.total) == ("done", 3, 3, 9)
    named = dict(one.refused)
    assert set(named) == {str(court.number), str(done.number), str(gone.number), old, "6901234567892", "1272448151316"}
    assert "100×180" in named[str(court.number)]
    assert "补打请写明原因" in named[str(done.number)]
    assert "已撤销" in named[str(gone.number)]
    assert "现在的号码是" in named[old]
    content = batches.open_batch(one.public_id, actor=town.clerk, at=now())[1]
    for page, piece in enumerate(pieces):
        assert ("Code128", str(piece.number)) in printed.scanned(printed.raster(content.body, page))
        row = Label.objects.get(consignment=piece)
        assert (row.batch_id, row.sheet, row.reason) == (one.pk, page + 1, "")


def test_a_reason_makes_a_batch_a_reprint_and_letters_take_as_many_sheets_as_they_need(town: Town) -> None:
    first, court, last = town.result(), letter(town, [(f"证据材料{i}", 1) for i in range(1, 31)]), town.result()
    numbers = [str(piece.number) for piece in (first, court, last)]
    actions.label(first.pk, actor=town.clerk, at=now())
    one = batch(town, numbers, size="100×180", reason="打印机卡纸")
    assert (one.printed, one.sheets, one.refused) == (3, 5, [])
    assert [Label.objects.filter(consignment=piece).latest("serial").sheet for piece in (first, court, last)] == [
        1,
        2,
        5,
    ]
    assert rows(first)[-1] == (2, "打印机卡纸", False)
    assert rows(last) == [(1, "", False)]


def test_a_batch_may_be_opened_again_for_an_hour_as_the_same_printing(town: Town, clock: Any) -> None:
    piece = town.result()
    one = batch(town, [str(piece.number)])
    for _ in range(2):
        batches.open_batch(one.public_id, actor=town.colleague, at=now())
    assert rows(piece) == [(1, "", False)]
    assert Entry.objects.filter(kind="mail.labels_opened").count() == 2
    with pytest.raises(NotFound):
        batches.open_batch(one.public_id, actor=town.stranger, at=now())
    assert work.clear_old(now()) == 0
    clock.advance(seconds=labels.SESSION.total_seconds() + 1)
    with pytest.raises(Conflict, match="一小时以前"):
        batches.open_batch(one.public_id, actor=town.clerk, at=now())
    assert work.clear_old(now()) == 1
    assert not StoredFile.objects.filter(purpose="labels", discarded_at__isnull=True).exists()


def test_a_stopped_batch_counts_for_nothing_and_a_lost_one_is_begun_again(town: Town, clock: Any) -> None:
    piece = town.result()
    one = batches.ask([str(piece.number)], size="100×150", actor=town.clerk, at=now())
    with pytest.raises(Conflict, match="还没有排好"):
        batches.ask([str(piece.number)], size="100×150", actor=town.clerk, at=now())
    batches.stop(one.public_id, actor=town.clerk, at=now())
    work.run(one.pk)
    assert rows(piece) == []
    lost = batches.ask([str(piece.number)], size="100×150", actor=town.clerk, at=now())
    LabelBatch.objects.filter(pk=lost.pk).update(state="running")
    work.run(lost.pk)
    assert rows(piece) == []
    clock.advance(seconds=work.SILENT.total_seconds() + 1)
    assert work.take_over(now() - work.SILENT) == 1
    work.run(lost.pk)
    work.run(lost.pk)
    assert rows(piece) == [(1, "", False)]


def test_what_changes_while_labels_are_set_is_named_and_not_counted(town: Town) -> None:
    kept, gone = town.result(), town.result()
    one = batches.ask([str(kept.number), str(gone.number)], size="100×150", actor=town.clerk, at=now())
    LabelBatch.objects.filter(pk=one.pk).update(state="running")
    sheets = [batches.sheet_of(piece, one) for piece in (gone, kept)]
    actions.cancel(gone.pk, reason="申请人不要了", actor=town.clerk, at=now())
    done = batches.finished(one.pk, sheets=sheets, refused=[], pdf=b"%PDF-1.7 ", actor=town.clerk, at=now())
    assert done.printed == 1
    assert done.refused[0][1].startswith("第 1 张：")
    assert (rows(gone), Label.objects.get(consignment=kept).sheet) == ([], 2)


def test_what_is_no_batch_is_refused(town: Town) -> None:
    for numbers, size in (([], "100×150"), (["  "], "100×150"), (["1272448151316"], "90×90")):
        with pytest.raises(BadInput):
            batches.ask(numbers, size=size, actor=town.clerk, at=now())
    with pytest.raises(BadInput, match="一批最多 500 件"):
        batches.ask([f"11{i:011d}" for i in range(501)], size="100×150", actor=town.clerk, at=now())
    with pytest.raises(NotAllowed):
        batches.ask(["1272448151316"], size="100×150", place_code=town.far_outlet.code, actor=town.clerk, at=now())
    with pytest.raises(NotAllowed):
        batches.ask(["1272448151316"], size="100×150", actor=town.officer, at=now())


def test_what_waits_is_what_one_holds_without_a_label(town: Town) -> None:
    piece, other = town.result(), town.result()
    mine = town.collected()
    assert list(labels.waiting(town.clerk)) == [piece, other]
    assert list(labels.waiting(town.clerk, town.hall)) == [piece, other]
    assert list(labels.waiting(town.courier)) == [mine]
    assert list(labels.waiting(town.stranger)) == []
    actions.label(piece.pk, actor=town.clerk, at=now())
    assert list(labels.waiting(town.clerk)) == [other]


def test_a_clerk_prints_all_that_waits_and_opens_it_again(town: Town) -> None:
    pieces = [town.result(), town.result(), letter(town)]
    hall = desk(town.clerk)
    page = text(hall.get("/desk/labels/"))
    assert "打印 2 件" in page
    assert "打印 1 件" in page
    asked = hall.post("/desk/labels/print", {"waiting": "1", "place": town.hall.code, "size": "76×130"})
    assert asked.status_code == 302
    page = text(hall.get(asked["Location"]))
    assert "2 件已排好，共 2 张" in page
    pdf = hall.get(f"{asked['Location']}/labels.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert hall.get(f"{asked['Location']}/labels.pdf").status_code == 200
    assert {len(rows(piece)) for piece in pieces[:2]} == {1}
    sent = {"waiting": "1", "place": town.hall.code, "size": "100×180", "court": "1"}
    assert "1 件已排好，共 1 张" in text(hall.post("/desk/labels/print", sent, follow=True))
    assert "没有等待打印的面单" in text(hall.get("/desk/labels/"))
    assert desk(town.stranger).get(asked["Location"]).status_code == 404


def test_numbers_are_pasted_and_what_is_wrong_is_said(town: Town) -> None:
    one, two = town.result(), town.result()
    hall = desk(town.clerk)
    sent = {"size": "100×150", "numbers": f"{one.formatted}\n{two.number} 6901234567892\n", "reason": "", "note": ""}
    page = text(hall.post("/desk/labels/print", sent, follow=True))
    assert "2 件已排好" in page
    assert "6901234567892" in page
    empty = hall.post("/desk/labels/print", {"size": "100×150", "numbers": ""})
    assert (empty.status_code, "没有要打印的邮件" in text(empty)) == (422, True)
    for wrong in ({"waiting": "1", "size": "x"}, {"waiting": "1", "place": "nowhere", "size": "100×150"}):
        assert hall.post("/desk/labels/print", wrong).status_code == 302


def test_printing_again_asks_why_first(town: Town) -> None:
    piece = town.result()
    address, page = f"/desk/mail/{piece.number}/label.pdf", f"/desk/labels/pieces/{piece.number}"
    hall, colleague = desk(town.clerk), desk(town.colleague)
    assert hall.get(address).content.startswith(b"%PDF")
    assert hall.get(address).content.startswith(b"%PDF"), "the browser asks for the same printing again"
    assert rows(piece) == [(1, "", False)]
    assert colleague.get(address)["Location"] == page
    refused = colleague.post(page, {"verb": "print", "again-size": "100×150", "again-reason": "other"})
    assert (refused.status_code, "请写明原因" in text(refused)) == (422, True)
    sent = {"verb": "print", "again-size": "100×180", "again-reason": "卡纸或漏打", "again-note": "第二台打印机"}
    assert colleague.post(page, sent)["Location"] == address
    assert colleague.get(address).content.startswith(b"%PDF")
    assert rows(piece)[1] == (2, "卡纸或漏打：第二台打印机", False)


def test_void_and_renumber_on_the_page_of_the_piece(town: Town) -> None:
    piece = town.result()
    old = str(piece.number)
    hall = desk(town.clerk)
    page = f"/desk/labels/pieces/{old}"
    assert "还没有打印过" in text(hall.get(page))
    hall.post(page, {"verb": "print", "again-size": "100×150"})
    done = text(hall.post(page, {"verb": "void", "void-reason": "打印不清"}, follow=True))
    assert "已作废。请撕掉旧面单" in done
    assert "面单已作废，打印新的" in done
    hall.post(page, {"verb": "print", "again-size": "100×150"})
    wrong = hall.post(page, {"verb": "renumber", "renumber-new_number": "123", "renumber-reason": "贴错面单"})
    assert (wrong.status_code, "不是邮件号码" in text(wrong)) == (422, True)
    moved = text(hall.post(page, {"verb": "renumber", "renumber-reason": "贴错面单"}, follow=True))
    assert "已换号" in moved
    assert f"原邮件号 {old} 已作废" in moved
    found = hall.get(page, follow=True)
    assert "请撕掉旧面单，扫描新面单" in text(found)
    assert hall.get("/desk/find", {"q": old})["Location"] == page
    assert hall.get("/desk/labels/", {"q": old}, follow=True).status_code == 200
    assert hall.post(page.replace(old, labels.current(old)), {"verb": "x"}).status_code == 422
    assert desk(town.courier).get("/courier/scan", {"number": old})["Location"] == page


def test_a_large_batch_goes_to_the_worker_and_shows_how_far_it_is(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    monkeypatch.setattr("zerotrip.mail.labels.pages.AT_ONCE", 1)
    pieces = [town.result(), town.result()]
    hall = desk(town.clerk)
    asked = hall.post("/desk/labels/print", {"waiting": "1", "place": town.hall.code, "size": "100×150"})
    page = text(hall.get(asked["Location"]))
    assert "正在排版：0 / 2 件" in page
    assert rows(pieces[0]) == []
    stopped = text(hall.post(f"{asked['Location']}/stop", follow=True))
    assert "已停止，这一批都没有打印" in stopped
    assert rows(pieces[0]) == []


def test_what_was_printed_before_reasons_were_kept_is_taken_from_the_ledger(town: Town) -> None:
    from importlib import import_module

    from django.db import connection

    piece, other = town.result(), town.result()
    for _ in range(2):
        actions.label(piece.pk, reason="面单破损", actor=town.clerk, at=now())
    Label.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("zerotrip.mail.migrations.0008_labels").FROM_LEDGER)
    assert [(serial, void) for serial, _reason, void in rows(piece)] == [(1, False), (2, False)]
    assert Label.objects.get(consignment=piece, serial=2).printed_by_id == town.clerk.id
    assert rows(other) == []
