"""Exceptions the trace speaks of; one about a piece of others may belong to a division in place of a place."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("care", "0002_promise"), ("places", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="trouble",
            name="kind",
            field=models.CharField(
                choices=[
                    ("manifest", "交接数量不符"),
                    ("cancelled", "邮件撤销，办件仍在等待"),
                    ("undelivered", "两次投递未成"),
                    ("returned", "邮件退回"),
                    ("promise", "预计晚于承诺"),
                    ("silent", "邮件长时间无轨迹"),
                    ("late", "邮件超过承诺时间"),
                    ("lost", "邮件下落不明"),
                    ("contradicted", "轨迹与现状矛盾"),
                ],
                max_length=12,
                verbose_name="类型",
            ),
        ),
        migrations.AlterField(
            model_name="trouble",
            name="place",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"
            ),
        ),
        migrations.AddField(
            model_name="trouble",
            name="division",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddConstraint(
            model_name="trouble",
            constraint=models.CheckConstraint(
                condition=models.Q(("place__isnull", False), models.Q(("division", ""), _negated=True), _connector="OR"),
                name="care_trouble_belongs_somewhere",
            ),
        ),
        migrations.AddIndex(
            model_name="trouble",
            index=models.Index(
                condition=models.Q(
                    models.Q(("state", "settled"), _negated=True), models.Q(("consignment_number", ""), _negated=True)
                ),
                fields=["consignment_number"],
                name="care_trouble_of_piece",
            ),
        ),
    ]
