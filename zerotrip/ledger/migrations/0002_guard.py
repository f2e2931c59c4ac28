"""Entries are never changed or deleted, and every write wakes the readers and the open pages."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION ledger_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger entries are never changed or deleted';
END $$;
CREATE TRIGGER ledger_entry_is_final BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_refuse();

CREATE FUNCTION ledger_entry_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('zerotrip_ledger', number) FROM (SELECT DISTINCT case_number AS number FROM fresh LIMIT 20) one;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_wakes AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_wake();
"""

BACKWARD = """
DROP TRIGGER ledger_entry_wakes ON ledger_entry;
DROP FUNCTION ledger_entry_wake();
DROP TRIGGER ledger_entry_is_final ON ledger_entry;
DROP FUNCTION ledger_entry_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
