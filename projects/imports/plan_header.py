"""What a workbook says of a project itself: its header, ratings, answers, budget, stated figures, text, savings."""

from decimal import Decimal
from typing import TYPE_CHECKING

from projects.imports.layout import squeeze
from projects.imports.mapping import (
    BUDGET,
    DIMENSIONS,
    HEADER,
    QUESTIONS,
    RATING,
    SAVING,
    STATED,
    TEXT,
    Column,
    column_names,
    dashed,
)
from projects.imports.parse import ParsedValue
from projects.imports.planned import CONFLICT, CREATE, UNCHANGED, UPDATE, PlannedField
from projects.models import (
    Answer,
    Benefit,
    BenefitUpdate,
    Budget,
    BudgetPosition,
    DimensionRating,
    Narrative,
    Node,
    Report,
    StatedFigure,
)
from projects.rules.savings import year_begun

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner

WITHHELD = "Withheld"  # the label of the status that a council has for ratings that are kept back


def plan_node(planner: "PartPlanner", title: str, reference: str, other: Node | None) -> None:
    """Plan the title, reference and tier of the project itself."""
    values = planner.parsed.values
    if planner.node is None:
        tier = _new_tier(planner)
        fields = [
            planner.field(values.get("node.title"), Column("node.title", "title"), Node, None, None),
            planner.field(values.get("node.reference"), Column("node.reference", "reference"), Node, None, None),
        ]
        if tier:
            fields.append(_tier_field(values["node.tier"], tier))
        planner.add("Project", title, Node, None, fields, must_come=True)
        return
    fields = []
    for key, name, words in (("node.title", "title", title), ("node.reference", "reference", reference)):
        value = values.get(key)
        if value is None or value.value is None:
            continue
        one = planner.field(value, Column(key, name), Node, planner.node, None)
        names = (squeeze(words), squeeze(value.words))
        if one and name == "title" and planner.node in map(planner.shared.nodes.by_title.get, names):
            one.action = UNCHANGED  # other capitals or dashes, or another of its names
        if one and one.action == UPDATE:
            one.action, one.because = CONFLICT, "The portal knows the project by another title."
        if one and name == "reference" and other:
            one.because, one.is_fixed = f"The reference is that of {other.title}; the title was followed.", True
            one.action = CONFLICT
        fields.append(one)
    planner.add("Project", planner.node.title, Node, planner.node, fields)
    tier = _new_tier(planner)
    if tier and tier.pk != planner.node.tier_id:
        said = values["node.tier"]
        held = planner.node.tier.label if planner.node.tier else "none"
        planner.warn(
            said.sheet,
            said.cell,
            f"The sheet says {said.words}; the tier held is {held} and stays. Change it there.",
        )


def _new_tier(planner: "PartPlanner"):
    value = planner.parsed.values.get("node.tier")
    if value is None or value.value is None:
        return None
    tier = planner.wording.tier(str(value.value))
    if tier is None:
        planner.warn(value.sheet, value.cell, f"The council has no tier {value.words}; the project gets none.")
    return tier


def _tier_field(value: ParsedValue, tier) -> PlannedField:
    where = {"sheet": value.sheet, "cell": value.cell}
    return PlannedField(
        "tier", "Tier", CREATE, "", tier.label, columns={"tier_id": tier.pk}, before={"tier_id": None}, **where
    )


def plan_header(planner: "PartPlanner") -> None:
    """Plan what the report says at its head."""
    base, earlier = planner.target.base, None
    if base is not None and not planner.target.opens_report:
        earlier = base.copied_from
    row = base
    if planner.target.opens_report:
        row = _header_to_come(planner)
    fields = [planner.field(planner.parsed.values.get(column.key), column, Report, row, earlier) for column in HEADER]
    if any(fields):
        planner.speaks_of("project-detail")
    planned = planner.add("Project detail", "Project detail", Report, base, fields)
    planned.row_id = planner.target.existing.pk if planner.target.existing else None


