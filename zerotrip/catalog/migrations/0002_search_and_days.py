"""Two things the ORM has no words for, both without an extension.

Search: every one- and two-character piece of `search_text` in an array the database keeps itself, under a GIN index.

Days: no two published versions of an item are valid on the same day. Each item gets its own stretch of the number line
(item × 10,000,000 + day since the year 1), so that one range type excludes overlaps without btree_gist.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION catalog_grams(t text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT coalesce(array_agg(DISTINCT gram), '{}')
  FROM generate_series(1, length(t)) AS i, LATERAL (VALUES (substr(t, i, 1)), (substr(t, i, 2))) AS pieces (gram)
$$;
ALTER TABLE catalog_itemversion ADD COLUMN grams text[] GENERATED ALWAYS AS (catalog_grams(search_text)) STORED;
CREATE INDEX catalog_itemversion_grams ON catalog_itemversion USING gin (grams)
  WITH (fastupdate = off) WHERE state = 'published';  -- items change seldom and are searched all day
ALTER TABLE catalog_itemversion ADD CONSTRAINT catalog_one_published_a_day EXCLUDE USING gist (
  int8range(
    item_id * 10000000 + (valid_from - DATE '0001-01-01'),
    item_id * 10000000 + coalesce(valid_until - DATE '0001-01-01', 9999999),
    '[]'
  ) WITH &&
) WHERE (state = 'published');
"""
BACKWARD = """
ALTER TABLE catalog_itemversion DROP CONSTRAINT catalog_one_published_a_day;
ALTER TABLE catalog_itemversion DROP COLUMN grams;
DROP FUNCTION catalog_grams(text);
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
