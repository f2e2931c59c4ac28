"""Exceptions of escalated differences and of broken seals."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("care", "0003_watch")]

    operations = [
        migrations.AlterField(
            model_name="trouble",
            name="kind",
            field=models.CharField(
                choices=[
                    ("manifest", "交接数量不符"),
                    ("escalated", "交接差异升级"),
                    ("seal", "封签破损或不符"),
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
    ]