def _header_to_come(planner: "PartPlanner") -> Report:
    """What a report opened now would say of the project, before the file's values."""
    row = planner.target.base or Report()
    come = Report(marking=planner.template.marking, score_label=planner.template.score_label)
    names = [name for column in HEADER for name in column_names(Report, column)]
    if planner.target.base is not None:
        for name in names:
            if name != "marking":
                setattr(come, name, getattr(row, name))
    elif planner.node is not None:
        come.lead_words = planner.node.lead_post.title if planner.node.lead_post else ""
        come.reports_to_words = planner.node.board.name if planner.node.board else ""
    return come


# Ratings, answers, figures, text


def _by(rows, name: str) -> dict:
    return {getattr(row, name): row for row in rows}


def plan_dimensions(planner: "PartPlanner", family: str = RATING) -> None:
    """Plan the ratings that the keys of a family state: of the report's own period, or of the one before."""
    wanted = {key: dashed(key, family) for key in planner.parsed.values if key.startswith(family)}
    if family == RATING:
        wanted = {**{key: name for key, name in DIMENSIONS.items() if key in planner.parsed.values}, **wanted}
    if not wanted:
        return
    known = planner.shared.dimensions(planner.template)
    overall = next((one for one in known.values() if one.is_overall), None)
    rows = _by(planner.held.base_rows(planner.target, DimensionRating), "dimension_id")
    earlier = _by(planner.held.earlier(planner.target, DimensionRating), "dimension_id")
    for key, name in wanted.items():
        value = planner.parsed.values[key]
        dimension = known.get(name) or (overall if name in ("status", "overall") else None)
        if dimension is None:
            planner.ignore(value, "the report template has no such rating")
            continue
        planner.speaks_of(dimension.section)
        vocabulary = planner.wording.by_scheme.get(dimension.scheme_id)
        if value.is_withheld:
            status = vocabulary.status(WITHHELD) if vocabulary else None
        else:
            status = planner.status(value, vocabulary)
        row = rows.get(dimension.pk)
        column = Column(key, "status", "status")
        one = planner.field(value, column, DimensionRating, row, earlier.get(dimension.pk), status)
        planner.add(
            _section_of(planner, key),
            dimension.label,
            DimensionRating,
            row,
            [one],
            identity_id=dimension.pk,
            made_with={"title": dimension.label, "order": dimension.order},
        )


def _section_of(planner: "PartPlanner", key: str) -> str:
    blocks = (block for block in planner.shared.layout.blocks() for one in block.fields if one.key == key)
    return next(blocks).title.capitalize()


def plan_answers(planner: "PartPlanner") -> None:
    """Plan the answers to the questions of the template."""
    known = planner.shared.questions(planner.template)
    rows = _by(planner.held.base_rows(planner.target, Answer), "question_id")
    earlier = _by(planner.held.earlier(planner.target, Answer), "question_id")
    for key, name in QUESTIONS.items():
        value = planner.parsed.values.get(key)
        if value is None:
            continue
        question = known.get(name)
        if question is None:
            planner.ignore(value, "the report template has no such question")
            continue
        vocabulary = planner.wording.by_scheme.get(question.scheme_id)
        status = None
        if value.value is not None:
            status = vocabulary.status("Yes" if value.value else "No") if vocabulary else None
            if status is None:
                planner.error(value, f"“{value.words}” is not an answer that is used here.")
        row = rows.get(question.pk)
        one = planner.field(value, Column(key, "status", "status"), Answer, row, earlier.get(question.pk), status)
        planner.add(
            _section_of(planner, key),
            question.text,
            Answer,
            row,
            [one],
            identity_id=question.pk,
            made_with={"title": question.text, "order": question.order},
        )


