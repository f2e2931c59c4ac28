"""Tariffs, agreements and payments."""

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import zerotrip.core.money


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0006_custody"),
        ("places", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("channel", models.CharField(max_length=8)),
                ("ran_at", models.DateTimeField()),
                ("runs", models.PositiveSmallIntegerField(default=1)),
                ("balanced", models.BooleanField()),
                ("matched", models.PositiveIntegerField()),
                ("totals", models.JSONField()),
            ],
            options={
                "ordering": ["-day"],
            },
        ),
        migrations.AddField(
            model_name="consignment",
            name="product",
            field=models.CharField(
                choices=[("ems_standard", "EMS 标快"), ("ems_special", "特快专递"), ("court", "法院专递")],
                default="ems_standard",
                max_length=12,
                verbose_name="产品",
            ),
        ),
        migrations.AddField(
            model_name="consignment",
            name="quote",
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="协议编号")),
                ("products", models.JSONField(verbose_name="适用产品")),
                ("share", models.DecimalField(decimal_places=3, default=Decimal(1), max_digits=4, verbose_name="折扣")),
                ("signed_by", models.CharField(max_length=60, verbose_name="签订人")),
                ("valid_from", models.DateField(verbose_name="生效日期")),
                ("valid_until", models.DateField(verbose_name="到期日期")),
                (
                    "state",
                    models.CharField(choices=[("signed", "生效"), ("ended", "已终止")], default="signed", max_length=6),
                ),
                ("note", models.CharField(blank=True, default="", max_length=200, verbose_name="备注")),
                ("signed_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="agreements", to="places.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["-valid_from", "number"],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=32, unique=True, verbose_name="订单号")),
                ("reference", models.CharField(max_length=50, verbose_name="办件编号")),
                ("division", models.CharField(default="", max_length=12)),
                ("what", models.CharField(max_length=60, verbose_name="名称")),
                ("amount", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="金额")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待支付"), ("paid", "已支付"), ("closed", "已关闭")],
                        default="open",
                        max_length=6,
                    ),
                ),
                ("channel", models.CharField(max_length=8, verbose_name="渠道")),
                ("pay_url", models.CharField(default="", max_length=1000)),
                ("pay_qr", models.CharField(default="", max_length=500)),
                ("transaction", models.CharField(default="", max_length=64, verbose_name="交易号")),
                ("opened_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("paid_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("billed_on", models.DateField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Oddity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("amount", "金额不符"),
                            ("unknown", "没有这个订单"),
                            ("twice", "重复支付"),
                            ("after_close", "关闭后支付"),
                            ("refund_amount", "退款金额不符"),
                            ("refund_unknown", "没有这笔退款"),
                            ("refund_undone", "退款完成后又报失败"),
                        ],
                        max_length=14,
                    ),
                ),
                ("number", models.CharField(max_length=64)),
                ("transaction", models.CharField(default="", max_length=64)),
                ("expected", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12, null=True)),
                ("reported", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12, null=True)),
                ("channel", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.CharField(default="", max_length=60)),
                ("how", models.CharField(default="", max_length=120)),
                (
                    "order",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="oddities", to="mail.order"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[("postage", "邮费"), ("insurance", "保价费"), ("state_fee", "代收规费")], max_length=9
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("amount", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12)),
                ("payee", models.CharField(max_length=80, verbose_name="收款账户")),
                ("consignment_id", models.BigIntegerField(null=True)),
                ("live", models.BooleanField(default=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="mail.order"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("missing_here", "账单有，我方没有"),
                            ("missing_there", "我方有，账单没有"),
                            ("amount", "金额不符"),
                        ],
                        max_length=13,
                    ),
                ),
                ("flow", models.CharField(choices=[("payment", "支付"), ("refund", "退款")], max_length=7)),
                ("number", models.CharField(max_length=64)),
                ("order_number", models.CharField(default="", max_length=64)),
                ("ours", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12, null=True)),
                ("theirs", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12, null=True)),
                ("revenue", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12, null=True)),
                ("collected", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12, null=True)),
                (
                    "reconciliation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="differences",
                        to="mail.reconciliation",
                    ),
                ),
            ],
            options={
                "ordering": ["flow", "number"],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=32, unique=True)),
                ("amount", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12)),
                ("reason", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待申请"),
                            ("accepted", "退款中"),
                            ("done", "已退款"),
                            ("failed", "退款失败"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("reference", models.CharField(default="", max_length=64)),
                ("failure", models.CharField(default="", max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("billed_on", models.DateField(null=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="mail.order"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RefundLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12)),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="mail.orderline"
                    ),
                ),
                (
                    "refund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="mail.refund"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Tariff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "product",
                    models.CharField(
                        choices=[("ems_standard", "EMS 标快"), ("ems_special", "特快专递"), ("court", "法院专递")],
                        max_length=12,
                        verbose_name="产品",
                    ),
                ),
                (
                    "net",
                    models.CharField(
                        choices=[("city", "同城"), ("province", "省内"), ("national", "省际")],
                        max_length=8,
                        verbose_name="网别",
                    ),
                ),
                (
                    "payer",
                    models.CharField(
                        choices=[
                            ("applicant", "申请人支付"),
                            ("government", "政府统付"),
                            ("window", "窗口支付"),
                            ("agreement", "协议价"),
                        ],
                        max_length=10,
                        verbose_name="付费方",
                    ),
                ),
                ("first_g", models.PositiveIntegerField(verbose_name="首重（克）")),
                (
                    "first_price",
                    zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="首重资费"),
                ),
                ("step_g", models.PositiveIntegerField(verbose_name="续重（克）")),
                (
                    "step_price",
                    zerotrip.core.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="每续重资费"),
                ),
                ("heaviest_g", models.PositiveIntegerField(default=30000, verbose_name="限重（克）")),
                (
                    "insured_rate",
                    models.DecimalField(decimal_places=5, max_digits=7, null=True, verbose_name="保价费率"),
                ),
                (
                    "insured_minimum",
                    zerotrip.core.money.MoneyField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=12, verbose_name="最低保价费"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="施行日期")),
                ("valid_until", models.DateField(null=True, verbose_name="截止日期")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "草稿"), ("published", "已发布"), ("dropped", "已作废")],
                        default="draft",
                        max_length=9,
                    ),
                ),
                ("source", models.CharField(max_length=200, verbose_name="依据")),
                (
                    "confidence",
                    models.CharField(
                        choices=[("A", "A"), ("B", "B"), ("C", "C"), ("K", "K")], max_length=1, verbose_name="可信度"
                    ),
                ),
                ("note", models.CharField(blank=True, default="", max_length=200, verbose_name="备注")),
                ("drafted_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "agreement",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tariffs",
                        to="mail.agreement",
                    ),
                ),
            ],
            options={
                "ordering": ["product", "payer", "net", "agreement", "-valid_from"],
            },
        ),
        migrations.AddIndex(
            model_name="agreement",
            index=models.Index(fields=["organisation", "valid_until"], name="mail_agreement_organisation"),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_from__lte", models.F("valid_until"))), name="mail_agreement_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gt", 0), ("share__lte", 1)), name="mail_agreement_share"
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["reference"], name="mail_order_reference"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["paid_at"], name="mail_order_paid"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(condition=models.Q(("state", "open")), fields=["opened_at"], name="mail_order_open"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="mail_order_amount"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("paid_at__isnull", False), ("state", "paid")),
                    models.Q(("state", "paid"), _negated=True),
                    _connector="OR",
                ),
                name="mail_order_paid_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                condition=models.Q(("transaction", ""), _negated=True),
                fields=("channel", "transaction"),
                name="mail_order_transaction_once",
            ),
        ),
        migrations.AddIndex(
            model_name="oddity",
            index=models.Index(
                condition=models.Q(("settled_at__isnull", True)), fields=["-id"], name="mail_oddity_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="oddity",
            constraint=models.UniqueConstraint(
                fields=("channel", "kind", "number", "transaction"), name="mail_oddity_once"
            ),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(fields=["consignment_id"], name="mail_order_line_piece"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="mail_order_line_amount"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("live", True)), fields=("key",), name="mail_order_line_once"
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(fields=["done_at"], name="mail_refund_done"),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                condition=models.Q(("state__in", ["asked", "accepted"])), fields=["state"], name="mail_refund_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="mail_refund_amount"),
        ),
        migrations.AddConstraint(
            model_name="refundline",
            constraint=models.UniqueConstraint(fields=("refund", "line"), name="mail_refund_line_once"),
        ),
        migrations.AddIndex(
            model_name="tariff",
            index=models.Index(fields=["product", "net", "payer", "valid_from"], name="mail_tariff_key"),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True), ("valid_from__lte", models.F("valid_until")), _connector="OR"
                ),
                name="mail_tariff_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_g__gt", 0),
                    ("heaviest_g__gte", models.F("first_g")),
                    ("step_g__gt", 0),
                    ("first_price__gte", 0),
                    ("insured_minimum__gte", 0),
                    ("step_price__gte", 0),
                ),
                name="mail_tariff_amounts",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agreement__isnull", False), ("payer", "agreement")),
                    models.Q(models.Q(("payer", "agreement"), _negated=True), ("agreement__isnull", True)),
                    _connector="OR",
                ),
                name="mail_tariff_of_agreement",
            ),
        ),
        # A price has one row a day: no two published ones of the same key share a day. Built-in ranges, no extension.
        migrations.RunSQL(
            """
            ALTER TABLE mail_tariff ADD CONSTRAINT mail_tariff_no_overlap EXCLUDE USING gist (
                int8range(
                    hashtextextended(product || '/' || net || '/' || payer || '/' || coalesce(agreement_id, 0), 0),
                    hashtextextended(product || '/' || net || '/' || payer || '/' || coalesce(agreement_id, 0), 0),
                    '[]'
                ) WITH &&,
                daterange(valid_from, valid_until, '[]') WITH &&
            ) WHERE (state = 'published')
            """,
            "ALTER TABLE mail_tariff DROP CONSTRAINT mail_tariff_no_overlap",
        ),
    ]
