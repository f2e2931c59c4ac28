"""Which window is competent for what is the catalogue's to know: its table moves there with all its rows."""

from django.db import migrations

FORWARD = """
ALTER TABLE cases_competence RENAME TO catalog_competence;
ALTER SEQUENCE cases_competence_id_seq RENAME TO catalog_competence_id_seq;
ALTER TABLE catalog_competence RENAME CONSTRAINT cases_competence_once TO catalog_competence_once;
"""
BACKWARD = """
ALTER TABLE catalog_competence RENAME CONSTRAINT catalog_competence_once TO cases_competence_once;
ALTER SEQUENCE catalog_competence_id_seq RENAME TO cases_competence_id_seq;
ALTER TABLE catalog_competence RENAME TO cases_competence;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_serial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARD, BACKWARD)],
            state_operations=[migrations.DeleteModel("Competence")],
        )
    ]
