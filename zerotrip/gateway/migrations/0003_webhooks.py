"""Webhooks and their messages."""

from __future__ import annotations

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import zerotrip.core.crypto


class Migration(migrations.Migration):
    dependencies = [("gateway", "0002_signatures")]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("url", models.CharField(max_length=500, verbose_name="接收地址")),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="事件类型",
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        choices=[("sha256", "HMAC-SHA256（标准）"), ("sm3", "HMAC-SM3（国密）")],
                        default="sha256",
                        max_length=8,
                        verbose_name="签名算法",
                    ),
                ),
                ("secret", zerotrip.core.crypto.SealedTextField(editable=True)),
                ("former_secret", zerotrip.core.crypto.SealedTextField(editable=True, null=True)),
                ("former_until", models.DateTimeField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "在用"),
                            ("paused", "已暂停"),
                            ("failed", "多日送不到，已暂停"),
                            ("gone", "接收方已停用"),
                        ],
                        default="active",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("state_since", models.DateTimeField()),
                ("state_reason", models.CharField(blank=True, default="", max_length=300)),
                ("last_sequence", models.BigIntegerField(default=0)),
                ("forgotten_through", models.BigIntegerField(default=0)),
                ("failing_since", models.DateTimeField(null=True)),
                ("slow", models.BooleanField(default=False)),
                ("next_at", models.DateTimeField(null=True)),
                ("last_ok_at", models.DateTimeField(null=True)),
                ("turn_at", models.DateTimeField(null=True)),
                ("lease", models.UUIDField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("registered_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="webhooks", to="gateway.partner"
                    ),
                ),
            ],
            options={"ordering": ["partner__name", "pk"]},
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.BigIntegerField(verbose_name="序号")),
                ("message_id", models.CharField(max_length=40, unique=True)),
                ("entry_id", models.BigIntegerField(null=True)),
                ("type", models.CharField(max_length=60, verbose_name="事件类型")),
                ("case_number", models.CharField(blank=True, default="", max_length=40, verbose_name="办件编号")),
                ("body", models.TextField()),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待送"), ("delivered", "已送达"), ("set_aside", "已搁置")],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="次数")),
                ("last_at", models.DateTimeField(null=True)),
                ("last_status", models.PositiveSmallIntegerField(null=True)),
                ("last_seconds", models.FloatField(null=True)),
                ("answer", models.CharField(blank=True, default="", max_length=300)),
                ("trouble", models.CharField(blank=True, default="", max_length=300)),
                ("delivered_at", models.DateTimeField(null=True)),
                (
                    "webhook",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="gateway.webhook",
                    ),
                ),
            ],
            options={"ordering": ["webhook_id", "sequence"]},
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at__isnull", True)),
                fields=("partner", "url"),
                name="gateway_webhook_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("former_secret__isnull", True), ("former_until__isnull", True)),
                    models.Q(("former_secret__isnull", False), ("former_until__isnull", False)),
                    _connector="OR",
                ),
                name="gateway_webhook_former_secret_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["webhook", "sequence"],
                name="gateway_message_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(fields=("webhook", "sequence"), name="gateway_message_numbered"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("entry_id__isnull", False)),
                fields=("webhook", "entry_id"),
                name="gateway_message_once",
            ),
        ),
    ]
