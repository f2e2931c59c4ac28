"""Following outside scans, silence, archived months; the scans of a number in one call.

What is under way already is watched from now on.
"""

from __future__ import annotations

from django.db import migrations, models

WATCH = """
INSERT INTO mail_watched (number, look_at, late_noted)
SELECT number, coalesce(seen, announced_at, now()), false FROM mail_trace WHERE known AND ended IS NULL
"""

# All that is known of a number as one JSON document (read by `mail.tracked`). A function, so that its statements are
# planned once a connection and not at each reading. Only the scans are asked for by a statement made for the occasion:
# its bounds stand in it as constants, so that one or two months of mail_scan are opened, however many there are.
# The lower bound is the earliest point the trace remembers, less a week; scans missing then mean that it was guessed
# too late, and the year before the last scan is read.
TRACKED = """
CREATE FUNCTION mail_tracked(piece text) RETURNS json LANGUAGE plpgsql STABLE AS $function$
DECLARE
    t record;
    first timestamptz;
    codes text[];
    times timestamptz[];
    reasons text[];
    offices text[];
    origin text;
    target text;
    events json;
    own json;
BEGIN
    SELECT * INTO t FROM mail_trace WHERE number = piece;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF t.scans > 0 THEN
        FOREACH first IN ARRAY ARRAY[
            least(t.announced_at, t.seen,
                to_timestamp(substr(least(t.last, t.ended, t.back, t.failed), 1, 16)::bigint / 1000000.0))
                - interval '7 days',
            t.seen - interval '400 days'
        ] LOOP
            EXECUTE format(
                'SELECT array_agg(code), array_agg(at), array_agg(reason), array_agg(office) FROM mail_scan'
                ' WHERE number = %L AND at BETWEEN %L AND %L', piece, first, t.seen)
            INTO codes, times, reasons, offices;
            EXIT WHEN cardinality(codes) >= t.scans;
        END LOOP;
        SELECT json_agg(json_build_array(s.code, s.at, s.reason, s.office, p.name, d.code, d.name)
            ORDER BY s.at, s.code, s.office) INTO events
        FROM unnest(codes, times, reasons, offices) AS s(code, at, reason, office)
        LEFT JOIN LATERAL (
            SELECT name, division_id FROM places_place WHERE code = s.office LIMIT 1) p ON true
        LEFT JOIN LATERAL (
            SELECT code, name FROM places_division
            WHERE code = coalesce(p.division_id, substr(s.office, 2)) LIMIT 1) d ON true;
    END IF;
    SELECT json_build_array(
            c.purpose, c.net, c.accepted_at, c.delivered_at, c.promised_at, c.promised_p95,
            coalesce((SELECT p.name FROM places_place p WHERE p.id = c.sender_place_id),
                (SELECT d.name FROM people_contact k JOIN places_division d ON d.code = k.division_id
                WHERE k.id = c.sender_id)),
            coalesce((SELECT p.name FROM places_place p WHERE p.id = c.recipient_place_id),
                (SELECT d.name FROM people_contact k JOIN places_division d ON d.code = k.division_id
                WHERE k.id = c.recipient_id)))
        INTO own FROM mail_consignment c WHERE c.number = piece;
    IF own IS NULL THEN
        origin := coalesce((SELECT name FROM places_place WHERE code = t.origin),
            (SELECT name FROM places_division WHERE code = substr(t.origin, 2)));
        target := coalesce((SELECT name FROM places_place WHERE code = t.target),
            (SELECT name FROM places_division WHERE code = substr(t.target, 2)));
    END IF;
    RETURN json_build_object(
        'number', t.number, 'known', t.known, 'product', t.product, 'net', t.net,
        'announced_at', t.announced_at, 'promised_p95', t.promised_at, 'from', origin, 'to', target,
        'trace', json_build_array(t.last, t.ended, t.ends, t.back, t.failed, t.attempts, t.scans, t.unknown),
        'own', own, 'events', coalesce(events, '[]'::json));
END
$function$
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0004_promise"), ("places", "0001_initial")]

    operations = [
        migrations.RunSQL(TRACKED, "DROP FUNCTION mail_tracked(text)"),
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
