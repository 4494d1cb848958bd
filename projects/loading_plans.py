"""Loading what is written down of a project run on PRINCE2 lines: its plan, initiation document and recommendations."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time

from django.utils import timezone

from projects.actions.change_control import back_fill_versions
from projects.actions.checkpoints import propose_change
from projects.actions.rows import add_rows, change_row
from projects.actions.summaries import rebuild_summaries
from projects.actions.writing import save_changes, save_new
from projects.audit import acting
from projects.models import (
    Narrative,
    Node,
    NodeBaseline,
    NodeBaselineSection,
    Notice,
    PlanItem,
    PlanItemBaseline,
    PlanItemUpdate,
    Recommendation,
    RecommendationUpdate,
    Risk,
    RiskAssessment,
    RiskBand,
    RiskMatrix,
    Status,
)
from projects.rules.dates import parse_written_date
from projects.rules.risk import score

WRITTEN_OF_RISK = {"review": RiskAssessment.review, "last_reviewed": RiskAssessment.last_reviewed}


# ---- settings ----


def settle_matrices(organisation, council, *, by) -> None:
    """The council's own scales and bands in place of those that it was founded with."""
    for given in council.get("risk_matrices", ()):
        columns = {name: given[name] for name in ("name", "likelihood_labels", "impact_labels")}
        matrix = RiskMatrix.objects.filter(organisation=organisation, is_default=True).first()
        if matrix:
            matrix = save_changes(matrix, columns, by=by)
        else:
            matrix = save_new(RiskMatrix(organisation=organisation, **columns), by=by)
        with acting(by):
            matrix.bands.all().delete()
        for code, from_score, to_score in given["bands"]:
            status = Status.objects.get(organisation=organisation, scheme__slug="risk-band", code=code)
            scores = {"from_score": from_score, "to_score": to_score}
            save_new(RiskBand(organisation=organisation, matrix=matrix, status=status, **scores), by=by)


# ---- rows of reports of the past ----


def past_rows(series, given, status: Callable[[str, str], Status]) -> Iterable[tuple]:
    """(row, lines) of the actions, recommendations and risks that a source printed; `status(scheme, label)`."""
    yield from _action_rows(series, given.get("actions", ()))
    common = {"organisation": series.organisation}
    for order, said in enumerate(given.get("recommendations", ()), start=1):
        made = date.fromisoformat(said["made_on"]) if "made_on" in said else None
        about = {"source": said["source"], "ref": said.get("ref", ""), "title": said["title"], "made_on": made}
        thing = Recommendation(node=series.node, **about, **common)
        columns = {name: said[name] for name in ("progress", "evidence") if name in said}
        if "status" in said:
            columns["status"] = status("recommendation", said["status"])
        printed = {"ref": thing.ref, "title": thing.title, "order": order}
        yield RecommendationUpdate(recommendation=thing, **printed, **columns, **common), ()
    for order, said in enumerate(given.get("risk_rows", ()), start=1):
        yield _risk_row(series, said, order, status), ()


def _action_rows(series, actions):
    common = {"organisation": series.organisation}
    order = 0
    for said in actions:
        for title, ref in ((said["title"], said["ref"]), *((part, "") for part in said.get("parts", ()))):
            order += 1
            about = {"ref": ref, "title": title}
            item = PlanItem(node=series.node, kind="action", **about, **common)
            finish = PlanItemUpdate.finish.values(parse_written_date(said.get("finish", "") if ref else ""))
            yield PlanItemUpdate(plan_item=item, order=order, **about, **finish, **common), ()


def _risk_row(series, said, order, status):
    common = {"organisation": series.organisation}
    about = {"ref": said["ref"], "title": said["title"]}
    risk = Risk(node=series.node, category=said.get("category", ""), **about, **common)
    columns = {name: said[name] for name in said if name not in ("category", "band", *about, *WRITTEN_OF_RISK)}
    for name, field in WRITTEN_OF_RISK.items():
        columns |= field.values(parse_written_date(said.get(name, "")))
    matrix = RiskMatrix.objects.get(organisation=series.organisation, is_default=True)
    rated = score(columns["residual_likelihood"], columns["residual_impact"])
    band = matrix.bands.get(from_score__lte=rated, to_score__gte=rated)
    return RiskAssessment(risk=risk, order=order, residual_band=band.status, **about, **columns, **common)


# ---- reports that go through hands ----


def fill_checkpoint(report, given, by) -> None:
    """What a checkpoint report says beside its actions: notices, texts, the changes it proposes."""
    for key, text in given.get("narratives", {}).items():
        change_row(Narrative.objects.of(report).get(section=key), {"text": text}, by=by)
    if notices := given.get("checkpoint_notices"):
        add_rows(report, Notice, [(None, notice) for notice in notices], by=by)
    for change in given.get("proposes", ()):
        words = {name: change[name] for name in ("item_words", "description", "justification")}
        baselines = []
        if "action" in change:
            item = PlanItem.objects.get(node=report.node, ref=change["action"])
            dates = PlanItemBaseline.finish.values(parse_written_date(change["finish"]))
            baselines.append(PlanItemBaseline(organisation=report.organisation, plan_item=item, **dates))
        is_service = change.get("affects_service_or_policy", False)
        at = _moment(change["on"])
        propose_change(report, **words, affects_service_or_policy=is_service, baselines=baselines, by=by, at=at)


# ---- what stands beside reports ----


def load_plans(organisation, council, *, by) -> None:
    """Which actions answer what, and the versions of initiation documents."""
    for report in council.get("reports", ()):
        for action in report.get("actions", ()):
            _answer(organisation, report["node"], action, by)
    for given in council.get("initiation_documents", ()):
        _load_initiation_document(organisation, given, by)


def nest_parts(organisation) -> None:
    """Rows of the past without a reference are part of the action above them, and counted with it."""
    nested, above, reports = [], None, {}
    rows = PlanItemUpdate.objects.filter(organisation=organisation, plan_item__kind="action")
    for row in rows.select_related("plan_item", "report").order_by("report", "order"):
        if row.ref:
            above = row.plan_item
        elif above is not None and row.plan_item.parent_id is None and row.plan_item.node_id == above.node_id:
            row.plan_item.parent = above
            nested.append(row.plan_item)
            reports[row.report_id] = row.report
    PlanItem.objects.bulk_update(nested, ["parent"])
    rebuild_summaries(list(reports.values()))


def _answer(organisation, node, action, by):
    if not action.get("recommendations"):
        return
    item = PlanItem.objects.get(organisation=organisation, node__slug=node, ref=action["ref"])
    with acting(by):
        for source, ref in action["recommendations"]:
            Recommendation.objects.get(organisation=organisation, source=source, ref=ref).plan_items.add(item)


def _load_initiation_document(organisation, given, by):
    node = Node.objects.get(organisation=organisation, slug=given["node"])
    versions = []
    for version in given["versions"]:
        dates = NodeBaseline.document_on.values(parse_written_date(version["document_on"]))
        dates |= NodeBaseline.signed_off.values(parse_written_date(version.get("signed_off", "")))
        for name in ("start", "finish"):
            dates |= getattr(NodeBaseline, name).values(parse_written_date(version.get(name, "")))
        words = {"label": version["description"], "author_words": version["author"]}
        baseline = NodeBaseline(organisation=organisation, node=node, **words, **dates)
        lines = [NodeBaselineSection(**section) for section in version.get("sections", ())]
        versions.append((baseline, lines, _moment(version["on"])))
    back_fill_versions(versions, by=by)


def _moment(day: str):
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time(9)))
