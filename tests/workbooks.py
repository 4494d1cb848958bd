"""Workbooks for tests, made as officers keep them: real in shape and figures, damaged where a test asks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

FILLS = {
    "GREEN": "FF00B050",
    "AMBER": "FFFFC000",
    "RED": "FFFF0000",
    "Complete": "FF0070C0",
    "High": "FFFF0000",
    "Medium": "FFFFC000",
    "Low": "FF00B050",
    "On Target": "FF00B050",
}
HEADING_FILL, HEADER_FILL = "FF1F3864", "FFD9E2F3"
LAST_COLUMN = 7


@dataclass(frozen=True)
class DashboardProject:
    """What one dashboard holds: figures, titles, labels and posts as published, narrative in our own words."""

    reference: int
    title: str
    lead: str
    start: date | str
    finish: date | str
    team: int
    status: str
    score: tuple[str, int]
    direction: str
    budget: Sequence[tuple[str, Any]]
    high_risks: int
    milestones: Sequence[Sequence[Any]]
    milestone_rows: int
    risks: Sequence[Sequence[Any]]
    benefits: Sequence[Sequence[Any]]
    commentary: str
    posts: Sequence[str]
    changes: Sequence[Sequence[Any]] = field(default=())


HOMELESSNESS = DashboardProject(
    reference=5,
    title="Homelessness",
    lead="Assistant Director - People & Communities",
    start=date(2018, 4, 1),
    finish=date(2020, 3, 31),
    team=9,
    status="GREEN",
    score=("Project Score (10)", 3),
    direction="Ahead of Target",
    budget=(
        ("PLANNED BUDGET", 601400),
        ("END OF YEAR FORECAST", 594058),
        ("BUDGET REMAINING", 7342),
        ("END OF YEAR FORECAST VS PLANNED BUDGET", "-1%"),
        ("FORECAST OVERSPEND/UNDERSPEND", "Forecast to underspend by £7,342"),
    ),
    high_risks=2,
    milestones=(
        (1, "Eliminate the use of B & B", "Apr-18", "Mar-20 ongoing", "GREEN", "Milestone 1", None),
        (
            2,
            "Increase the supply of affordable temporary and settled accommodation",
            "Apr-18",
            "Mar-20 ongoing",
            "AMBER",
            "Milestone 2,5",
            None,
        ),
        (
            3,
            "To deliver a proactive preventative housing options service",
            "Apr-18",
            "Mar-20 ongoing",
            "GREEN",
            "Milestone 2,3,5,6",
            None,
        ),
    ),
    milestone_rows=8,
    risks=(
        (1, "More households owed a homeless duty", "March 2020 monthly ongoing", "Medium"),
        (2, "More households needing private rented homes", "March 2020 monthly ongoing", "High"),
        (3, "Partners not engaged in referral pathways", "March 2020 monthly ongoing", "Medium"),
        (4, "Partners not engaged in prevention", "March 2020 monthly ongoing", "Low"),
        (5, "Too few affordable private rented homes nearby", "March 2020 monthly ongoing", "High"),
        (6, "Less ring fenced grant and front line resource", "March 2020 monthly ongoing", "Medium"),
    ),
    benefits=(
        (1, "0 B & B placements", "monthly monitoring", "Under Review"),
        (
            2,
            "50% reduction in out of district emergency placements (Nightly Let/HMO)",
            "monthly monitoring",
            "Under Review",
        ),
        (3, "50% increase in homeless preventions", "monthly monitoring", "Under Review"),
    ),
    commentary="The draft strategy goes out to consultation. Supply of homes remains the chief constraint.",
    posts=(
        "Housing Options Team Leader",
        "Housing Options Allocations/Enabling Officer",
        "Senior Housing Options officer",
        "Housing Options officer",
        "Housing Options officer (Fixed term post grant funded 2018-21)",
        "Housing Options Officer",
        "Housing Options Officer",
        "Housing Options Support Officer",
        "Community Engagement officer (Fixed term DWP funded post 2018-19)",
    ),
    changes=(
        (
            "Update to project team numbers. RAG status change to prevention work.",
            "Two posts added.",
            "Demand has grown.",
            "None, grant funded",
            "n/a - business cases previously agreed",
            None,
        ),
        (
            "Milestone change: Eliminate use of B & B",
            "RAG change to Green.",
            "Fewer households in B & B.",
            "£28,800 below budget",
            "17.7.18 Full Council via K Head report.",
            "17.7.18 Full Council via K Head report",
        ),
        (
            "Risk review times for risks, 1,2,4,6.",
            "September review",
            "Half a year on from the Act.",
            "Indirect",
            "LT project meet 31.7.18",
            None,
        ),
    ),
)

ICT = DashboardProject(
    reference=2,
    title="ICT",
    lead="Assistant Director - Transformation",
    start=date(2017, 12, 1),
    finish="01/07/2019",
    team=3,
    status="AMBER",
    score=("Project Score (3)", 2),
    direction="On Track",
    budget=(
        ("PLANNED BUDGET", "£642,848"),
        ("ACTUAL SPEND TO DATE", "£494,982"),
        ("COMMITTED SPEND TO DATE", "£102,888"),
        ("EMERGENCY SPEND", "£0"),
        ("Budget Remaining", "£44,979"),
        ("Percentage of Planned Budget Spend", "93%"),
    ),
    high_risks=3,
    milestones=(
        (1, "Office 365 - First pilot user migrated", "Dec-17", "Mar-18", "Complete", None, "Critical Path"),
        (2, "Azure tenancy ready for use", "Dec-17", "Feb-18", "Complete", None, None),
        (3, "RDS Test Server ready for use", "Dec-17", "Jun-18", "Complete", None, "Critical Path"),
        (4, "Officer Pilot Users and Good Users ready", "Dec-17", "Jun-18", "Complete", "Milestone 3", None),
        (5, "Users on exchange server ready for migration", "Dec-17", "Dec-18", "Complete", "Milestone 4", None),
        (6, "Windows 2003 servers and app installs", "Dec-17", "Mar-19", "GREEN", None, None),
        (7, "Skype and one drive available", "Dec-17", "Nov-18", "Complete", "Milestone 6", None),
        (8, "Final payment milestone", "Dec-17", "Jul-19", "GREEN", "Milestone 6", "Critical Path"),
    ),
    milestone_rows=8,
    risks=(
        (1, "Council lacks resources or skills", "Jun-18", "High"),
        (2, "Supplier lacks resources or skills", "Feb-18", "High"),
        (3, "Data centre fails", "Aug-18", "High"),
        (4, "Lack of documentation for software and server install", "Oct-18", "Medium"),
        (5, "UAT Resource not available", "Oct-18", "Medium"),
    ),
    benefits=(
        (1, "Remote access enabling flexible working", "Nov-18", "Completed"),
        (2, "Enterprise Licence improves efficiency", None, "Completed"),
        (3, "All servers are supported reducing risk of failure", "Nov-18", "On Target"),
        (4, "Able to move forward with transformation", "Nov-18", "Under Review"),
    ),
    commentary="There is a committed spend to date of £620,271; the final payment outstanding is £7,581.",
    posts=("ICT project lead",),
    changes=(
        ("Milestone date change", "New server migration date", "Effect on services", "None", None, "Jul-18"),
        ("0365 Pilot user set up", "date change", "Test server rebuilt", "None", None, "Jul-18"),
        ("2003 servers and app installs", "date change", "Staff and outage", "None", None, "Nov-18"),
        ("Officer migration to 0365", "date change", "Work re-prioritised", "None", None, "Nov-18"),
        ("Final Payment Milestone", "date change", "See commentary box", "None", None, "Apr-19"),
    ),
)


def build_dashboard(
    path: Path,
    project: DashboardProject = HOMELESSNESS,
    *,
    tier: str | None = "GOLD",
    without: Sequence[str] = (),
    order: Sequence[str] = (),
    cells: Mapping[str, Any] | None = None,
    fills: Mapping[str, str | None] | None = None,
    spelt: Callable[[str], str] = str,
    is_merged: bool = True,
    shift: tuple[int, int] = (0, 0),
    has_changes: bool = True,
    also: Callable[[Workbook], None] | None = None,
) -> Path:
    """A project's dashboard as .xlsx at `path`.

    `without` leaves blocks out by key, `order` puts the named ones first; `cells` and `fills` overwrite cells of the
    first sheet by address, before `shift` moves everything by so many rows and columns; `spelt` respells headings,
    labels and column heads; `also` gets the workbook last.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "Dashboard"
    writer = _Writer(sheet, spelt, is_merged)
    if tier:
        sheet["A1"] = tier
    blocks = {key: block for key, block in _blocks(project).items() if key not in without}
    row = 2
    for key in (*order, *(key for key in blocks if key not in order)):
        row = writer.block(row, *blocks[key]) + 1
    for where, value in (cells or {}).items():
        sheet[where] = value
    for where, rgb in (fills or {}).items():
        sheet[where].fill = PatternFill("solid", fgColor=rgb) if rgb else PatternFill()
    if any(shift):
        merged = [area.bounds for area in sheet.merged_cells.ranges]
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(area))
        sheet.move_range(f"A1:{sheet.cell(sheet.max_row, LAST_COLUMN).coordinate}", rows=shift[0], cols=shift[1])
        for left, top, right, bottom in merged:
            sheet.merge_cells(
                start_row=top + shift[0],
                start_column=left + shift[1],
                end_row=bottom + shift[0],
                end_column=right + shift[1],
            )
    if has_changes:
        _change_sheet(book.create_sheet("Change Control"), project, spelt)
    if also:
        also(book)
    book.save(path)
    return path


