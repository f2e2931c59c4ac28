"""The scans move into a table partitioned by month; every number gets a trace that says what its scans add up to."""

import django.db.models.deletion
import django.db.models.expressions
import zerotrip.core.crypto
from django.db import migrations, models

from zerotrip.mail.trace import sql

PARTITIONED = """
ALTER TABLE mail_scan RENAME TO mail_scan_before;
CREATE TABLE mail_scan (
    number varchar(13) COLLATE "C" NOT NULL, code varchar(6) COLLATE "C" NOT NULL, at timestamptz NOT NULL,
    office varchar(40) COLLATE "C" NOT NULL, operator varchar(60) NOT NULL, reason varchar(3) NOT NULL,
    attributes text NOT NULL, CONSTRAINT mail_scan_key PRIMARY KEY (number, code, at, office)
) PARTITION BY RANGE (at);
DO $$ DECLARE m date; BEGIN
    FOR m IN SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date FROM mail_scan_before LOOP
        EXECUTE format('CREATE TABLE mail_scan_%s PARTITION OF mail_scan FOR VALUES FROM (%L) TO (%L)',
            to_char(m, 'YYYY_MM'), m::text || ' 00:00+08', (m + interval '1 month')::date::text || ' 00:00+08');
    END LOOP;
END $$;
INSERT INTO mail_scan SELECT s.consignment_number, s.code, s.at, coalesce(p.code, ''), s.operator, '', '{}'
    FROM mail_scan_before s LEFT JOIN places_place p ON p.id = s.place_id ON CONFLICT DO NOTHING;
DROP TABLE mail_scan_before;
"""

