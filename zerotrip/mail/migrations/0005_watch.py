"""Following outside scans, silence, archived months; the scans of a number in one call.

What is under way already is watched from now on.
"""

from __future__ import annotations

from django.db import migrations, models

WATCH = """
INSERT INTO mail_watched (number, look_at, late_noted)
SELECT number, coalesce(seen, announced_at, now()), false FROM mail_trace WHERE known AND ended IS NULL
"""

# The scans of a number as JSON rows: code, time, reason, office, its name, code and name of its division.
# The bounds stand in the statement as constants, so that planning opens one or two months of mail_scan and no more
# (bounds known only when it runs would open every month: 2 ms with ten years of them). `expected` scans not found
# between the bounds means that the lower one was guessed too late: then the year before `until` is read.
SCANS = """
CREATE FUNCTION mail_scans(piece text, expected bigint, since timestamptz, until timestamptz) RETURNS json
LANGUAGE plpgsql STABLE AS $function$
DECLARE
    first timestamptz;
    found json;
BEGIN
    FOREACH first IN ARRAY ARRAY[since, until - interval '400 days'] LOOP
        EXECUTE format($query$
            SELECT json_agg(json_build_array(s.code, s.at, s.reason, s.office, p.name, d.code, d.name)
                ORDER BY s.at, s.code, s.office)
            FROM mail_scan s
            LEFT JOIN places_place p ON p.code = s.office
            LEFT JOIN places_division d ON d.code = coalesce(p.division_id, substr(s.office, 2))
            WHERE s.number = %L AND s.at BETWEEN %L AND %L$query$, piece, first, until) INTO found;
        EXIT WHEN json_array_length(found) >= expected;
    END LOOP;
    RETURN coalesce(found, '[]'::json);
END
$function$
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_promise"), ("places", "0001_initial")]

    operations = [
        migrations.RunSQL(SCANS, "DROP FUNCTION mail_scans(text, bigint, timestamptz, timestamptz)"),
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