def _blocks(project: DashboardProject) -> dict[str, tuple]:
    """Heading, sort and content of each block, in the order of the sheet."""
    return {
        "project-detail": (
            "PROJECT DETAIL - ALL PROJECTS",
            "fields",
            (
                ("Project Reference", project.reference),
                ("Project Title", project.title),
                ("Project Lead", project.lead),
                ("Reports to", "Executive"),
            ),
        ),
        "project-dates": (
            "PROJECT DETAIL",
            "fields",
            (
                ("Project Start Date", project.start),
                ("Project Finish Date", project.finish),
                ("Project Stage", "Delivery"),
                ("Project Team Members", project.team),
            ),
        ),
        "project-status": (
            "PROJECT STATUS",
            "fields",
            (("Project Status", project.status), project.score, ("DIRECTION OF TRAVEL", project.direction)),
        ),
        "budget": ("BUDGETING AND FORECASTING - GOLD PROJECTS ONLY", "fields", project.budget),
        "risk-consideration": (
            "RISK CONSIDERATION - ALL PROJECTS",
            "fields",
            (
                ("Number of High Risks", project.high_risks),
                ("Is your budget on track? GOLD ONLY", "Yes"),
                ("Has there been any unforeseen spend? GOLD ONLY", "No"),
                ("Number of Red Milestones", 0),
                ("Have any of your milestones slipped with consequences?", "No"),
                ("Direction of Travel", "OK"),
                ("RISK STATUS", "OK"),
            ),
        ),
        "milestones": (
            "MILESTONES AND INTERDEPENDENCIES",
            "table",
            (
                (
                    "REF",
                    "DETAIL",
                    "START DATE",
                    "TARGET / ACTUAL END DATE",
                    "RAG",
                    "Interdependencies",
                    "Critical Path",
                ),
                *_with_blank_rows(project.milestones, project.milestone_rows),
            ),
        ),
        "risks": (
            "PROJECT HIGH RISK REGISTER",
            "table",
            (("REF", "DETAIL", "REVIEW DATE", "RESIDUAL"), *_with_blank_rows(project.risks, 8)),
        ),
        "benefits": (
            "BENEFITS REALISATION",
            "table",
            (("REF", "KEY BENEFIT", "REVIEW DATE", "STATUS"), *_with_blank_rows(project.benefits, 5)),
        ),
        "commentary": ("EXPLANATORY COMMENTARY", "text", (project.commentary,)),
        "resources": ("RESOURCE PLANNING AND FORECASTING - GOLD PROJECTS ONLY", "list", project.posts),
        "reporting-streams": (
            "OTHER REPORTING STREAMS THAT MUST BE CONSIDERED BUT ARE NOT CURRENTLY INCLUDED ON THIS TEMPLATE",
            "table",
            (
                ("Work stream Activity", "Tier"),
                ("Communications Plan", "GOLD"),
                ("Stakeholder Engagement Strategy", "GOLD"),
            ),
        ),
    }


