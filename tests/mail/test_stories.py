"""Papers go to the window, the result comes home; what goes wrong is refused with a sentence and nothing half done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.actors import resident_number
from tests.mail.conftest import FOUND, Town
from zerotrip.core.actors import NOBODY, SYSTEM
from zerotrip.core.clock import now, today
from zerotrip.core.errors import BadInput, Conflict, NotAllowed, NotFound
from zerotrip.ledger.models import Entry
from zerotrip.mail import actions, queries
from zerotrip.mail.models import Consignment, IdentityCheck, Pickup, Scan
from zerotrip.rules import mail_number

pytestmark = pytest.mark.django_db


def told(piece: Consignment) -> list[str]:
    return list(
        Entry.objects.filter(subject_type="mail.consignment", subject_id=piece.pk).values_list("kind", flat=True)
    )


def codes(piece: Consignment) -> list[str]:
    return list(Scan.objects.filter(number=piece.number).order_by("at", "code").values_list("code", flat=True))


def test_papers_travel_from_the_door_to_the_window(town: Town, clock: Any) -> None:
    piece = town.collected()
    assert piece.delivery_place == town.outlet
    assert piece.net == "city"
    assert mail_number.is_valid(str(piece.number))
    assert piece.holder == "揽投员 赵强"
    clock.advance(hours=2)
    town.pass_on([piece], town.courier, town.clerk, town.hall)
    piece.refresh_from_db()
    assert (piece.state, piece.holder) == ("arrived", "南昌市政务服务中心")
    clock.advance(minutes=20)
    closed = town.pass_on([piece], town.clerk, town.officer, town.window, by=town.hall.code)
    piece.refresh_from_db()
    assert (closed.state, piece.state, piece.holder) == ("closed", "delivered", "企业登记窗口")
    assert [h.who for h in queries.custody(piece)] == ["揽投员 赵强", "南昌市政务服务中心", "企业登记窗口"]
    assert told(piece) == ["mail.ordered", "mail.accepted", "mail.arrived", "mail.handed_in"]
    assert codes(piece) == ["203", "307", "704"]
    check = IdentityCheck.objects.get(consignment=piece)
    assert (check.name, check.relation) == ("王小明", "self")
    for entry in Entry.objects.all():
        assert "王小明" not in entry.sentence() + str(entry.data)


def test_the_result_comes_home(town: Town, clock: Any) -> None:
    piece = town.result()
    assert (piece.state, piece.holder) == ("accepted", "南昌市政务服务中心")
    manifest = actions.open_manifest(
        taker_place_code=town.outlet.code, giver_place_code=town.hall.code, carried=True, actor=town.clerk, at=now()
    )
    actions.put(manifest.number, str(piece.number), actor=town.clerk, at=now())
    actions.give(manifest.number, actor=town.clerk, at=now())
    piece.refresh_from_db()
    assert (piece.state, piece.holder) == ("in_transit", "运往 阳明路邮政支局 途中")
    clock.advance(hours=3)
    actions.tick(manifest.number, str(piece.number), actor=town.teller, at=now())
    actions.close(manifest.number, actor=town.teller, at=now())
    actions.take_out(str(piece.number), actor=town.courier, at=now())
    picture = b"\x89PNG"
    with pytest.raises(BadInput):  # a signature that is no picture: nothing is delivered
        deliver(town, piece, signature=picture)
    piece.refresh_from_db()
    assert piece.state == "out"
    done = deliver(town, piece)
    assert (done.state, done.holder) == ("delivered", "收件人")
    assert codes(piece) == ["203", "305", "306", "702", "704"]
    entry = Entry.objects.get(kind="mail.delivered")
    assert (entry.data["signer"], entry.data["consignment"], entry.data["purpose"]) == ("王**", piece.pk, "result")


def deliver(town: Town, piece: Consignment, **other: Any) -> Consignment:
    given = {"id_type": "111", "id_number": resident_number(), "signer_name": "王小明"}
    return actions.deliver(str(piece.number), **(given | other), actor=town.courier, at=now())


def test_a_failed_attempt_is_tried_again_and_may_go_back(town: Town, clock: Any) -> None:
    piece = town.out()
    failed = actions.attempt_failed(
        str(piece.number), reason_code="103", note="电话13812345678无人接", actor=town.courier, at=now()
    )
    assert (failed.state, failed.attempts, failed.holder) == ("undelivered", 1, "揽投员 赵强")
    assert "13812345678" not in str(Entry.objects.get(kind="mail.attempt_failed").data)
    clock.advance(days=1)
    actions.take_out(str(piece.number), actor=town.courier, at=now())
    again = actions.attempt_failed(str(piece.number), reason_code="114", actor=town.courier, at=now())
    assert again.attempts == 1  # a flood is nobody's attempt
    back = actions.send_back(str(piece.number), reason_code="127", actor=town.courier, at=now())
    assert back.state == "returning"
    town.pass_on([back], town.courier, town.teller, town.outlet)
    town.pass_on([back], town.teller, town.clerk, town.hall, by=town.outlet.code, carried=True)
    back.refresh_from_db()
    assert (back.state, back.holder) == ("returned", "南昌市政务服务中心")
    assert told(back)[-1] == "mail.returned"


def test_what_is_inside_must_be_what_is_listed(town: Town) -> None:
    with pytest.raises(Conflict, match="申请表") as refused:
        town.collected(found={"营业执照副本": 1, "申请表": 1})
    assert refused.value.fields["found"]
    with pytest.raises(BadInput, match="验视"):
        town.collected(found=None)
    piece = Consignment.objects.first()
    assert piece is not None
    assert (piece.state, piece.number) == ("requested", None)
    assert not IdentityCheck.objects.exists()


def test_the_sender_shows_a_valid_document(town: Town) -> None:
    with pytest.raises(BadInput) as refused:
        town.collected(id_number="360102198605170012")
    assert "id_number" in refused.value.fields
    with pytest.raises(BadInput):
        town.collected(id_type="113")


def test_a_number_is_used_once_and_must_be_one(town: Town) -> None:
    town.collected(number="1272448151316")
    with pytest.raises(Conflict, match="已用于另一件邮件"):
        town.collected(number="1272 4481 51316")
    with pytest.raises(BadInput, match="不是邮件号码"):
        town.collected(number="6901234567892")
    assert Consignment.objects.filter(state="requested").count() == 2


def test_the_range_skips_what_was_used_and_ends(town: Town, settings: Any) -> None:
    town.collected(number="1099000000001")
    numbers = {str(town.collected().number) for _ in range(3)}
    assert len(numbers) == 3
    settings.ZEROTRIP_MAIL_RANGE = "1099000000001-1099000000001"
    with pytest.raises(Exception, match="号段已用完"):
        town.collected()


def test_who_does_not_hold_it_cannot_hand_it_over(town: Town) -> None:
    piece = town.out()
    with pytest.raises(Conflict, match="现由 揽投员 赵强 保管"):
        actions.deliver(
            str(piece.number),
            id_type="111",
            id_number=resident_number(),
            signer_name="王小明",
            actor=town.second,
            at=now(),
        )
    with pytest.raises(NotFound):
        actions.take_out(str(piece.number), actor=town.stranger, at=now())
    manifest = actions.open_manifest(
        taker_place_code=town.window.code, giver_place_code=town.hall.code, actor=town.clerk, at=now()
    )
    with pytest.raises(Conflict, match="揽投员 赵强"):
        actions.put(manifest.number, str(piece.number), actor=town.clerk, at=now())
    with pytest.raises(NotAllowed):
        actions.take_out(str(piece.number), actor=NOBODY, at=now())


def test_only_the_addressee_signs_as_himself(town: Town) -> None:
    piece = town.out()
    with pytest.raises(BadInput) as refused:
        deliver(town, piece, signer_name="李芳")
    assert "signer_name" in refused.value.fields
    done = deliver(town, piece, signer_name="李芳", relation="family")
    assert IdentityCheck.objects.get(consignment=done).relation == "family"
    with pytest.raises(Conflict):
        deliver(town, piece)


def test_a_cancelled_piece_has_no_holder(town: Town) -> None:
    piece = town.order_materials()
    actions.cancel(piece.pk, reason="改为到大厅提交", actor=town.courier, at=now())
    with pytest.raises(Conflict, match="已撤销"):
        actions.accept(piece.pk, actor=town.courier, at=now(), id_type="111", id_number=resident_number(), found=FOUND)
    result = town.result()
    with pytest.raises(NotFound):
        actions.cancel(result.pk, reason="拿错", actor=town.stranger, at=now())
    gone = actions.cancel(result.pk, reason="装错证照", actor=town.clerk, at=now())
    assert gone.holding is None
    assert codes(gone) == ["203", "207"]
    with pytest.raises(Conflict):
        actions.label(gone.pk, actor=town.clerk, at=now())


def test_a_courier_must_be_able_to_come(town: Town) -> None:
    with pytest.raises(BadInput):
        town.order_materials(pickup=Pickup(today() - timedelta(days=1), 540, 660))


def test_the_full_address_is_for_who_must_go_there(town: Town) -> None:
    piece = town.order_materials()
    shown = queries.task_contacts(town.courier, [piece.pk])[piece.pk]
    assert "501室" in shown.address
    assert shown.masked_phone == "138******78"
    assert queries.task_contacts(town.stranger, [piece.pk]) == {}
    assert queries.task_contacts(town.clerk, [piece.pk]) == {}
    assert actions.show_phone(piece.pk, actor=town.courier, at=now()) == "13812345678"
    assert Entry.objects.filter(kind="people.personal_data_read", actor_id=town.courier.id).exists()
    result = town.at_outlet()
    assert queries.task_contacts(town.courier, [result.pk]) == {}
    with pytest.raises(NotFound):
        actions.show_phone(result.pk, actor=town.courier, at=now())


def test_each_sees_what_passes_through_his_hands(town: Town) -> None:
    piece = town.collected()
    seen = {
        name
        for name in ("clerk", "officer", "courier", "second", "stranger", "teller")
        if Consignment.objects.visible_to(getattr(town, name)).filter(pk=piece.pk).exists()
    }
    assert seen == {"clerk", "officer", "courier", "second", "teller"}
    assert not Consignment.objects.visible_to(NOBODY).exists()
    assert Consignment.objects.visible_to(SYSTEM).exists()
