"""What readers' lists show of a report is kept without what is exempt; short codes stand once; councils have a drift limit."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery

COUNTED = ("DimensionRating", "PlanItemUpdate", "RiskAssessment", "BenefitUpdate", "BudgetPosition")
COLUMNS = ("overall_id", "severity", "counts", "sums", "next_item", "next_item_on")
KEPT_BACK = ("exempt", "withheld")
NOTHING = {"published_overall": None, "published_severity": 0}
DRIFT = {"amber_from": 28, "red_from": 84}  # days
AT_ONCE = 1_000


def copy_what_is_open(apps, schema_editor):
    """Readers go on seeing what nothing is kept back of; of other reports nothing until rebuild_roll_ups is run."""
    Summary, Node = (apps.get_model("projects", name) for name in ("ReportSummary", "Node"))
    marked = set()
    for name in COUNTED:
        rows = apps.get_model("projects", name).objects.filter(Q(is_exempt=True) | ~Q(marks={})).order_by()
        for report, is_exempt, marks in rows.values_list("report_id", "is_exempt", "marks").iterator():
            if is_exempt or any(mark.get("kind") in KEPT_BACK for mark in marks.values()):
                marked.add(report)
    Summary.objects.update(**{f"public_{name.removesuffix('_id')}": F(name) for name in COLUMNS})
    marked = sorted(marked)
    for first in range(0, len(marked), AT_ONCE):
        some = marked[first : first + AT_ONCE]
        Summary.objects.filter(report__in=some).update(
            public_overall=None, public_severity=0, public_counts={}, public_sums={}, public_next_item="",
            public_next_item_on=None,
        )  # fmt: skip
        Node.objects.filter(headline_series__published__in=some).update(**NOTHING)


def keep_one_of_each_short_code(apps, schema_editor):
    Period = apps.get_model("projects", "Period")
    same = Period.objects.filter(calendar=OuterRef("calendar"), short_code=OuterRef("short_code")).order_by("as_at_on")
    later = Period.objects.exclude(short_code="").annotate(first=Subquery(same.values("pk")[:1])).exclude(pk=F("first"))
    Period.objects.filter(pk__in=list(later.values_list("pk", flat=True))).update(short_code="")


def add_limits_of_drift(apps, schema_editor):
    Organisation, Threshold = (apps.get_model("projects", name) for name in ("Organisation", "Threshold"))
    for organisation in Organisation.objects.all():
        Threshold.objects.get_or_create(organisation=organisation, measure="drift", defaults=DRIFT)


class Migration(migrations.Migration):
    dependencies = [("projects", "0004_committees_and_shared_comments")]

    operations = [
        migrations.AddField(
            "reportsummary",
            "public_overall",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="projects.status",
            ),
        ),
        migrations.AddField("reportsummary", "public_severity", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("reportsummary", "public_counts", models.JSONField(default=dict)),
        migrations.AddField("reportsummary", "public_sums", models.JSONField(default=dict)),
        migrations.AddField("reportsummary", "public_next_item", models.CharField(blank=True, max_length=500)),
        migrations.AddField("reportsummary", "public_next_item_on", models.DateField(blank=True, null=True)),
        migrations.RunPython(copy_what_is_open, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(keep_one_of_each_short_code, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(add_limits_of_drift, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            "period",
            models.UniqueConstraint(
                condition=models.Q(("short_code", ""), _negated=True),
                fields=("calendar", "short_code"),
                name="period_short_code_once",
            ),
        ),
    ]
