"""The re-cast ledger as a document: how often and how far each milestone was moved, and every move with its reason."""

from dataclasses import dataclass
from datetime import date

from projects.facts import limits_of
from projects.ledger import LedgerEntry, ledger_of
from projects.models import Node
from projects.rules.kinds import Kind
from reporting.documents.contents import DATE, NUMBER, STATUS, Column, StatusMark, Table
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register

MARKS = {
    Kind.ON_TRACK: StatusMark("Within", "circle", "green", "on_track"),
    Kind.AT_RISK: StatusMark("Drifting", "triangle", "amber", "at_risk"),
    Kind.OFF_TRACK: StatusMark("Drifted", "octagon", "red", "off_track"),
    None: StatusMark("No baseline moved", "dash", "grey", "not_rated"),
}


@dataclass(frozen=True)
class LedgerContext:
    masthead: Masthead
    entries: tuple[LedgerEntry, ...]
    has_projects: bool  # whether milestones of several nodes are told

    @property
    def project_column(self) -> tuple[Column, ...]:
        return (Column("node", "Project", width=14),) if self.has_projects else ()


def by_milestone(context: LedgerContext) -> Table:
    """A row a milestone, those moved most often first."""
    columns = (
        *context.project_column,
        Column("title", "Milestone", header=True),
        Column("moves", "Moves", NUMBER, width=7),
        Column("forecast_moves", "Of its forecast", NUMBER, width=9),
        Column("forecast_days", "Days later in all", NUMBER, width=9, signed=True),
        Column("baseline_moves", "Of its baseline", NUMBER, width=9),
        Column("drift_days", "Days since the first", NUMBER, width=9, signed=True),
        Column("drift", "Drift", STATUS, width=14),
        Column("unrequested", "Without a request", NUMBER, width=9),
    )
    rows = tuple(
        {
            "node": entry.node_title,
            "title": entry.title,
            "moves": len(entry.moves),
            "forecast_moves": entry.forecast_moves,
            "forecast_days": entry.forecast_days,
            "baseline_moves": entry.baseline_moves,
            "drift_days": entry.drift.days,
            "drift": MARKS[entry.drift.rating.status],
            "unrequested": entry.unrequested,
        }
        for entry in context.entries
    )
    return Table(columns, rows, empty="No milestone has moved.")


def every_move(context: LedgerContext) -> Table | None:
    """A row a move, milestone by milestone, the oldest first."""
    if not context.entries:
        return None
    columns = (
        *context.project_column,
        Column("title", "Milestone", header=True, width=18),
        Column("on", "On", DATE, width=10),
        Column("what", "What moved", width=11),
        Column("before", "From", width=9),
        Column("after", "To", width=9),
        Column("days", "Days later", NUMBER, width=6, signed=True),
        Column("by", "By", width=10),
        Column("why", "Why"),
    )
    rows = tuple(
        {
            "node": entry.node_title,
            "title": entry.title,
            "on": move.on,
            "what": f"{move.sort}, {move.report_words}" if move.report_words else move.sort,
            "before": move.before,
            "after": move.after,
            "days": move.days,
            "by": move.by,
            "why": move.why,
        }
        for entry in context.entries
        for move in entry.moves
    )
    return Table(columns, rows)


BASELINE_MOVES = register(
    Document(
        "baseline-moves",
        "Re-cast ledger",
        (
            Section("moves-table", "Milestones by how often they moved", by_milestone),
            Section("moves-table", "Every move", every_move),
        ),
        landscape=True,
    )
)


def built_moves(node: Node, *, day: date, period_words: str = "") -> BuiltDocument:
    """The ledger of `node` and all beneath it, of moves up to `day`; `period_words` says which day, "" for now."""
    masthead = Masthead(
        title=f"Re-cast ledger: {node.title}",
        organisation_name=node.organisation.name,
        subtitle=period_words,
        as_at=f"moves up to {day.day} {day:%B %Y}",
        file_stem=f"Re-cast ledger - {node.title}" + (f" - {period_words}" if period_words else ""),
        made_on=day,
    )
    entries = ledger_of(Node.objects.beneath(node), limits_of(node.organisation), until=day if period_words else None)
    has_projects = node.children.exists()
    return build(BASELINE_MOVES, LedgerContext(masthead, tuple(entries), has_projects))