FILL = f"""
ALTER TABLE mail_trace SET (fillfactor = 70);
ALTER TABLE mail_trace ALTER known SET DEFAULT false, ALTER ends SET DEFAULT 0;
INSERT INTO mail_trace (number, known, product, origin, target, net, announced_at, ends, attempts, scans, unknown,
    last, ended, back, failed, seen)
SELECT c.number, true, '', '', '', c.net, c.ordered_at, coalesce(s.ends, 0), coalesce(s.attempts, 0),
    coalesce(s.scans, 0), 0, s.last, s.ended, s.back, s.failed, s.seen
FROM mail_consignment c LEFT JOIN (
    SELECT number, count(*) AS scans, max(at) AS seen, count(*) FILTER (WHERE code = '705') AS attempts,
        max(point) FILTER (WHERE code NOT IN ({sql.FINAL})) AS last,
        min(point) FILTER (WHERE code IN ({sql.FINAL})) AS ended, bit_or({sql.end_bit("code")}) AS ends,
        min(point) FILTER (WHERE code = '708') AS back,
        max(substr(point, 1, 19) || '   ' || office) FILTER (WHERE code = '705') AS failed
    FROM (SELECT *, lpad((extract(epoch FROM at) * 1000000)::bigint::text, 16, '0') || {sql.rank_of("code")} || code
        || office COLLATE "C" AS point FROM mail_scan) AS x GROUP BY number
) s ON s.number = c.number WHERE c.number IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("mail", "0002_numbers"), ("places", "0001_initial")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(PARTITIONED, migrations.RunSQL.noop)],
            state_operations=[
                migrations.DeleteModel("Scan"),
                migrations.CreateModel(
                    name='Scan',
                    fields=[
                        ('pk', models.CompositePrimaryKey('number', 'code', 'at', 'office', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('number', models.CharField(db_collation='C', max_length=13, verbose_name='邮件号')),
                        ('code', models.CharField(db_collation='C', max_length=6, verbose_name='操作码')),
                        ('at', models.DateTimeField(verbose_name='时间')),
                        ('office', models.CharField(db_collation='C', max_length=40, verbose_name='机构')),
                        ('operator', models.CharField(max_length=60, verbose_name='操作人')),
                        ('reason', models.CharField(max_length=3, verbose_name='未妥投原因')),
                        ('attributes', models.TextField(verbose_name='附加信息')),
                    ],
                    options={
                        'db_table': 'mail_scan',
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name='Trace',
            fields=[
                ('number', models.CharField(db_collation='C', max_length=13, primary_key=True, serialize=False, verbose_name='邮件号')),
                ('known', models.BooleanField(default=False)),
                ('product', models.CharField(blank=True, default='', max_length=20, verbose_name='产品')),
                ('origin', models.CharField(blank=True, default='', max_length=40, verbose_name='寄件机构')),
                ('target', models.CharField(blank=True, default='', max_length=40, verbose_name='投递机构')),
                ('net', models.CharField(blank=True, default='', max_length=8, verbose_name='网别')),
                ('weight_g', models.PositiveIntegerField(null=True, verbose_name='重量（克）')),
                ('announced_at', models.DateTimeField(null=True, verbose_name='登记时间')),
                ('promised_at', models.DateTimeField(null=True, verbose_name='时限承诺')),
                ('last', models.CharField(db_collation='C', max_length=70, null=True)),
                ('ended', models.CharField(db_collation='C', max_length=70, null=True)),
                ('ends', models.PositiveSmallIntegerField(default=0)),
                ('back', models.CharField(db_collation='C', max_length=70, null=True)),
                ('failed', models.CharField(db_collation='C', max_length=70, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('seen', models.DateTimeField(null=True)),
                ('scans', models.PositiveIntegerField(default=0)),
                ('unknown', models.PositiveIntegerField(default=0)),
                ('stage', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.RawSQL("CASE WHEN ended IS NOT NULL THEN CASE WHEN (CASE WHEN substr(ended, 20, 3) IN ('704', '747', '748') THEN 'delivered' WHEN substr(ended, 20, 3) IN ('711') THEN 'returned' WHEN substr(ended, 20, 3) IN ('207') THEN 'cancelled' ELSE '' END = 'delivered' AND back IS NOT NULL AND back < ended) THEN 'returned' ELSE CASE WHEN substr(ended, 20, 3) IN ('704', '747', '748') THEN 'delivered' WHEN substr(ended, 20, 3) IN ('711') THEN 'returned' WHEN substr(ended, 20, 3) IN ('207') THEN 'cancelled' ELSE '' END END WHEN last IS NULL THEN 'requested' WHEN (back IS NOT NULL AND last >= back) THEN 'returning' ELSE CASE WHEN substr(last, 20, 3) IN ('203', '303', '345') THEN 'accepted' WHEN substr(last, 20, 3) IN ('305', '389', '911', '912', '954') THEN 'in_transit' WHEN substr(last, 20, 3) IN ('306', '307') THEN 'arrived' WHEN substr(last, 20, 3) IN ('702') THEN 'out' WHEN substr(last, 20, 3) IN ('705') THEN 'undelivered' WHEN substr(last, 20, 3) IN ('708') THEN 'returning' ELSE '' END END", []), output_field=models.CharField(max_length=11))),
                ('after_end', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.RawSQL('(ended IS NOT NULL AND (coalesce(substr(last, 1, 16) > substr(ended, 1, 16), false) OR NOT (ends IN (1, 2, 4) OR (ends = 3 AND back IS NOT NULL))))', []), output_field=models.BooleanField())),
            ],
            options={
                'db_table': 'mail_trace',
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=200, verbose_name='来源')),
                ('kind', models.CharField(max_length=12, verbose_name='内容')),
                ('digest', models.BinaryField(max_length=32)),
                ('accepted', models.PositiveBigIntegerField(default=0, verbose_name='新收')),
                ('duplicates', models.PositiveBigIntegerField(default=0, verbose_name='重复')),
                ('rejected', models.PositiveBigIntegerField(default=0, verbose_name='未接收')),
                ('unknown', models.PositiveBigIntegerField(default=0, verbose_name='不认识的操作码')),
                ('lines', models.PositiveBigIntegerField(default=0)),
                ('offset', models.PositiveBigIntegerField(default=0)),
                ('at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(fields=['digest'], name='mail_batch_digest')],
            },
        ),
        migrations.CreateModel(
            name='Refused',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveBigIntegerField(verbose_name='行号')),
                ('sentence', models.CharField(max_length=200, verbose_name='原因')),
                ('row', zerotrip.core.crypto.SealedTextField(editable=True, verbose_name='原文')),
                ('settled_at', models.DateTimeField(null=True)),
                ('how', models.CharField(default='', max_length=120, verbose_name='处理')),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refused', to='mail.batch')),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['batch'], name='mail_refused_open')],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
