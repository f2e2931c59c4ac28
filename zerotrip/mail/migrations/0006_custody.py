"""Seals, bags, and differences that are escalated."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0005_watch"),
        ("places", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE mail_bag_seq;", "DROP SEQUENCE mail_bag_seq;"),
        migrations.CreateModel(
            name="Bag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=16, unique=True, verbose_name="袋号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("packing", "装袋中"),
                            ("sealed", "已封袋"),
                            ("opened", "已开袋"),
                            ("refused", "封签不符，逐件清点"),
                        ],
                        default="packing",
                        max_length=7,
                        verbose_name="状态",
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                ("sealed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="BagItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ManifestBag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("listed", "待扫封签"),
                            ("taken", "封签完好，整袋已收"),
                            ("refused", "封签不符，逐件清点"),
                            ("missing", "整袋缺"),
                            ("kept", "仍在交出方"),
                        ],
                        default="listed",
                        max_length=7,
                    ),
                ),
                ("seen", models.CharField(blank=True, default="", max_length=20)),
                ("reason", models.CharField(blank=True, default="", max_length=160)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="封签号")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("intact", "完好"),
                            ("opened", "已启封"),
                            ("broken", "破损或不符"),
                            ("void", "已作废"),
                        ],
                        default="intact",
                        max_length=6,
                        verbose_name="状态",
                    ),
                ),
                ("applied_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, default="", max_length=160)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="manifest",
            name="differs_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="manifest",
            name="escalated_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="manifest",
            name="escalated_to",
            field=models.CharField(
                blank=True, choices=[("manager", "分公司负责人"), ("care", "客服")], default="", max_length=7
            ),
        ),
        migrations.AddField(
            model_name="manifest",
            name="escalated_why",
            field=models.CharField(blank=True, default="", max_length=160),
        ),
        migrations.AddIndex(
            model_name="manifest",
            index=models.Index(
                condition=models.Q(("differs_since__isnull", False), ("escalated_at__isnull", True)),
                fields=["differs_since"],
                name="mail_manifest_to_escalate",
            ),
        ),
        migrations.AddField(
            model_name="bag",
            name="packed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="bag",
            name="place",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"),
        ),
        migrations.AddField(
            model_name="bag",
            name="target",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"),
        ),
        migrations.AddField(
            model_name="manifestline",
            name="bag",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="mail.bag"
            ),
        ),
        migrations.AddField(
            model_name="bagitem",
            name="bag",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="items", to="mail.bag"),
        ),
        migrations.AddField(
            model_name="bagitem",
            name="consignment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="bag_items", to="mail.consignment"
            ),
        ),
        migrations.AddField(
            model_name="manifestbag",
            name="bag",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="units", to="mail.bag"),
        ),
        migrations.AddField(
            model_name="manifestbag",
            name="manifest",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="bags", to="mail.manifest"
            ),
        ),
        migrations.AddField(
            model_name="seal",
            name="applied_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="seal",
            name="applied_place",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"
            ),
        ),
        migrations.AddField(
            model_name="seal",
            name="bag",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="seals", to="mail.bag"
            ),
        ),
        migrations.AddField(
            model_name="seal",
            name="consignment",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="seals", to="mail.consignment"
            ),
        ),
        migrations.AddField(
            model_name="seal",
            name="ended_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="bag",
            index=models.Index(fields=["place", "state"], name="mail_bag_place"),
        ),
        migrations.AddIndex(
            model_name="bag",
            index=models.Index(fields=["target", "state"], name="mail_bag_target"),
        ),
        migrations.AddConstraint(
            model_name="bag",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["packing", "sealed", "opened", "refused"])), name="mail_bag_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="bag",
            constraint=models.CheckConstraint(
                condition=models.Q(("place", models.F("target")), _negated=True), name="mail_bag_goes_somewhere"
            ),
        ),
        migrations.AddConstraint(
            model_name="bagitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)), fields=("consignment",), name="mail_in_one_bag_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="bagitem",
            constraint=models.UniqueConstraint(fields=("bag", "consignment"), name="mail_bag_item_once"),
        ),
        migrations.AddConstraint(
            model_name="manifestbag",
            constraint=models.UniqueConstraint(fields=("manifest", "bag"), name="mail_manifest_bag_once"),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("bag__isnull", True), ("consignment__isnull", False)),
                    models.Q(("bag__isnull", False), ("consignment__isnull", True)),
                    _connector="OR",
                ),
                name="mail_seal_on_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "intact")),
                    models.Q(
                        models.Q(("state", "intact"), _negated=True),
                        ("ended_at__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="mail_seal_says_why_not_intact",
            ),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "intact")), fields=("consignment",), name="mail_one_seal_a_pouch"
            ),
        ),
        migrations.AddConstraint(
            model_name="seal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "intact")), fields=("bag",), name="mail_one_seal_a_bag"
            ),
        ),
    ]
