"""The two errands, clicked through from citizen to courier with the printed logins, on a demo of its own."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.actors import resident_number
from tests.journeys.conftest import PHONE, Person
from zerotrip.demo import logins
from zerotrip.rules import uscc

pytestmark = pytest.mark.browser
SitDown = Callable[..., Person]


def company_code() -> str:
    """A well-formed code of no company."""
    first = "91360102MADEM0001"
    return first + uscc.check_character(first)


def confirm(page: Page) -> None:
    """Say yes to the question on the screen."""
    page.locator("dialog[open] .zt-dialog__actions button").last.click()


def choose_division(page: Page, *codes: str) -> None:
    """Prefecture, county, …: each choice brings the next list."""
    for level, code in enumerate(codes, 2):
        page.locator(f"select[name=division_{level}]").select_option(code)
        if level - 1 < len(codes):
            page.locator(f"select[name=division_{level + 1}]").wait_for()
    expect(page.locator("input[name=division]")).to_have_value(codes[-1])


def spaced(number: str) -> re.Pattern[str]:
    """A number however it is grouped on the screen."""
    return re.compile(r"\s?".join(number))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(name)).first.click()


def give(page: Page, *numbers: str) -> None:
    """Scan the pieces and give the list."""
    for number in numbers:
        page.locator("input[data-scan]").first.fill(number)
        page.locator("input[data-scan]").first.press("Enter")
        expect(page.locator("main")).to_contain_text(spaced(number))
    press(page, "交出")
    confirm(page)
    expect(page.locator("main")).to_contain_text(re.compile("已交出"))


def take(page: Page, *numbers: str) -> None:
    """Scan what came and close the list."""
    for n, number in enumerate(numbers, 1):
        page.locator("input[data-scan]").first.fill(number)
        page.locator("input[data-scan]").first.press("Enter")
        expect(page.locator(".zt-scan__tally")).to_contain_text(re.compile(rf"{n}\s*已[收扫]"))
    press(page, "接收")
    expect(page.locator("main")).to_contain_text(re.compile("已交接|交接完成"))


def decide(officer: Person, number: str, certificate: str) -> None:
    """Accept, review, decide, produce, with the forms that the page offers."""
    page = officer.page
    officer.go(f"/desk/cases/{number}")
    for verb in ("accept", "start_review", "decide", "produce"):
        block = page.locator(f"#verb-{verb}")
        if block.get_attribute("open") is None:
            block.locator("summary").click()
        if verb == "decide":
            block.locator("input[name=granted][value=yes]").check()
        if verb == "produce":
            block.locator("input[name=certificate_number]").fill(certificate)
        block.locator("button[type=submit]").click()
        if page.locator("dialog[open]").count():
            confirm(page)
        expect(page.locator(f"#verb-{verb}")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("待寄出")


def bind(clerk: Person, number: str, certificate: str, seal: str) -> str:
    """Scan case, certificate, seal and (blank) mail number. Returns the mail number."""
    page = clerk.page
    clerk.go(f"/desk/hall/bind?case={number}")
    page.locator("input[name=certificate]:not([type=hidden])").fill(certificate)
    page.locator("form.zt-form button[type=submit]").first.click()
    page.locator("input[name=seal]:not([type=hidden])").fill(seal)
    page.locator("form.zt-form button[type=submit]").first.click()
    page.locator("input[name=mail]").wait_for()
    page.locator("form.zt-form button[type=submit]").first.click()
    done = page.locator(".ct-done")
    expect(done).to_contain_text("已封装")
    found = re.search(r"邮件号 (\d{13})", done.inner_text())
    assert found
    label = page.request.get(f"{clerk.demo.address}/desk/mail/{found[1]}/label.pdf")
    assert label.ok
    assert label.body().startswith(b"%PDF")
    return found[1]


def dispatch(clerk: Person, courier: Person, mail: str) -> None:
    """From the hall to the outlet that delivers, counted on both sides; then out for delivery."""
    clerk.go("/desk/hall")
    row = clerk.page.locator("#dispatch li", has_text=spaced(mail))
    row.get_by_role("button").click()
    clerk.page.wait_for_url("**/desk/manifests/*")
    give(clerk.page, mail)
    courier.go("/courier/hand-over")
    courier.page.locator("a[href*='/courier/hand-over/']").first.click()
    take(courier.page, mail)
    courier.go(f"/courier/delivery/{mail}")
    press(courier.page, "下段")
    expect(courier.page.locator("#deliver")).to_be_visible()


def deliver(courier: Person, name: str, id_number: str) -> None:
    """Look at the document, have it signed."""
    page = courier.page
    page.locator("#deliver input[name=seal_state][value=intact]").check()
    page.locator("#deliver input[name=relation]").first.check()
    page.locator("#deliver select[name=id_type]").select_option("111")
    page.locator("#deliver input[name=id_number]").fill(id_number)
    page.locator("#deliver input[name=signer_name]").fill(name)
    box = page.locator("canvas").bounding_box()
    assert box
    page.locator("canvas").scroll_into_view_if_needed()
    box = page.locator("canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 80, steps=6)
    page.mouse.up()
    courier.shot("delivery", full=True)
    press(page, "确认签收")
    expect(page.locator("main")).to_contain_text(re.compile("已妥投"))


def test_zero_trips_from_a_phone_in_nanchang(person: SitDown) -> None:
    company = person("公司", PHONE)
    company.go("/")
    company.shot("portal")
    company.sign_in_as_citizen(logins.CITIZEN_PHONE)
    page = company.page
    company.go("/items?q=食品经营许可")
    page.get_by_role("link", name=re.compile("食品经营许可证核发")).first.click()
    company.shot("guide")
    page.get_by_role("link", name=re.compile("立即申请")).first.click()
    page.wait_for_url("**/apply/*")
    page.locator("input[name=who][value=company]").check()
    page.locator("input[name=company]").fill("南昌示例食品有限公司")
    wrong = "1" if company_code().endswith("0") else "0"
    page.locator("input[name=uscc]").fill(company_code()[:-1] + wrong)
    page.locator("input[name=agent_name]").fill("钱示例")
    page.locator("select[name=hall]").select_option(
        label=re.search(r".*东湖.*", "\n".join(page.locator("select[name=hall] option").all_inner_texts()))[0]
    )  # type: ignore[index]
    for way in page.locator("input[type=radio][value=courier][name^=material_]").all():
        way.check()
    choose_division(page, "360100", "360102")
    page.locator("input[name=detail]").fill("演示路9号3栋201室")
    page.locator("input[name=result][value=mail]").check()
    page.locator("input[name=confirm]").check()
    press(page, "提交申请")
    expect(page.locator("main")).to_contain_text("统一社会信用代码")  # the wrong code is named, everything else is kept
    expect(page.locator("input[name=detail]")).to_have_value("演示路9号3栋201室")
    page.locator("input[name=uscc]").fill(company_code())
    page.locator("input[name=confirm]").check()
    press(page, "提交申请")
    page.wait_for_url("**/cases/JX*")
    found = re.search(r"/cases/(JX\w+)", page.url)
    assert found
    number = found[1]

    courier = person("揽投员", PHONE)
    courier.sign_in_as_staff("courier.nc")
    courier.go("/courier/")
    expect(courier.page.locator("a[href*='/courier/pickup/']").first).to_be_visible()
    courier.shot("courier")
    courier.page.locator("a[href*='/courier/pickup/']").first.click()
    form = courier.page.locator("#accept")
    form.locator("select[name=id_type]").select_option("111")
    form.locator("input[name=id_number]").fill(resident_number())
    form.locator("input[name=id_name]").fill("钱示例")
    form.locator("input[name=original_seen]").check()
    form.locator("input[name=weight_g]").fill("260")
    for count in form.locator(".courier-counts .zt-field").all():
        wanted = re.search(r"(\d+)", count.inner_text().split("\n")[-1]) or re.search(r"(\d+)", count.inner_text())
        box = count.locator("input")
        box.fill(box.get_attribute("data-listed") or (wanted[1] if wanted else "1"))
    press(courier.page, "核对无误")
    expect(courier.page.locator("main")).to_contain_text("已收寄")
    mail = re.search(r"\b(\d{13})\b", courier.page.locator("h1").inner_text().replace(" ", ""))
    assert mail
    courier.page.get_by_role("link", name=re.compile("去交接")).click()
    courier.page.locator("input[name=place]").first.check()
    press(courier.page, "开交接清单")
    give(courier.page, mail[1])

    clerk = person("收寄员")
    clerk.sign_in_as_staff("hall.nc")
    clerk.go("/desk/hall")
    clerk.shot("hall")
    clerk.page.locator("#arriving a", has_text="清点").first.click()
    take(clerk.page, mail[1])
    clerk.go("/desk/hall")
    clerk.page.locator("#windows li", has_text=spaced(mail[1])).get_by_role("button").click()
    give(clerk.page, mail[1])

    officer = person("经办人")
    officer.sign_in_as_staff("officer.nc")
    officer.go("/desk/agency")
    officer.page.locator("#arriving a", has_text="清点").first.click()
    take(officer.page, mail[1])
    officer.go("/desk/agency")
    expect(officer.page.locator("#queues")).to_contain_text(number, timeout=20_000)
    decide(officer, number, "JY13601020000018")
    officer.shot("agency")

    result = bind(clerk, number, "JY13601020000018", "FQ20260001")
    clerk.shot("bind")
    dispatch(clerk, courier, result)
    visitor = person("路人", PHONE)
    visitor.go(f"/t/{result}")
    expect(visitor.page.locator("main")).not_to_contain_text("南昌示例食品有限公司")
    visitor.shot("tracking")
    deliver(courier, "钱示例", resident_number())

    company.go(f"/cases/{number}")
    expect(page.locator("main")).to_contain_text(re.compile("已办结"), timeout=20_000)
    expect(page.locator("main")).to_contain_text(re.compile(r"出门\s*0\s*次|0\s*次"))
    company.shot("case", full=False)
    company.shot("case-whole", full=True)

    operator = person("系统管理员")
    operator.sign_in_as_staff("sysadmin")
    operator.go("/desk/operations")
    operator.shot("operations")


def test_one_trip_at_the_hall_in_fuzhou(person: SitDown) -> None:
    id_number, certificate = resident_number(), "361002099001"
    clerk, officer, courier = person("收寄员"), person("经办人"), person("揽投员", PHONE)
    clerk.sign_in_as_staff("hall.fz")
    page = clerk.page
    clerk.go("/desk/hall/new?item=DL_LOST")
    page.locator("input[name=name]").fill("周小兰")
    page.locator("input[name=phone]").fill("19900000003")
    page.locator("input[name=id_number]").fill(id_number)
    for choice in page.locator(".ct-papers fieldset").all():
        choice.locator("input[type=radio]").first.check()
    choose_division(page, "361000", "361002")
    page.locator("[name=detail]").fill("演示巷5号1单元302室")
    clerk.shot("new-case", full=True)
    press(page, "收件并打印凭证")
    page.wait_for_url("**/desk/cases/JX*")
    found = re.search(r"/cases/(JX\w+)", page.url)
    assert found
    number = found[1]
    receipt = page.request.get(f"{clerk.demo.address}/desk/cases/{number}/papers/receipt.pdf")
    assert receipt.ok

    officer.sign_in_as_staff("officer.fz")
    officer.go(f"/desk/cases/{number}")
    block = officer.page.locator("#verb-receive")
    if block.get_attribute("open") is None:
        block.locator("summary").click()
    block.locator("button[type=submit]").click()
    decide(officer, number, certificate)

    courier.sign_in_as_staff("courier.fz")
    mail = bind(clerk, number, certificate, "FQ20260002")
    dispatch(clerk, courier, mail)
    deliver(courier, "周小兰", id_number)
    clerk.go(f"/desk/cases/{number}")
    expect(page.locator("main")).to_contain_text("已办结", timeout=20_000)
    expect(page.locator("main")).to_contain_text(re.compile(r"1\s*次"))
    clerk.shot("desk-case", full=True)
