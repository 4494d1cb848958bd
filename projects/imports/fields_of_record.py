"""What a layout can fill: every key that imports write, in groups and in words for people."""

import re
from dataclasses import dataclass
from functools import cache

from projects.imports.layout import LEFT_OUT, Field, built_in_layouts
from projects.imports.mapping import BEFORE, BUDGET, HEADER, RATING, SAVING, TABLES, TEXT

GROUPS = {
    "node": "The project itself",
    "report": "The report's heading",
    "rating": "Ratings of the period",
    "before": "Ratings of the period before",
    "text": "Text of sections",
    "budget": "Budget",
    "saving": "Savings by year",
    "stated": "Figures as stated",
    "plan_item": "Milestones and actions (a row each)",
    "risk": "Risks (a row each)",
    "benefit": "Benefits (a row each)",
    "indicator": "Indicators (a row each)",
    "post": "Posts (a row each)",
    "stream": "Other reporting streams (a row each)",
    "change": "Change control (a row each)",
    "notice": "Escalations and awareness (a row each)",
    "work": "Work programme (a row each)",
    "count": "Counts (a row each)",
    "product": "Counts of products (a row each)",
    "milestone": "Counts of milestones (a row each)",
    "post_cell": "Small table of posts",
    "agency_cell": "Small table of agency staff",
    "status": "Key of statuses",
    "band": "Key of risks: bands",
    "likelihood": "Key of risks: likelihood",
    "impact": "Key of risks: impact",
}
LABELS = {
    "node.title": "Title of the project",
    "node.parent": "What it stands beneath",
    "node.start": "Start date",
    "node.finish": "Finish date",
    "report.period": "Period that is reported on",
    "report.status": "Overall status",
    "report.direction": "Direction of travel",
    "report.commentary": "Commentary",
    "report.lead": "Lead (post)",
    "report.appendix": "Appendix label",
    "report.marking": "Protective marking",
    "plan_item.detail": "Title",
    "plan_item.end": "End date (forecast, or actual where done)",
    "plan_item.start": "Start date",
    "plan_item.theme": "Heading in the plan",
    "plan_item.answers": "Recommendation that it answers",
    "risk.detail": "Title",
    "risk.review": "Review date",
    "benefit.detail": "Title",
    "benefit.review": "Review date",
    "count.label": "Words of the row",
    "count.this": "Count of this period",
    "count.before": "Count of the period before",
    "product.label": "Words of the row",
    "product.part": "Count of a part, such as a tranche",
    "product.all": "Count of all",
    "milestone.label": "Words of the row",
    "milestone.part": "Count of a part, such as a tranche",
    "milestone.all": "Count of all",
    "stated.label": "Words of the row",
    "stated.this": "Figure of this period",
    "stated.before": "Figure of the period before",
    "stated.percent_spent": "Percentage of planned budget spent",
}
RATED = ("overall", "resources", "schedule", "finance", "benefits", "risk")
WRITTEN_TEXTS = ("commentary", "outline", "progress", "summary")
FAMILIES = (RATING, BEFORE, TEXT)

RECORDS = {  # of a table, and the column that must be there for a row to be one
    "node": "A project or programme",
    "plan_item": "A milestone or action",
    "risk": "A risk",
    "benefit": "A benefit",
    "indicator": "An indicator",
    "post": "A post",
    "stream": "Another reporting stream",
    "change": "A change",
    "count": "A row of counts",
    "stated": "A stated figure",
    "cell": "A row of a small table",
    "status": "A status of the key",
    "notice": "An escalation or awareness note",
    "work": "A line of the work programme",
}


@dataclass(frozen=True)
class RecordField:
    """One thing that a layout can fill. `as_usual` is the field as the built-in layouts have it, spellings left out."""

    key: str
    label: str
    as_usual: Field

    @property
    def group(self) -> str:
        return self.key.partition(".")[0]


@cache
def record_fields() -> dict[str, RecordField]:
    """Everything that a layout can fill, by key."""
    usual: dict[str, Field] = {}
    for layout in built_in_layouts():
        for block in layout.blocks():
            for one in block.fields:
                usual.setdefault(one.key, one)
                for more in (one.capture, one.bracket):
                    if more:
                        usual.setdefault(more, Field(more))
    for column in (
        *HEADER,
        *BUDGET,
        *SAVING,
        *(column for table in TABLES for column in (*table.columns, *table.about)),
    ):
        kinds = {"date": "written_date", "number": "figure", "status": "status"}
        subject = str(column.subject) if column.kind == "status" else ""
        usual.setdefault(column.key, Field(column.key, type=kinds.get(column.kind, "text"), subject=subject))
    for name in RATED:
        usual.setdefault(f"{RATING}{name}", Field(f"{RATING}{name}", type="status", subject="project"))
    for name in WRITTEN_TEXTS:
        usual.setdefault(f"{TEXT}{name}", Field(f"{TEXT}{name}"))
    return {key: RecordField(key, label_of(key), one) for key, one in sorted(usual.items())}


def label_of(key: str) -> str:
    """A key in words."""
    stem, _, name = key.partition(".")
    plain = name.replace("_", " ").capitalize()
    if f"{stem}." == RATING:
        return f"Rating: {plain.lower()}"
    if f"{stem}." == BEFORE:
        return f"Rating before: {plain.lower()}"
    if f"{stem}." == TEXT:
        return f"Section: {plain.lower()}"
    return LABELS.get(key, plain)


def map_choices() -> list[tuple[str, object]]:
    """The choices of a form for the cells of a map."""
    return [("", "Choose a field"), (LEFT_OUT, "Leave it out: not kept at all"), *field_choices()[1:]]


def field_choices(also: str = "") -> list[tuple[str, object]]:
    """The choices of a form, in groups; `also` is a key that is chosen already, whatever it is."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for key, one in record_fields().items():
        if one.group in GROUPS:
            grouped.setdefault(GROUPS[one.group], []).append((key, one.label))
    choices: list[tuple[str, object]] = [("", "Not taken")]
    choices += [(title, grouped[title]) for title in GROUPS.values() if title in grouped]
    if also and also not in {key for _, group in choices[1:] for key, _ in group}:
        choices.append((also, f"{label_of(also)} ({also})"))
    return choices


def is_writable(key: str) -> bool:
    """Whether a key of a layout goes anywhere."""
    return (
        key in record_fields()
        or key == LEFT_OUT
        or (key.startswith(FAMILIES) and bool(re.fullmatch(r"[a-z]+\.[a-z_]+", key)))
    )


@cache
def known_headings() -> dict[str, dict[str, str]]:
    """{record: {squeezed heading: key}} of the built-in layouts, for guessing what a heading means."""
    from_layouts: dict[str, dict[str, str]] = {}
    for layout in built_in_layouts():
        for block in layout.blocks():
            for one in block.fields:
                for label in one.labels:
                    if "*" not in label and "#" not in label:
                        from_layouts.setdefault(block.record, {}).setdefault(label, one.key)
    return from_layouts
