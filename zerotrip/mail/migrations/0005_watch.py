"""Following outside scans, silence, archived months. What is under way already is watched from now on."""

from __future__ import annotations

from django.db import migrations, models

WATCH = """
INSERT INTO mail_watched (number, look_at, late_noted)
SELECT number, coalesce(seen, announced_at, now()), false FROM mail_trace WHERE known AND ended IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_promise")]

    operations = [
        migrations.CreateModel(
            name="ToFollow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(db_collation="C", max_length=13)),
                ("tries", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("error", models.CharField(blank=True, db_default="", default="", max_length=300)),
            ],
            options={"db_table": "mail_to_follow", "ordering": ["pk"]},
        ),
        migrations.CreateModel(
            name="Watched",
            fields=[
                ("number", models.CharField(db_collation="C", max_length=13, primary_key=True, serialize=False)),
                ("look_at", models.DateTimeField()),
                ("silent_seen", models.DateTimeField(null=True)),
                ("late_noted", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "db_table": "mail_watched",
                "indexes": [models.Index(fields=["look_at"], name="mail_watched_due")],
            },
        ),
        migrations.CreateModel(
            name="SilenceLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stage", models.CharField(max_length=11, verbose_name="状态")),
                ("net", models.CharField(blank=True, default="", max_length=8, verbose_name="网别")),
                ("hours", models.PositiveSmallIntegerField(verbose_name="小时")),
                ("working_days", models.BooleanField(default=False, verbose_name="只计工作日")),
            ],
            options={
                "db_table": "mail_silence_limit",
                "constraints": [
                    models.UniqueConstraint(fields=("stage", "net"), name="mail_silence_limit_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ArchivePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("part", models.PositiveSmallIntegerField()),
                ("file", models.CharField(max_length=80, unique=True)),
                ("rows", models.PositiveBigIntegerField()),
                ("bytes", models.PositiveBigIntegerField()),
                ("digest", models.BinaryField(max_length=32)),
                ("first_number", models.CharField(db_collation="C", max_length=13)),
                ("last_number", models.CharField(db_collation="C", max_length=13)),
                ("groups", models.PositiveIntegerField()),
                ("archived_at", models.DateTimeField()),
                ("restored_groups", models.PositiveIntegerField(default=0)),
                ("restored_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "mail_archive_part",
                "ordering": ["month", "part"],
                "constraints": [
                    models.UniqueConstraint(fields=("month", "part"), name="mail_archive_part_once"),
                ],
            },
        ),
        migrations.RunSQL(WATCH, migrations.RunSQL.noop),
    ]
