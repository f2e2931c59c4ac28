"""Invented things for the design page, so that every component is seen with something in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zerotrip.core.clock import now
from zerotrip.core.picture import Leg, Moment, Picture, Station


@dataclass(frozen=True, slots=True)
class Happening:
    """An entry as the timeline wants it."""

    sentence: str
    at: datetime
    icon: str
    place_name: str = ""
    actor_name: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """Who held an errand for how long."""

    name: str
    duration: timedelta
    kind: str


@dataclass(frozen=True, slots=True)
class Queued:
    """A row of a queue."""

    number: str
    title: str
    state: str
    due: datetime
    urgency: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A page inside the page."""

    name: str
    title: str | Promise
    width: str


PERSON = {"name": "张晓明", "phone": "13800001234", "address": "江西省南昌市红谷滩区世贸路898号3栋2单元501室"}

FRAMES = (
    Frame("phone", gettext_lazy("手机页"), "phone"),
    Frame("desk", gettext_lazy("桌面页"), "desk"),
    Frame("kiosk", gettext_lazy("自助机页"), "desk"),
    Frame("sign-in", gettext_lazy("登录页"), "desk"),
    Frame("problem", gettext_lazy("出错页"), "phone"),
)


class SampleForm(forms.Form):
    """One field of each shape."""

    name = forms.CharField(label=gettext_lazy("申请人姓名"), help_text=gettext_lazy("与身份证一致"))
    city = forms.ChoiceField(
        label=gettext_lazy("办理地"), choices=[("1", gettext_lazy("南昌市")), ("2", gettext_lazy("抚州市"))]
    )
    way = forms.ChoiceField(
        label=gettext_lazy("怎样交原件"),
        choices=[("post", gettext_lazy("邮政上门取件")), ("self", gettext_lazy("自己送到大厅"))],
        widget=forms.RadioSelect,
        initial="post",
    )
    papers = forms.FileField(label=gettext_lazy("营业执照扫描件"), help_text=gettext_lazy("图片或 PDF，不超过 10 MB"))
    note = forms.CharField(label=gettext_lazy("留言"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    agreed = forms.BooleanField(label=gettext_lazy("我已核对以上内容，并同意邮政代为递送"))


class ScanForm(forms.Form):
    """A scan box."""

    number = forms.CharField(
        label=gettext_lazy("扫描邮件号或办件号"),
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("扫描后自动提交，也可手工输入后按回车")}),
    )


@dataclass
class Clock:
    """Moments around the present one."""

    at: datetime = field(default_factory=now)

    def __call__(self, **hours: float) -> datetime:
        return self.at + timedelta(**hours)


