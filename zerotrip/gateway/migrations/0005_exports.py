"""Exports asked for, and rows for the provincial portal."""

from __future__ import annotations

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import zerotrip.core.crypto


class Migration(migrations.Migration):
    dependencies = [
        ("gateway", "0004_trackers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PortalRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=12)),
                ("key", models.CharField(max_length=80)),
                ("revision", models.PositiveIntegerField()),
                ("case_number", models.CharField(max_length=40)),
                ("county", models.CharField(max_length=12)),
                ("digest", models.BinaryField(max_length=32)),
                ("content", zerotrip.core.crypto.SealedTextField(editable=True, null=True)),
                ("taken_back", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "等待确认"),
                            ("accepted", "已接收"),
                            ("rejected", "被退回"),
                            ("replaced", "已有更新的一版"),
                        ],
                        default="requested",
                        max_length=9,
                    ),
                ),
                ("queued_at", models.DateTimeField()),
                ("tries", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("sentence", models.CharField(blank=True, default="", max_length=300)),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "requested")), fields=["next_at"], name="gateway_portal_due"
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ["requested", "rejected"])),
                        fields=["queued_at"],
                        name="gateway_portal_open",
                    ),
                    models.Index(fields=["case_number"], name="gateway_portal_case"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("table", "key", "revision"), name="gateway_portal_row_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_at__isnull", False), ("state", "requested")),
                            models.Q(models.Q(("state", "requested"), _negated=True), ("next_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="gateway_portal_row_due_while_requested",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("first", models.DateField(verbose_name="从")),
                ("last", models.DateField(verbose_name="到")),
                (
                    "form",
                    models.CharField(
                        choices=[("csv", "CSV"), ("xlsx", "XLSX"), ("json", "JSON")], max_length=4, verbose_name="格式"
                    ),
                ),
                ("masked", models.BooleanField(default=True)),
                ("reason", models.CharField(blank=True, default="", max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "排队中"),
                            ("running", "正在导出"),
                            ("done", "可以下载"),
                            ("stopped", "已停止"),
                            ("failed", "没有完成"),
                            ("cleared", "文件已清除"),
                        ],
                        default="queued",
                        max_length=8,
                    ),
                ),
                ("stop_asked", models.BooleanField(default=False)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("report", models.JSONField(default=dict)),
                ("problem", models.CharField(blank=True, default="", max_length=300)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("path", models.CharField(blank=True, default="", max_length=120)),
                ("touched_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("downloads", models.PositiveIntegerField(default=0)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["asked_by", "-id"], name="gateway_export_mine")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last__gte", models.F("first"))), name="gateway_export_days"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("masked", True), models.Q(("reason", ""), _negated=True), _connector="OR"),
                        name="gateway_export_reason",
                    ),
                ],
            },
        ),
    ]
