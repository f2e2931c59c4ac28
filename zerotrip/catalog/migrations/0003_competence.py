"""Takes over the table of competences from cases; its rows were moved there."""

import django.db.models.deletion
from django.db import migrations, models

COMPETENCE = migrations.CreateModel(
    name="Competence",
    fields=[
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("organ_kind", models.CharField(max_length=30, verbose_name="部门类别")),
        ("division", models.CharField(max_length=12, verbose_name="区划前缀")),
        (
            "window",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="competences", to="places.place"
            ),
        ),
    ],
    options={
        "constraints": [
            models.UniqueConstraint(fields=("organ_kind", "division"), name="catalog_competence_once"),
        ],
    },
)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_search_and_days"),
        ("cases", "0003_competence_moves"),
        ("places", "0001_initial"),
    ]
    operations = [migrations.SeparateDatabaseAndState(state_operations=[COMPETENCE])]