def plan_budget(planner: "PartPlanner") -> None:
    """Plan the figures of the budget."""
    values = {column.key: planner.parsed.values.get(column.key) for column in BUDGET}
    if not any(values.values()):
        return
    row = next((one for one in planner.held.base_rows(planner.target, BudgetPosition) if not one.is_removed), None)
    earlier = next(
        (one for one in planner.held.earlier(planner.target, BudgetPosition) if row and one.budget_id == row.budget_id),
        None,
    )
    planner.speaks_of("budget")
    held = Budget.objects.filter(node=planner.node, is_archived=False).first() if planner.node else None
    fields = [planner.field(values[column.key], column, BudgetPosition, row, earlier) for column in BUDGET]
    told = next((values[f"budget.{name}"] for name in ("forecast", "actual") if values[f"budget.{name}"]), None)
    layout = (
        Budget.Layout.SPEND if values["budget.actual"] and not values["budget.forecast"] else Budget.Layout.FORECAST
    )
    if row is not None and told is not None and row.layout != layout:
        one = planner.field(told, Column(told.key, "layout"), BudgetPosition, row, earlier, columns={"layout": layout})
        one.label = "How the budget is reported"
        one.old, one.new = (Budget.Layout(each).label for each in (row.layout, layout))
        fields.append(one)
    planner.add(
        _section_of(planner, "budget.planned"),
        "Project budget",
        BudgetPosition,
        row,
        fields,
        identity_id=row.budget_id if row else held.pk if held else None,
        identity={"layout": layout.value},
        made_with={"title": "Project budget", "layout": layout.value},
    )


def plan_stated(planner: "PartPlanner") -> None:
    """Plan the figures that the sheet states beside its tables."""
    rows = _by(planner.held.base_rows(planner.target, StatedFigure), "key")
    earlier = _by(planner.held.earlier(planner.target, StatedFigure), "key")
    for key, name in STATED.items():
        value = planner.parsed.values.get(key)
        if value is None or value.value is None:
            continue
        amount = None if isinstance(value.value, str) else Decimal(value.value)
        columns = {"words": value.words, "amount": amount}
        row = rows.get(name)
        one = planner.field(value, Column(key, "words"), StatedFigure, row, earlier.get(name), columns=columns)
        label = planner.shared.label_of(key)
        made_with = {"key": name, "title": label}
        planner.add("Figures as stated", label, StatedFigure, row, [one], made_with=made_with)


def plan_narratives(planner: "PartPlanner") -> None:
    """Plan the text of sections."""
    wanted = {key: dashed(key, TEXT) for key in planner.parsed.values if key.startswith(TEXT)}
    if "report.commentary" in planner.parsed.values:
        wanted["report.commentary"] = "commentary"
    if not wanted:
        return
    titles = {section.key: section.title for section in planner.template.sections.all()}
    rows = _by(planner.held.base_rows(planner.target, Narrative), "section")
    earlier = _by(planner.held.earlier(planner.target, Narrative), "section")
    for key, section in wanted.items():
        value = planner.parsed.values[key]
        if section not in titles and key.startswith(TEXT):
            planner.ignore(value, "the report template has no such section")
            continue
        planner.speaks_of(section)
        row = rows.get(section)
        one = planner.field(value, Column(key, "text"), Narrative, row, earlier.get(section))
        title = titles.get(section) or _section_of(planner, key)
        planner.add(title, title, Narrative, row, [one], made_with={"section": section, "title": title})


def plan_savings(planner: "PartPlanner") -> None:
    """The amounts of a cashable benefit, by financial year and of no year."""
    said = {
        column: [value for key, value in planner.parsed.values.items() if key.partition("@")[0] == column.key]
        for column in SAVING
    }
    if not any(said.values()):
        return
    planner.speaks_of("benefits")
    rows = [one for one in planner.held.base_rows(planner.target, BenefitUpdate) if not one.is_removed]
    cashable = planner.shared.cashable(planner.node)
    row = next((one for one in rows if one.benefit_id in cashable), None)
    stood = [
        one for one in planner.held.earlier(planner.target, BenefitUpdate) if row and one.benefit_id == row.benefit_id
    ]
    fields = []
    for column, values in said.items():
        for value in values:
            heading = value.key.partition("@")[2]
            year = year_begun(heading)
            if heading and year is None:
                planner.error(value, f"“{heading}” above the column is not a financial year, such as 2018/19.")
                continue
            tag = str(year or "")
            fields.append(planner.line_field(value, {column.name: value.value}, tag, BenefitUpdate, row, stood))
    title = row.title if row else "Cashable benefits"
    planner.add(
        "Savings by year",
        title,
        BenefitUpdate,
        row,
        fields,
        identity_id=row.benefit_id if row else next(iter(cashable), None),
        identity={"kind": Benefit.BenefitKind.CASHABLE.value, "title": title},
        made_with={"title": title},
    )
