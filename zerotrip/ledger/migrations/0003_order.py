"""Readers go by entry number up to a fence, instead of by windows of transaction ids.

Every transaction that writes entries first puts up a fence: a shared advisory lock whose key is the last entry number given
out so far, held until the transaction ends. All its entries get higher numbers. So when every fence still standing is at or
above N, all entries up to N are decided: committed and readable, or never to come.
"""

import django.core.serializers.json
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION ledger_entry_fence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- one fence a transaction; a rollback to a savepoint takes lock and mark away together
    IF current_setting('zerotrip.fence', true) IS DISTINCT FROM 'up' THEN
        PERFORM pg_advisory_xact_lock_shared(
            (23124::bigint << 48) | coalesce(pg_sequence_last_value('ledger_entry_id_seq'), 0));
        PERFORM set_config('zerotrip.fence', 'up', true);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_fences BEFORE INSERT ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_fence();

CREATE FUNCTION ledger_settled() RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    given bigint;
    fenced bigint;
BEGIN
    -- first the numbers given out, then the fences: who drew a number before the first line put up its fence before that
    given := coalesce(pg_sequence_last_value('ledger_entry_id_seq'), 0);
    SELECT min(((classid::bigint & 65535) << 32) | objid::bigint) INTO fenced FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = 23124
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND pid IS DISTINCT FROM pg_backend_pid();
    RETURN least(given, fenced);
END $$;

UPDATE ledger_cursor c SET after = coalesce(
    (SELECT min(e.id) - 1 FROM ledger_entry e
     WHERE e.xid >= c.high::text::xid8 OR (e.xid >= c.low::text::xid8 AND e.id > c.after)),
    (SELECT max(id) FROM ledger_entry), 0);
"""

BACKWARD = """
DROP FUNCTION ledger_settled();
DROP TRIGGER ledger_entry_fences ON ledger_entry;
DROP FUNCTION ledger_entry_fence();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guard")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RemoveField("cursor", "low"),
        migrations.RemoveField("cursor", "high"),
        migrations.RemoveIndex("entry", "ledger_entry_commit_order"),
        migrations.AlterField(
            "entry",
            "data",
            models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder),
        ),
    ]
