"""Keys of partners, the nonces they used, what they have drawn of their rate, and what was refused them."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("gateway", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="allowance",
                        serialize=False,
                        to="gateway.partner",
                    ),
                ),
                ("minute", models.BigIntegerField()),
                ("drawn", models.BigIntegerField()),
            ],
        ),
        migrations.AlterField(
            model_name="partner",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=30), size=None, verbose_name="可用接口"
            ),
        ),
        migrations.CreateModel(
            name="PartnerKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("keyid", models.CharField(max_length=40, unique=True)),
                (
                    "algorithm",
                    models.CharField(
                        choices=[("ed25519", "Ed25519"), ("ecdsa-p256-sha256", "ECDSA P-256")], max_length=20
                    ),
                ),
                ("public_key", models.TextField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("added_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="gateway.partner"
                    ),
                ),
            ],
            options={"ordering": ["-added_at", "-pk"]},
        ),
        migrations.CreateModel(
            name="RefusedCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("reason", models.CharField(max_length=20)),
                ("times", models.PositiveBigIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                ("last_detail", models.CharField(max_length=300)),
                (
                    "partner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="refused",
                        to="gateway.partner",
                    ),
                ),
            ],
            options={
                "ordering": ["-last_at"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("partner", "day", "reason"),
                        name="gateway_refusedcall_once_a_day",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsedNonce",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nonce", models.CharField(max_length=64)),
                ("until", models.DateTimeField(db_index=True)),
                (
                    "key",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="gateway.partnerkey",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("key", "nonce"), name="gateway_usednonce_once")]
            },
        ),
    ]
