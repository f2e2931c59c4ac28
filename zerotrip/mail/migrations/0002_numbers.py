"""Sequences: the next mail number of our range, the next hand-over list."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE mail_number_seq; CREATE SEQUENCE mail_manifest_seq;",
            "DROP SEQUENCE mail_number_seq; DROP SEQUENCE mail_manifest_seq;",
        )
    ]