def routes() -> dict[str, Picture]:
    """The route picture in many states, by a sentence that says which."""
    t = Clock()
    company = Station(_("赣江科技公司"), _("南昌市红谷滩区"), "done", t(hours=-52))
    promise = Moment(_("前送到您手上"), t(hours=60))
    zero = Picture(
        title=_("食品经营许可证 · 新办"),
        stations=(
            company,
            Station(_("南昌市民中心"), _("邮政收寄台"), "done", t(hours=-24)),
            Station(_("市场监管窗口"), _("审批科"), "done", t(hours=-22)),
            Station(_("邮政收寄台"), _("结果交邮"), "done", t(hours=-3)),
            Station(_("送到您手上"), _("红谷滩区")),
        ),
        legs=(
            Leg("post", _("上门取件"), "done", t(hours=-40), "1160027812345"),
            Leg("post", _("交接给窗口"), "done", t(hours=-23)),
            Leg("data", _("审批结果"), "done", t(hours=-6)),
            Leg("post", _("派送结果"), "now", number="1160027812352"),
        ),
        trips=0,
        trips_promised=0,
        promise=promise,
        forecast=Moment(_("送达"), t(hours=20)),
        progress=0.6,
    )
    one = Picture(
        title=_("机动车行驶证 · 补换"),
        stations=(
            Station(_("家"), _("抚州市临川区"), "done"),
            Station(_("抚州政务大厅"), _("当面办理"), "now", t(hours=-1)),
            Station(_("车管所"), _("制证")),
            Station(_("家"), _("送证上门")),
        ),
        legs=(
            Leg("person", _("您去大厅"), "done", t(hours=-2)),
            Leg("data", _("传送申请"), "planned"),
            Leg("post", _("寄回证件"), "planned"),
        ),
        trips=1,
        trips_promised=1,
        promise=Moment(_("前送达"), t(hours=96)),
        forecast=Moment(_("送达"), t(hours=72)),
    )
    late = Picture(
        title=_("投递未成，晚于承诺"),
        stations=(
            Station(_("出证"), _("省公安厅出入境"), "done", t(hours=-90)),
            Station(_("赣州处理中心"), "", "done", t(hours=-50)),
            Station(_("收件人"), _("章贡区"), "failed", t(hours=-5)),
            Station(_("收件人"), _("约定再投")),
        ),
        legs=(
            Leg("post", _("干线运输"), "done", number="1160027800018"),
            Leg("post", _("首次投递"), "failed", t(hours=-5)),
            Leg("post", _("再次投递"), "now"),
        ),
        trips=0,
        trips_promised=0,
        promise=Moment(_("前送达"), t(hours=-2)),
        forecast=Moment(_("送达"), t(hours=18)),
        progress=0.2,
    )
    plan = Picture(
        title=_("还没开始，一趟都不用您跑"),
        stations=(Station(_("您")), Station(_("数据共享平台")), Station(_("社保局")), Station(_("您"), _("电子证照"))),
        legs=(
            Leg("person", _("去窗口提交"), "skipped"),
            Leg("data", _("核验身份")),
            Leg("data", _("送达电子证照")),
        ),
        trips_promised=0,
        promise=Moment(_("前办结"), t(hours=120)),
    )
    over = Picture(
        title=_("已办结，但多跑了一趟"),
        stations=(
            Station(_("家"), state="done"),
            Station(_("大厅"), state="done"),
            Station(_("家"), _("补材料"), "done"),
            Station(_("大厅"), state="done"),
            Station(_("住建局"), state="done"),
            Station(_("邮政"), state="done"),
            Station(_("家"), state="done", at=t(hours=-8)),
        ),
        legs=(
            Leg("person", _("第一趟"), "done"),
            Leg("person", _("回家取原件"), "done"),
            Leg("person", _("第二趟"), "done"),
            Leg("data", _("转审"), "done"),
            Leg("post", _("交邮"), "done"),
            Leg("post", _("送达"), "done"),
        ),
        trips=2,
        trips_promised=1,
    )
    return {"zero": zero, "one": one, "late": late, "plan": plan, "over": over}


def happenings() -> list[Happening]:
    """A short timeline."""
    t = Clock()
    return [
        Happening(_("您在手机上提交了申请"), t(hours=-52), "send", actor_name=_("李**")),
        Happening(
            _("揽投员上门核对身份，收取原件 3 份"), t(hours=-40), "package-import", _("红谷滩营业部"), _("王师傅")
        ),
        Happening(_("窗口请您补正：租赁合同缺第 2 页"), t(hours=-24), "edit", _("市场监管窗口"), tone="warn"),
        Happening(_("部门准予许可"), t(hours=-6), "gavel", _("审批科")),
        Happening(_("结果已交揽投员派送"), t(hours=-1), "truck-delivery", _("南昌市民中心收寄台"), _("陈师傅")),
    ]


def sides() -> list[Side]:
    """Who held it how long."""
    return [
        Side(_("您"), timedelta(hours=3, minutes=20), "person"),
        Side(_("邮政"), timedelta(hours=19), "post"),
        Side(_("部门"), timedelta(days=1, hours=6), "data"),
    ]


def queue() -> list[Queued]:
    """A queue ordered by what is most pressing."""
    t = Clock()
    return [
        Queued("JX360100202611200000128", _("食品经营许可证 新办"), "correction", t(hours=-5), "is-late"),
        Queued("JX360100202611230000071", _("道路运输证 换发"), "accepted", t(hours=6), "is-risk"),
        Queued("JX360100202611240000019", _("公司设立登记"), "submitted", t(hours=96)),
    ]
