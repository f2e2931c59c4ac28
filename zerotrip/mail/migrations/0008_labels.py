"""Labels: every printing is a row. What was counted so far is taken from the ledger."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


FROM_LEDGER = """
INSERT INTO mail_label (consignment_id, number, serial, size, reason, printed_by_id, printed_at, void_reason)
SELECT c.id, c.number, n, '100×150', CASE WHEN n > 1 THEN '启用补打原因之前' ELSE '' END, who, at, ''
FROM (
    SELECT (e.data->>'consignment')::bigint AS piece, e.at, a.id AS who,
        row_number() OVER (PARTITION BY e.data->>'consignment' ORDER BY e.id) AS n
    FROM ledger_entry e LEFT JOIN people_account a ON a.id = e.actor_id AND e.actor_kind = 'staff'
    WHERE e.kind = 'mail.label_printed'
) was JOIN mail_consignment c ON c.id = was.piece AND c.number IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0007_tariffs"),
        ("ledger", "0001_initial"),
        ("places", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LabelBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("asked_at", models.DateTimeField()),
                (
                    "size",
                    models.CharField(
                        choices=[("100×150", "100×150 mm"), ("100×180", "100×180 mm"), ("76×130", "76×130 mm")],
                        max_length=8,
                        verbose_name="规格",
                    ),
                ),
                ("numbers", models.JSONField()),
                ("reason", models.CharField(blank=True, default="", max_length=120, verbose_name="补打原因")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "排队中"),
                            ("running", "正在排版"),
                            ("done", "可以打印"),
                            ("stopped", "已停止"),
                            ("failed", "没有完成"),
                        ],
                        default="queued",
                        max_length=7,
                    ),
                ),
                ("stop_asked", models.BooleanField(default=False)),
                ("done", models.PositiveIntegerField(default=0)),
                ("printed", models.PositiveIntegerField(default=0)),
                ("sheets", models.PositiveIntegerField(default=0)),
                ("refused", models.JSONField(default=list)),
                ("problem", models.CharField(blank=True, default="", max_length=300)),
                ("file_id", models.UUIDField(null=True)),
                ("opened", models.PositiveIntegerField(default=0)),
                ("touched_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Label",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=13, verbose_name="邮件号")),
                ("serial", models.PositiveSmallIntegerField(verbose_name="次数")),
                (
                    "size",
                    models.CharField(
                        choices=[("100×150", "100×150 mm"), ("100×180", "100×180 mm"), ("76×130", "76×130 mm")],
                        max_length=8,
                        verbose_name="规格",
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=120, verbose_name="补打原因")),
                ("sheet", models.PositiveSmallIntegerField(null=True, verbose_name="第几张")),
                ("slip", models.JSONField(null=True)),
                ("printed_at", models.DateTimeField()),
                ("voided_at", models.DateTimeField(null=True)),
                ("void_reason", models.CharField(blank=True, default="", max_length=120, verbose_name="作废原因")),
                (
                    "consignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="printings", to="mail.consignment"
                    ),
                ),
                (
                    "printed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="labels",
                        to="mail.labelbatch",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="OldNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=13, unique=True, verbose_name="原邮件号")),
                ("reason", models.CharField(max_length=120, verbose_name="原因")),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "consignment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="old_numbers", to="mail.consignment"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddIndex(
            model_name="labelbatch",
            index=models.Index(fields=["asked_by", "-id"], name="mail_labelbatch_mine"),
        ),
        migrations.AddIndex(
            model_name="labelbatch",
            index=models.Index(fields=["place", "-id"], name="mail_labelbatch_place"),
        ),
        migrations.AddConstraint(
            model_name="label",
            constraint=models.UniqueConstraint(fields=("consignment", "serial"), name="mail_label_serial"),
        ),
        migrations.AddConstraint(
            model_name="label",
            constraint=models.CheckConstraint(
                condition=models.Q(("serial", 1), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="mail_label_again_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="label",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("voided_at__isnull", True), models.Q(("void_reason", ""), _negated=True), _connector="OR"
                ),
                name="mail_label_void_says_why",
            ),
        ),
        migrations.RunSQL(FROM_LEDGER, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="consignment",
            name="labels",
        ),
    ]
