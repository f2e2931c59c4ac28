"""Following outside scans, silence, archived months; the scans of a number in one call."""

from __future__ import annotations

from typing import Any

from django.db import migrations

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

    operations: list[Any] = [
        migrations.RunSQL(SCANS, "DROP FUNCTION mail_scans(text, bigint, timestamptz, timestamptz)"),
    ]
