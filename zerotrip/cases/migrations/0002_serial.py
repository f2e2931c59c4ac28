"""The serial of case numbers: a sequence, so that nobody waits for anybody; it starts again after a million."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE cases_serial MINVALUE 0 MAXVALUE 999999 START 1 CYCLE CACHE 20", "DROP SEQUENCE cases_serial"
        )
    ]
