"""What the approval of a report leaves in the things its rows are about: their titles, and which waits for which."""

from projects.actions.writing import save_changes
from projects.models import (
    BenefitUpdate,
    Dependency,
    IssueUpdate,
    PlanItemUpdate,
    RecommendationUpdate,
    Report,
    RiskAssessment,
)
from projects.rules.milestones import parse_interdependencies, resolve

# rows whose things have a title of their own
NAMED = (PlanItemUpdate, RiskAssessment, IssueUpdate, BenefitUpdate, RecommendationUpdate)


def settle_registers(report: Report, *, by) -> None:
    """Bring the registers in line with the newest approved report of the series that keeps them."""
    name_as_reported(report, by=by)
    rewrite_dependencies(report)


def name_as_reported(report: Report, *, by) -> None:
    """Give each thing the title and reference the report calls it by; a title withheld from the report is left."""
    for model in NAMED:
        for row in model.objects.of(report).present().select_related(model.identity_field):
            thing = getattr(row, model.identity_field)
            said = {"title": row.title, "ref": row.ref}
            if model is PlanItemUpdate:
                said["theme"] = row.theme
            if not row.title or row.marks.get("title", {}).get("kind") == "withheld":
                del said["title"]
            changes = {name: words for name, words in said.items() if getattr(thing, name) != words}
            if changes:
                save_changes(thing, changes, by=by, reason=f"As named in {report}")


def rewrite_dependencies(report: Report) -> None:
    """Read again which milestones wait for which, from the interdependencies written beside them.

    A milestone that names itself is kept so. What names nothing in the report, or cannot be read, leads nowhere
    and keeps its words.
    """
    rows = list(PlanItemUpdate.objects.of(report).present())
    items = {}
    for row in rows:
        if row.ref:
            items.setdefault(row.ref, row.plan_item_id)
    wanted = {}
    for row in rows:
        refs = parse_interdependencies(row.interdependencies)
        for link in resolve(refs, items, row.ref):
            wanted[row.plan_item_id, items.get(link.ref), link.ref] = None
        if row.interdependencies and not refs:
            wanted[row.plan_item_id, None, row.interdependencies] = None
    gone = []
    for known in Dependency.objects.filter(from_item__node=report.node_id, is_mapped=False):
        key = known.from_item_id, known.to_item_id, known.words
        if key in wanted:
            del wanted[key]
        else:
            gone.append(known.pk)
    Dependency.objects.filter(pk__in=gone).delete()
    Dependency.objects.bulk_create(
        Dependency(organisation_id=report.organisation_id, from_item_id=item, to_item_id=waits_for, words=words)
        for item, waits_for, words in wanted
    )
