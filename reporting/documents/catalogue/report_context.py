"""What the documents of a highlight report are built from: the report's own rows, as far as the reader may see them."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from projects.actions.proposals import is_judged
from projects.actions.reports import change_lines_of, sections_of
from projects.models import (
    Answer,
    BenefitUpdate,
    BudgetPosition,
    ChangeLine,
    DataTable,
    DimensionRating,
    Narrative,
    Notice,
    PlanItemUpdate,
    Report,
    ReportingStream,
    ReportState,
    ResourcePosition,
    RiskAssessment,
    StatedFigure,
    Status,
)
from reporting.documents.catalogue.together import holds_exempt, rows_of
from reporting.documents.contents import FieldRow, StatusMark, WrittenDay, printed, printed_date
from reporting.documents.document import Masthead
from reporting.withholding import EXEMPT, WITHHELD, as_told

TIER_STYLES = {"gold", "silver", "bronze"}
NOT_RATED = StatusMark("Not rated", "ring", "grey", "not_rated")


def mark_of(status: Status | None) -> StatusMark | None:
    """A status as documents draw it."""
    return StatusMark(status.label, status.shape, status.colour, status.kind) if status else None


def rated(status: Status | None) -> StatusMark:
    """A status in a table's cell: none is "Not rated", never an empty cell that could be taken for good."""
    return mark_of(status) or NOT_RATED


def written_day(row, name: str) -> WrittenDay | None:
    """A date of a row as it was written; the day itself where only that is known; None where there is neither."""
    written = getattr(row, name) if isinstance(getattr(row, name), dict) else {}
    if not written.get("words") and not written.get("on"):
        return None
    return WrittenDay(written["words"] or printed_date(written["on"]), written["on"])


@dataclass(frozen=True)
class ReportContext:
    """A report as one reader may see it: without `sees_exempt` rows that are exempt on `day` are left out.

    Of an approved report only the tables under the report are read, so that nothing said later changes it.
    """

    report: Report
    masthead: Masthead
    sees_exempt: bool
    day: date

    @cached_property
    def sections(self) -> dict:
        """The template's sections for the report's tier that the report covers, by key, in their order."""
        return {section.key: section for section in sections_of(self.report) if self.report.covers_section(section.key)}

    def rows(self, model, *related) -> list:
        """The rows of one table that stand in the report and that the reader may see, in their order."""
        present = rows_of(self.report, model, *related)
        if self.sees_exempt:
            return present
        return as_told([row for row in present if not self.is_exempt(row)], sees_exempt=False)

    @cached_property
    def ratings(self) -> list[DimensionRating]:
        return self.rows(DimensionRating, "dimension", "status__scheme", "proposed_status")

    @cached_property
    def is_judged(self) -> bool:
        """Whether whoever chose the statuses saw what the rules propose; what was printed on paper stays as it was."""
        return is_judged(self.report)

    @cached_property
    def notices(self) -> list[Notice]:
        return self.rows(Notice, "status__scheme", "source")

    @cached_property
    def is_made_from_others(self) -> bool:
        """Whether reports below were there to be taken from."""
        return self.report.inputs.exists()

    @cached_property
    def answers(self) -> list[Answer]:
        return self.rows(Answer, "question", "status__scheme")

    @cached_property
    def plan_items(self) -> list[PlanItemUpdate]:
        return self.rows(PlanItemUpdate, "status__scheme")

    @cached_property
    def risks(self) -> list[RiskAssessment]:
        return self.rows(
            RiskAssessment,
            "risk",
            "status__scheme",
            "residual_band__scheme",
            "inherent_band__scheme",
            "target_band__scheme",
        )

    @cached_property
    def benefits(self) -> list[BenefitUpdate]:
        return self.rows(BenefitUpdate, "status__scheme")

    @cached_property
    def budgets(self) -> list[BudgetPosition]:
        return self.rows(BudgetPosition)

    @cached_property
    def resources(self) -> list[ResourcePosition]:
        return self.rows(ResourcePosition, "adequacy__scheme")

    @cached_property
    def streams(self) -> list[ReportingStream]:
        return self.rows(ReportingStream)

    @cached_property
    def narratives(self) -> list[Narrative]:
        return self.rows(Narrative)

    @cached_property
    def small_tables(self) -> list[dict | None]:
        """The report's small tables by their numbers in its texts; None is one that the reader may not see."""
        return [
            None
            if self.is_exempt(row) and not self.sees_exempt
            else {"caption": self.said(row, "title"), "columns": row.columns, "rows": row.rows}
            for row in rows_of(self.report, DataTable)
        ]

    @cached_property
    def changes(self) -> list[ChangeLine]:
        """The change control record: as frozen in an approved report, as it stands now in any other."""
        if self.report.is_frozen:
            return self.rows(ChangeLine)
        lines = change_lines_of(self.report.node)
        if self.sees_exempt:
            return lines
        return as_told([line for line in lines if not self.is_exempt(line)], sees_exempt=False)

    def is_exempt(self, row) -> bool:
        return row.is_exempt_on(self.day)

    @cached_property
    def stated(self) -> dict[str, StatedFigure]:
        """What the source stated of figures that the record derives, by key."""
        return {figure.key: figure for figure in self.rows(StatedFigure)}

    def said(self, row, field: str):
        """The value of a field, or the word for why it is kept back from this reader."""
        mark = row.marks.get(field, {})
        kind = mark.get("kind")
        if kind == "withheld":
            return f"{WITHHELD}: {mark['reason']}" if mark.get("reason") else WITHHELD
        if kind == "exempt" and not self.sees_exempt:
            return EXEMPT
        return getattr(row, field)

    def day_said(self, row, field: str) -> WrittenDay | str | None:
        """A date as it was written, or the words for why it is kept back from this reader."""
        said = self.said(row, field)
        return said if isinstance(said, str) else written_day(row, field)

    def status_said(self, row) -> StatusMark | str | None:
        """The status of a row, or the words for why it is kept back from this reader."""
        said = self.said(row, "status")
        return said if isinstance(said, str) else mark_of(said)

    def derived_row(self, label: str, key: str, value, kind: str) -> FieldRow:
        """A derived figure; what the source stated is kept beside it, and noted only where the two differ in print.

        Where nothing can be derived the stated figure stands, and says so.
        """
        figure = self.stated.get(key)
        if figure is None:
            return FieldRow(label, value, kind)
        if value is None:
            stands = figure.words if figure.amount is None else figure.amount
            return FieldRow(label, stands, kind, note="As stated; the record has no rows to derive it from.")
        if printed(value, kind).lower() == figure.words.lower():
            return FieldRow(label, value, kind)
        return FieldRow(label, value, kind, stated=figure.words, note=f"Stated in the source as {figure.words}.")


