"""Outside trackers and what was pushed to them."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import zerotrip.core.crypto


class Migration(migrations.Migration):
    dependencies = [("gateway", "0003_webhooks")]

    operations = [
        migrations.CreateModel(
            name="Tracker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer", models.CharField(max_length=32, unique=True, verbose_name="公司编号")),
                ("key", zerotrip.core.crypto.SealedTextField(editable=True, verbose_name="授权 key")),
                ("key_digest", models.BinaryField(max_length=32, unique=True)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("query", "实时查询"), ("subscribe", "订阅推送")], max_length=12
                        ),
                        size=None,
                        verbose_name="可用接口",
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="trackers", to="gateway.partner"
                    ),
                ),
            ],
            options={
                "ordering": ["partner__name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(db_collation="C", max_length=13, verbose_name="邮件号")),
                ("company", models.CharField(max_length=20, verbose_name="快递公司编码")),
                ("callback_url", models.CharField(max_length=500, verbose_name="回调地址")),
                ("salt", zerotrip.core.crypto.SealedTextField(editable=True, null=True)),
                ("detail", models.CharField(blank=True, default="", max_length=2)),
                ("lang", models.CharField(default="zh", max_length=2)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("polling", "跟踪中"),
                            ("shutdown", "已结束"),
                            ("abort", "已中止"),
                            ("aside", "送不到，已搁置"),
                        ],
                        default="polling",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="订阅时间")),
                ("mark", models.CharField(blank=True, default="", max_length=90)),
                ("changed_at", models.DateTimeField()),
                ("closing", models.CharField(blank=True, default="", max_length=40)),
                ("due_at", models.DateTimeField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("trouble", models.CharField(blank=True, default="", max_length=300, verbose_name="未送达原因")),
                ("pushes", models.PositiveIntegerField(default=0, verbose_name="已推送")),
                ("pushed_at", models.DateTimeField(null=True)),
                (
                    "tracker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="gateway.tracker"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.AddConstraint(
            model_name="tracker",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("active", True), ("closed_at__isnull", True)),
                    models.Q(("active", False), ("closed_at__isnull", False)),
                    _connector="OR",
                ),
                name="gateway_tracker_closed_when_inactive",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="gateway_subscription_due"
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("due_at__isnull", True), ("state__in", ["polling", "shutdown"])),
                fields=["number"],
                name="gateway_subscription_watched",
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(fields=["state", "tracker"], name="gateway_subscription_state"),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "polling")), fields=("tracker", "number"), name="gateway_followed_once"
            ),
        ),
    ]
