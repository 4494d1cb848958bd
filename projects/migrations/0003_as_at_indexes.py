"""Portfolios as at a day are read from these: which report of a series stands, and what lies beneath a node then."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("projects", "0002_reporting_cycle")]

    operations = [
        migrations.AddField("node", "archived_at", models.DateTimeField(blank=True, editable=False, null=True)),
        *(
            migrations.AddIndex("report", models.Index(fields=fields, name=name))
            for name, fields in {
                "report_public_known": ["node", "public_known_from", "public_known_to"],
                "report_published_then": ["node", "published_from", "published_until"],
                "report_beneath_then": ["organisation", "node_path"],
            }.items()
        ),
    ]
