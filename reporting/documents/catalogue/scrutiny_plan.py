"""The forward plan of a scrutiny committee: when what is decided, who validated each date, which queries are open."""

from dataclasses import dataclass

from django.utils import timezone

from projects.models import ForwardPlan, ForwardPlanQuery, ForwardPlanValidation, Node
from projects.models.base import exempt_now
from reporting.documents.catalogue.look_ahead import masthead_of_plan
from reporting.documents.catalogue.report_context import written_day
from reporting.documents.contents import DATE, STATUS, Column, Narrative, StatusMark, Table, printed_date
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.plan_ahead import PlanLine, lines_of, plan_of, view_of
from reporting.queries import NoSuchReport

Validator = ForwardPlanValidation.Validator
BOTH = StatusMark("Validated", "tick", "green", "done")
PART = StatusMark("In part", "triangle", "amber", "watch")
NONE = StatusMark("Not validated", "ring", "grey", "not_rated")


@dataclass(frozen=True)
class PlanContext:
    masthead: Masthead
    plan: ForwardPlan
    lines: tuple[PlanLine, ...]
    queries: tuple[ForwardPlanQuery, ...]


def key_points(context: PlanContext) -> Narrative | None:
    return Narrative.of(context.plan.key_points) if context.plan.key_points.strip() else None


def ask(context: PlanContext) -> Narrative | None:
    return Narrative.of(context.plan.ask) if context.plan.ask.strip() else None


def lines(context: PlanContext) -> Table:
    """Every line with its date and who validated that date when."""
    rows = []
    for line in context.lines:
        held = [line.holds(validator) for validator in Validator]
        rows.append(
            {
                "when": written_day(line.row, "finish"),
                "title": line.row.title,
                "kind": line.row.plan_item.get_kind_display(),
                "product": line.row.plan_item.parent.title if line.row.plan_item.parent else "",
                "workstream": line.row.report.title,
                "owner": line.row.owner_words,
                "stands": BOTH if all(held) else PART if any(held) else NONE,
                **{validator.value: validation_words(line, validator) for validator in Validator},
            }
        )
    columns = (
        Column("when", "When", DATE, width=10),
        Column("title", "Matter", header=True, width=20),
        Column("kind", "Kind", width=9),
        Column("product", "Product", width=11),
        Column("workstream", "Workstream", width=11),
        Column("owner", "Decided by", width=9),
        Column("stands", "Validation", STATUS, width=12),
        Column(Validator.PMO.value, Validator.PMO.label, width=9),
        Column(Validator.MONITORING_OFFICER.value, Validator.MONITORING_OFFICER.label, width=9),
    )
    return Table(
        columns, tuple(rows), empty="Nothing is planned that comes before the committee.", sheet="Forward plan"
    )


def validation_words(line: PlanLine, validator: str) -> str:
    """Who validated the date when; that it has moved since; or that nobody has."""
    kept = line.validations.get(validator)
    if kept is None:
        return "Not yet"
    said = f"{kept.validated_by}, {printed_date(kept.validated_on)}"
    if line.holds(validator):
        return said
    return f"{said}: of {kept.finish_words or 'no date'}, which has moved since"


def queries(context: PlanContext) -> Table:
    """What must be settled before the plan is whole."""
    return _queries([each for each in context.queries if each.settled_on is None], "No query is outstanding.")


def settled(context: PlanContext) -> Table | None:
    found = [each for each in context.queries if each.settled_on is not None]
    return _queries(found, "") if found else None


def _queries(found: list[ForwardPlanQuery], empty: str) -> Table:
    columns = [
        Column("about", "About", header=True, width=22),
        Column("text", "Query"),
        Column("raised", "Raised", DATE, width=14),
    ]
    if any(each.settled_on for each in found):
        columns += [Column("settled", "Settled", DATE, width=14), Column("answer", "Answer")]
    return Table(
        tuple(columns),
        tuple(
            {
                "about": each.node.title,
                "text": each.text,
                "raised": each.raised_on,
                "settled": each.settled_on,
                "answer": each.answer,
            }
            for each in found
        ),
        empty=empty,
    )


def how_drawn(context: PlanContext) -> Narrative:
    """Where the lines come from."""
    of = f" of {context.plan.tranche.name}" if context.plan.tranche else ""
    return Narrative.of(
        f"Lines are the open decision points of the programme and its workstreams, and their critical milestones{of}, "
        "as their newest reports have them. A date that has moved since somebody validated it must be validated again."
    )


SCRUTINY_PLAN = register(
    Document(
        "scrutiny-plan",
        "Scrutiny forward plan",
        (
            Section("cover-section", "Key points", key_points),
            Section("cover-section", "Ask of Scrutiny", ask),
            Section("plan-rows", "Milestones and decision points", lines),
            Section("plan-rows", "Outstanding queries", queries),
            Section("plan-rows", "Queries that are settled", settled),
            Section("cover-section", "How the plan is drawn", how_drawn),
        ),
        landscape=True,
    )
)


def built_scrutiny_plan(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> BuiltDocument:
    """The forward plan of the node, or of the nearest above; NoSuchReport where none is kept."""
    plan = plan_of(node)
    if plan is None:
        raise NoSuchReport(f"No forward plan for a scrutiny committee is kept of {node.title}.")
    view = view_of(plan.node, published=published, sees_exempt=sees_exempt, period=period, meaning=meaning)
    asked = plan.queries.select_related("node")
    if not sees_exempt:
        asked = asked.exclude(exempt_now(timezone.localdate(), "node__"))
    found = tuple(lines_of(plan, view))
    masthead = masthead_of_plan(view, f"Forward plan of the {plan.board.name}", [line.row for line in found])
    return build(SCRUTINY_PLAN, PlanContext(masthead, plan, found, tuple(asked)))
