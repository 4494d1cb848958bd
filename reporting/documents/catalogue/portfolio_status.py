"""The status of a portfolio's projects and their savings by year: what is at risk, and what stands behind the net."""

from dataclasses import dataclass

from projects.models import Node
from projects.rules.money import format_percent
from projects.rules.savings import share_of
from reporting.documents.catalogue.report_context import NOT_RATED, mark_of
from reporting.documents.catalogue.severity import where_schemes_meet
from reporting.documents.contents import (
    STATUS,
    THOUSANDS,
    Column,
    FieldRow,
    Fields,
    StatusMark,
    Table,
    printed_date,
    printed_thousands,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.savings import Group, ProjectSavings, Savings, savings_as_at

TARGETS = "Cashable benefits"
AT_RISK = "Projected at risk / slippage & over achievement"
OTHER_WAY = Column("other_way", "Savings delivered in an alternative way", THOUSANDS, width=8)
NET = Column("net", "Net at risk amount", THOUSANDS, width=6)
SIGNS = "Thousands of pounds. At risk and slippage are positive, over-achievement is negative."
CADENCES = {"monthly": "month", "weekly": "week", "quarterly": "quarter", "annual": "year"}
UNEXPLAINED = "The report does not say why."


@dataclass(frozen=True)
class StatusContext:
    """The savings to be drawn, as one reader may see them."""

    savings: Savings
    masthead: Masthead

    @property
    def beat(self) -> str:
        """What the reports come once in: "month", or "period" where it is none of the usual spans."""
        return CADENCES.get(self.savings.cadence, "period")


@dataclass(frozen=True)
class PortfolioPart:
    """One portfolio: every project, then the exceptions by status, and what is none any longer.

    `book` has the exceptions as one table for the workbook.
    """

    table: Table
    exceptions: tuple[tuple[StatusMark, Table], ...]
    remediated: Table | None
    book: Table | None

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(filter(None, (self.table, self.book, self.remediated)))


@dataclass(frozen=True)
class Tables:
    """Tables under one heading, each with its caption."""

    tables: tuple[Table, ...]


def saving_columns(savings: Savings, width: int) -> tuple[Column, ...]:
    """Targets and amounts at risk by year with their totals, what came another way, and the net."""
    return (
        *(
            column
            for name, group in (("target", TARGETS), ("at_risk", AT_RISK))
            for column in (
                *(
                    Column(f"{name}_{year}", f"{savings.year_words(year)} (£000)s", THOUSANDS, width=width, group=group)
                    for year in savings.years
                ),
                Column(name, "Total (£000)s", THOUSANDS, width=width, group=group),
            )
        ),
        OTHER_WAY,
        NET,
    )


def key(context: StatusContext) -> Table:
    """Every status with its code and what it means."""
    columns = (
        Column("code", "Code", header=True, width=8),
        Column("status", "Status", STATUS, width=22),
        Column("meaning", "Meaning"),
    )
    return Table(
        columns,
        tuple(
            {"code": status.code, "status": mark_of(status), "meaning": status.definition}
            for status in context.savings.statuses
        ),
        empty="The statuses are not defined.",
    )


def by_portfolio(context: StatusContext) -> Table | None:
    """A row a portfolio and the total; None where there is but one."""
    savings = context.savings
    if len(savings.portfolios) < 2:
        return None
    return _summary(savings, savings.portfolios, "Portfolio", SIGNS, savings.whole)


def by_group(context: StatusContext) -> Table | None:
    """The same projects by the programmes that the council also reports them under; None where it has none."""
    savings = context.savings
    if not savings.groups:
        return None
    return _summary(savings, savings.groups, "Programme", f"The same projects by programme. {SIGNS}", savings.whole)


def _summary(savings: Savings, groups: tuple[Group, ...], label: str, caption: str, whole: Group) -> Table:
    columns = (
        Column("title", label, header=True),
        Column("projects", "Projects reported", width=8),
        *saving_columns(savings, 6),
    )
    rows = tuple({"title": group.title, "projects": _reported_words(group), **group.sums} for group in groups)
    total = {"title": "Total", "projects": _reported_words(whole), **whole.sums}
    return Table(columns, rows, caption=caption, totals=(total,))


def _reported_words(group: Group) -> str:
    return f"{group.reported:,} of {len(group.projects):,}"


def behind_the_net(context: StatusContext) -> Fields:
    """What one net figure would hide: both sides of it, the largest part, what only moves, what earlier years left."""
    savings = context.savings
    sums = savings.whole.sums
    rows = [
        _thousands("Savings target", sums.get("target")),
        _thousands("At risk or slipped, gross", sums.get("gross_at_risk"), "Every year that falls short, added up."),
        _thousands("Over-achieved, gross", sums.get("gross_over"), "Every year that brings more, added up."),
        _thousands("Delivered in an alternative way", sums.get("other_way")),
        _thousands("Net at risk", sums.get("net"), _net_words(sums)),
    ]
    if largest := savings.largest_over:
        rows.append(_thousands("Largest over-achievement", largest.sums["net"], _concentration_words(largest, sums)))
    if transfers := savings.transfers:
        moved = sum(transfer.pounds for _, transfer in transfers)
        rows.append(_thousands("Moved from one year to another", moved, "Nets to nothing over the years; see below."))
    carried = [project.brought_forward for project in savings.projects if project.brought_forward is not None]
    if carried:
        note = "Of years before those printed, and in none of the figures above."
        rows.append(_thousands("Slippage brought forward from earlier years", sum(carried), note))
    if sums.get("claimed") is not None or sums.get("validated") is not None:
        rows.append(_thousands("Claimed as delivered", sums.get("claimed"), "By the projects, of the years printed."))
        rows.append(_thousands("Validated by finance", sums.get("validated")))
    return Fields(tuple(rows), notes=(SIGNS,))


def _thousands(label: str, pounds, note: str = "") -> FieldRow:
    return FieldRow(f"{label} (£000)", pounds, THOUSANDS, note=note)


def _net_words(sums: dict) -> str:
    net = sums.get("net") or 0
    if not net:
        return "As planned." if sums.get("net") is not None else ""
    return "The target is over-achieved by it." if net < 0 else "The target is missed by it."


def _concentration_words(largest: ProjectSavings, sums: dict) -> str:
    """How much hangs on one project, and what the net were without it."""
    said = [f"{largest.title}."]
    over, net = sums.get("gross_over"), sums.get("net")
    if over:
        said.append(f"{format_percent(share_of(largest.sums['net'], over))} of what is over-achieved.")
    if net and net < 0:
        said.append(f"Without it the net would be {printed_thousands(net - largest.sums['net'])}.")
    return " ".join(said)


def portfolios(context: StatusContext) -> list[tuple[str, PortfolioPart]]:
    """A part for each portfolio, under its name."""
    return [(group.title, _portfolio(context, group)) for group in context.savings.portfolios]


def _portfolio(context: StatusContext, group: Group) -> PortfolioPart:
    savings, beat = context.savings, context.beat
    columns = (
        Column("portfolio", "Portfolio", width=8),
        Column("project", "Project name", header=True),
        Column("before", f"Project status (last {beat})", STATUS, width=9),
        Column("status", f"Project status (this {beat})", STATUS, width=9),
        *saving_columns(savings, 5),
    )
    rows = tuple(
        {
            "portfolio": group.title,
            "project": project.title,
            "before": mark_of(project.before),
            "status": _status_of(project),
            **project.sums,
        }
        for project in group.projects
    )
    total = {"project": f"{group.title} totals", **group.sums}
    notes = () if group.reported == len(group.projects) else (f"{_reported_words(group)} projects reported.",)
    return PortfolioPart(
        Table(columns, rows, caption=SIGNS, totals=(total,), notes=notes, sheet=group.title),
        _exceptions(group),
        _remediated(context, group),
        _exceptions_for_the_workbook(group),
    )


def _status_of(project: ProjectSavings) -> StatusMark:
    if project.is_reported:
        return mark_of(project.status) or NOT_RATED
    words = f"Not reported; last known {project.last_known}" if project.last_known else "Not reported yet"
    return StatusMark(words, "ring", "grey", "not_rated")


PROJECT, DETAILS = Column("project", "Project name", header=True, width=26), Column("details", "Details")
SHORT_NET = Column("net", "Net at risk (£000)", THOUSANDS, width=8)


def _exceptions(group: Group) -> tuple[tuple[StatusMark, Table], ...]:
    """The exceptions of a portfolio, a table for each status in the order of the key."""
    by_status: dict[int, list[ProjectSavings]] = {}
    for project in group.projects:
        if project.is_exception:
            by_status.setdefault(project.status.pk, []).append(project)
    return tuple(
        (
            mark_of(projects[0].status),
            Table(
                (PROJECT, SHORT_NET, DETAILS),
                tuple(map(_exception_row, projects)),
                caption=f"{projects[0].status.label}: {len(projects)} project{'' if len(projects) == 1 else 's'}",
            ),
        )
        for projects in by_status.values()
    )


def _exception_row(project: ProjectSavings) -> dict:
    return {
        "status": mark_of(project.status),
        "project": project.title,
        "net": project.sums.get("net"),
        "details": project.details or UNEXPLAINED,
    }


def _exceptions_for_the_workbook(group: Group) -> Table | None:
    rows = tuple(_exception_row(project) for project in group.projects if project.is_exception)
    if not rows:
        return None
    return Table(
        (Column("status", "Status", STATUS), PROJECT, SHORT_NET, DETAILS), rows, sheet=f"{group.title} exceptions"
    )


def _remediated(context: StatusContext, group: Group) -> Table | None:
    """Projects that were an exception in the report before, and are none now."""
    columns = (
        PROJECT,
        Column("before", f"Last {context.beat}", STATUS, width=20),
        Column("status", f"This {context.beat}", STATUS, width=20),
        SHORT_NET,
        Column("details", "Details"),
    )
    rows = tuple(
        {
            "project": project.title,
            "before": mark_of(project.before),
            "status": mark_of(project.status),
            "net": project.sums.get("net"),
            "details": project.details,
        }
        for project in group.projects
        if project.is_remediated
    )
    if not any(row["details"] for row in rows):
        columns = columns[:-1]
    return Table(columns, rows, sheet=f"{group.title} remediated") if rows else None


def beside_the_years(context: StatusContext) -> Tables | None:
    """What moves between years, what earlier years left, and what is claimed or validated; None where nothing is."""
    savings = context.savings
    project = Column("project", "Project name", header=True)
    transfers = tuple(
        {
            "project": each.title,
            "from": savings.year_words(moved.from_year),
            "to": savings.year_words(moved.to_year),
            "pounds": moved.pounds,
        }
        for each, moved in savings.transfers
    )
    carried = tuple(
        {"project": each.title, "pounds": each.brought_forward}
        for each in savings.projects
        if each.brought_forward is not None
    )
    claims = tuple(
        {"project": each.title, **each.sums}
        for each in savings.projects
        if each.sums.get("claimed") is not None or each.sums.get("validated") is not None
    )
    amount = Column("pounds", "Amount (£000)", THOUSANDS, width=14)
    found = (
        Table(
            (project, Column("from", "Not delivered in", width=16), Column("to", "Delivered in", width=16), amount),
            transfers,
            caption="Savings that move from one year to another",
            sheet="Moved between years",
        ),
        Table(
            (project, amount),
            carried,
            caption="Slippage brought forward from earlier years",
            totals=({"project": "Total", "pounds": sum(row["pounds"] for row in carried)},),
            sheet="Brought forward",
        ),
        Table(
            (project, *_claim_columns(savings)),
            claims,
            caption="Savings claimed as delivered, and those that finance has validated",
            totals=({"project": "Total"} | _claims_of(savings.whole.sums),),
            sheet="Claimed and validated",
        ),
    )
    found = tuple(table for table in found if table.rows)
    return Tables(found) if found else None


def _claims_of(sums: dict) -> dict:
    """The sums of the claims alone: the targets in the table are not those of every project."""
    return {name: pounds for name, pounds in sums.items() if name.startswith(("claimed", "validated"))}


def _claim_columns(savings: Savings) -> list[Column]:
    groups = (("target", "Target"), ("claimed", "Claimed"), ("validated", "Validated by finance"))
    return [
        Column(f"{name}_{year}", f"{savings.year_words(year)} (£000)s", THOUSANDS, width=7, group=group)
        for name, group in groups
        for year in savings.years
    ]


def statuses_listed(context: StatusContext) -> list:
    """The statuses that the table lists and the exceptions are told by."""
    return [status for project in context.savings.projects for status in (project.before, project.status)]


PORTFOLIO_STATUS = register(
    Document(
        "portfolio-status",
        "Project status report",
        (
            Section("status-key", "Status key", key),
            Section("savings-summary", "Savings by portfolio", by_portfolio),
            Section("savings-behind-net", "What stands behind the net", behind_the_net),
            Section("savings-portfolio", "Portfolio", portfolios, many=True),
            Section("savings-summary", "Savings by programme", by_group),
            Section("savings-beside", "Beside the years printed", beside_the_years),
            where_schemes_meet(lambda context: context.savings.node.organisation, statuses_listed),
        ),
        landscape=True,
    )
)


def built_portfolio_status(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> BuiltDocument:
    """The projects beneath `node` in a period or at a day, else in the newest period reported; NoSuchReport."""
    savings = savings_as_at(
        node, published=published, sees_exempt=sees_exempt, period=period, meaning=meaning, document="portfolio-status"
    )
    masthead = masthead_of_savings(savings, "Project Status Report", is_asked=bool(period))
    return build(PORTFOLIO_STATUS, StatusContext(savings, masthead))


def masthead_of_savings(savings: Savings, name: str, *, is_asked: bool) -> Masthead:
    """What stands above a document of savings; `name` is the document's, `is_asked` for a period that was named."""
    at, node = savings.at, savings.node
    marking = "NOT ALL OF THIS IS PUBLISHED" if savings.has_unpublished else ""
    if savings.has_exempt:
        marking = "NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"
    return Masthead(
        title=f"{name}: {node.title}",
        organisation_name=node.organisation.name,
        subtitle=f"as at {at.label}",
        marking=marking,
        as_at=f"as at {printed_date(at.day)}",
        stands_as=f"As at {at.words}" if is_asked else "",
        file_stem=f"{name} - {node.title} - {at.label}",
        made_on=at.day,
    )