def _with_blank_rows(rows: Sequence[Sequence[Any]], count: int) -> list[Sequence[Any]]:
    """The rows, and the numbers alone that the template prints below them."""
    return [*rows, *((number,) for number in range(len(rows) + 1, count + 1))]


def _change_sheet(sheet, project: DashboardProject, spelt: Callable[[str], str]) -> None:
    sheet["A1"] = spelt(f"Change Control Record for {project.title}")
    heads = (
        "Item Amended",
        "Description of Change",
        "Justification",
        "Financial Implications",
        "Date LT Aware",
        "Date IB / Exec Aware",
    )
    for row, values in enumerate([[spelt(head) for head in heads], *project.changes], start=2):
        for column, value in enumerate(values, start=1):
            sheet.cell(row, column, value)


class _Writer:
    def __init__(self, sheet, spelt: Callable[[str], str], is_merged: bool):
        self.sheet = sheet
        self.spelt = spelt
        self.is_merged = is_merged

    def block(self, row: int, heading: str, sort: str, content: Sequence[Any]) -> int:
        """Write one block from `row`; the row after it."""
        self._put(row, 1, self.spelt(heading), HEADING_FILL).font = Font(bold=True, color="FFFFFFFF")
        self._merge(row, 1, LAST_COLUMN)
        for offset, line in enumerate(content, start=1):
            self._line(row + offset, sort, line, is_header=sort == "table" and offset == 1)
        return row + len(content) + 1

    def _line(self, row: int, sort: str, line: Any, is_header: bool) -> None:
        if sort == "fields":
            label, value = line
            self._put(row, 1, self.spelt(label))
            self._merge(row, 1, 3)
            self._put(row, 4, value, FILLS.get(value) if label == "Project Status" else None)
            self._merge(row, 4, LAST_COLUMN)
        elif sort == "table":
            for column, value in enumerate(line, start=1):
                if is_header:
                    self._put(row, column, self.spelt(value), HEADER_FILL)
                elif value is not None:
                    self._put(row, column, value, FILLS.get(value) if column > 3 else None)
        else:
            self._put(row, 1, line)
            if sort == "text":
                self._merge(row, 1, LAST_COLUMN)

    def _put(self, row: int, column: int, value: Any, rgb: str | None = None):
        cell = self.sheet.cell(row, column, value)
        if isinstance(value, date):
            cell.number_format = "dd/mm/yyyy"
        elif isinstance(value, int) and value >= 1000:
            cell.number_format = '"£"#,##0'
        if rgb:
            cell.fill = PatternFill("solid", fgColor=rgb)
        return cell

    def _merge(self, row: int, first: int, last: int) -> None:
        if self.is_merged:
            self.sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