def masthead_of(
    report: Report, name: str, *, sees_exempt: bool, has_exempt: bool = False, is_appendix: bool = False
) -> Masthead:
    """What stands above every document of a report. `name` is the document's ("PMO Dashboard").

    The report's appendix label is that of its dashboard; other documents drawn from it have none.
    """
    appendix = report.appendix_label if is_appendix else ""
    period = report.period_label or printed_date(report.as_at_on)
    revision = f", revision {report.revision}" if report.revision > 1 else ""
    return Masthead(
        title=f"{name}: {report.title}",
        organisation_name=report.organisation_name,
        subtitle=f"{period}{revision}",
        marking=_marking(report, sees_exempt and has_exempt),
        tier=report.tier.label if report.tier else "",
        tier_style=report.tier.code if report.tier and report.tier.code in TIER_STYLES else "plain",
        appendix=appendix,
        as_at=f"as at {printed_date(report.as_at_on)}",
        file_stem=" - ".join(filter(None, (appendix, name, report.title))),
        footer=f"This corrects an earlier revision: {report.correction_reason}" if report.correction_reason else "",
        made_on=report.as_at_on,
    )


def _marking(report: Report, shows_exempt: bool) -> str:
    if shows_exempt:
        return "NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"
    if report.state == ReportState.PUBLISHED:
        return report.marking
    if report.state == ReportState.APPROVED:
        return "APPROVED, NOT YET PUBLISHED"
    return "DRAFT"


def context_of(report: Report, name: str, *, sees_exempt: bool, day: date, is_appendix: bool = False) -> ReportContext:
    """The report for one reader; `name` is the document's, as printed."""
    has_exempt = sees_exempt and holds_exempt(report, day)
    masthead = masthead_of(report, name, sees_exempt=sees_exempt, has_exempt=has_exempt, is_appendix=is_appendix)
    return ReportContext(report, masthead, sees_exempt, day)
