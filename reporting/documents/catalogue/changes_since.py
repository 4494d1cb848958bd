"""What changed between two periods or days: of one node by parts, of a portfolio node by node with a roll-up."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.core.paginator import Page, Paginator

from projects.models import Node
from projects.rules.kinds import Kind
from reporting.comparison import (
    MOST_AT_ONCE,
    Asked,
    Comparison,
    NodeChanges,
    NothingToCompare,
    Side,
    compare,
    counted_words,
    sides_of,
)
from reporting.differences import PARTS, Change, Move
from reporting.documents.catalogue.severity import where_schemes_meet
from reporting.documents.contents import MONEY, NUMBER, STATUS, Column, Table, WrittenDay
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register

# What is compared of every thing of a part need not be named in each row.
SAID_BY_THE_PART = {"", "Status", "Text"}
NOTHING = "Nothing changed in what both reports cover."


@dataclass(frozen=True)
class Summary:
    """The head of the document: sentences, then tables. `book` are the tables of the workbook."""

    sentences: tuple[str, ...]
    drawn: tuple[Table, ...]
    book: tuple[Table, ...]

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.book


@dataclass(frozen=True)
class OneNode:
    """A node of a portfolio: its tables are drawn here, and stand in the workbook's sheets for all nodes."""

    sentence: str
    drawn: tuple[Table, ...]
    notes: tuple[str, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Notes:
    """Sentences, a list."""

    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class ChangesContext:
    """A comparison to be drawn. `shown` are the nodes whose changes are told in full; `is_read`: every row was read."""

    comparison: Comparison
    masthead: Masthead
    is_portfolio: bool
    shown: tuple[NodeChanges, ...]
    is_read: bool = True


def summary(context: ChangesContext) -> Summary:
    """How many of what moved which way; of a portfolio the nodes that moved, and every change in the workbook."""
    comparison = context.comparison
    sentences = [f"From: {comparison.old.words}.", f"To: {comparison.new.words}."]
    if not context.is_portfolio:
        node = comparison.nodes[0]
        sentences.append(node.sentence if not node.is_compared else _sentence(counted_words(node.changes)))
        if not node.is_compared:
            return Summary(tuple(sentences), (), ())
        counts = _counts([node])
        return Summary(tuple(sentences), (counts,), (counts,))
    sentences.append(_who_moved(comparison))
    stand = _stand(comparison)
    if not context.is_read:
        movers = _movers([node for node in context.shown if node.move], "Overall status of those on this page")
        sentences.append(
            "Counted and summed over all of them below; what changed within them is told page by page, "
            "those in which most moved first."
        )
        return Summary(tuple(sentences), (*stand, *([movers] if movers.rows else [])), ())
    sentences.append(_sentence(counted_words(comparison.changes)))
    counts = _counts(comparison.nodes)
    movers = _movers(comparison.movers)
    return Summary(tuple(sentences), (movers, *stand, counts), (movers, *stand, counts, *_book(context.shown)))


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _who_moved(comparison: Comparison) -> str:
    nodes = comparison.nodes
    moves = [node.move for node in nodes]
    words = (
        (Move.WORSE, "worse"),
        (Move.BETTER, "better"),
        (Move.CHANGED, "changed otherwise"),
        (Move.NEW, "new"),
        (Move.REMOVED, "gone"),
    )
    said = [f"{moves.count(move)} {name}" for move, name in words if move in moves]
    still = sum(node.is_still for node in nodes)
    held = sum(node.move is None for node in nodes)
    told = f"Overall status of {len(nodes):,}: {', '.join([*said, f'{held:,} as before'])}."
    return f"{told} {still:,} reported nothing in between." if still else told


REGISTER_NAMES = {"milestones": "Milestones", "risks": "Risks", "benefits": "Benefits"}
POUNDS_NAMES = {
    "planned": "Planned budget", "actual": "Actual spend to date", "committed": "Committed spend to date",
    "emergency": "Emergency spend", "forecast": "End of year forecast",
}  # fmt: skip
OF_BOTH = "of the projects whose reports give it on both sides"


def _stand(comparison: Comparison) -> tuple[Table, ...]:
    """What the reports count and sum to on the two sides; empty ones are left out."""
    bands = comparison.known.codes("risk_band")
    sides = (Column("then", "Then", NUMBER, width=14), Column("now", "Now", NUMBER, width=14))
    counted = tuple(
        {
            "of": REGISTER_NAMES[register],
            "kind": bands.get(kind, Kind.NOT_RATED.label) if register == "risks" else Kind(kind).label,
            "then": then,
            "now": now,
            "difference": now - then,
        }
        for register, kinds in (
            ("milestones", list(Kind)),
            ("risks", [*bands, Kind.NOT_RATED]),
            ("benefits", list(Kind)),
        )
        for kind in kinds
        if (register, kind) in comparison.totals.counts
        for then, now in [comparison.totals.counts[register, kind]]
    )
    summed = tuple(
        {"of": POUNDS_NAMES[name], "then": then, "now": now, "difference": now - then}
        for name, (then, now) in comparison.totals.sums.items()
    )
    of = Column("of", "What", header=True)
    difference = Column("difference", "Difference", NUMBER, width=14, signed=True)
    tables = (
        Table(
            (of, Column("kind", "Status"), *sides, difference),
            counted,
            caption=f"Milestones, risks and benefits by status, {OF_BOTH}",
            sheet="By status",
        ),
        Table(
            (of, *(replace(column, kind=MONEY, width=20) for column in (*sides, difference))),
            summed,
            caption=f"Sums of money, {OF_BOTH}",
            sheet="Sums",
        ),
    )
    return tuple(table for table in tables if table.rows)


def _movers(moved: Iterable[NodeChanges], caption: str = "Overall status: worse, better, new and gone") -> Table:
    columns = (
        Column("node", "Project", header=True),
        Column("then", "Then", STATUS, width=20),
        Column("now", "Now", STATUS, width=20),
        Column("move", "Overall status", width=20),
    )
    words = {Move.NEW: "New", Move.REMOVED: "Gone"}
    rows = tuple(
        {
            "node": node.title,
            "then": node.old_overall or "No report",
            "now": node.new_overall or "No report",
            "move": words.get(node.move, node.move.value),
        }
        for node in moved
    )
    empty = "No overall status moved, and nothing is new or gone."
    return Table(columns, rows, caption=caption, empty=empty, sheet="Movers")


def _counts(nodes: Iterable[NodeChanges]) -> Table:
    """Of each part how many things are new, gone, changed and unchanged; unchanged ones are not listed."""
    seen: dict[str, dict[Move, set]] = {}
    unchanged: dict[str, int] = {}
    for node in nodes:
        for change in node.changes:
            kind = change.move if change.move in (Move.NEW, Move.REMOVED) else Move.CHANGED
            seen.setdefault(change.part, {}).setdefault(kind, set()).add(change.item_key)
        for part, number in node.unchanged.items():
            unchanged[part] = unchanged.get(part, 0) + number
    columns = (
        Column("part", "Part", header=True),
        Column("new", "New", NUMBER, width=14),
        Column("removed", "Removed", NUMBER, width=14),
        Column("changed", "Changed", NUMBER, width=14),
        Column("unchanged", "Unchanged", NUMBER, width=14),
    )
    rows = tuple(
        {
            "part": part.title,
            "new": len(seen.get(key, {}).get(Move.NEW, ())),
            "removed": len(seen.get(key, {}).get(Move.REMOVED, ())),
            "changed": len(seen.get(key, {}).get(Move.CHANGED, ())),
            "unchanged": unchanged.get(key, 0),
        }
        for key, part in PARTS.items()
        if key in seen or key in unchanged
    )
    caption = "How many of each: unchanged ones are counted here and not listed"
    return Table(columns, rows, caption=caption, empty=NOTHING, sheet="Counts")


# ---- the changes themselves ----


def table_of(part: str, changes: Iterable[tuple[str, Change]], *, caption: str = "", names_node=False) -> Table:
    """The changes of one part, old beside new; `changes` are pairs of a node's title and a change."""
    is_money = part == "money"
    is_long = part == "narrative"  # the texts take the width
    kind = MONEY if is_money else "text"
    width = None if is_money else 37 if is_long else 19
    columns = [Column("item", PARTS[part].one.capitalize(), header=True, width=15 if is_long else 26)]
    if {change.field for _, change in changes} - SAID_BY_THE_PART:
        columns.append(Column("field", "What", width=11 if is_long else 14))
    columns += [
        Column("move", "Change", width=11),
        Column("old", "Then", kind, width=width),
        Column("new", "Now", kind, width=width),
    ]
    if is_money:
        columns.append(Column("difference", "Difference", MONEY, width=13, signed=True))
    elif any(change.difference is not None for _, change in changes):
        in_days = all(isinstance(change.old, WrittenDay) for _, change in changes if change.difference is not None)
        label = "Slip in days" if part == "milestones" else "Difference in days" if in_days else "Difference"
        columns.append(Column("difference", label, NUMBER, width=11, signed=True))
    if names_node:
        columns.insert(0, Column("node", "Project"))
    rows = tuple(
        {
            "node": node,
            "item": change.item,
            "field": change.field,
            "move": change.move.value,
            "old": change.old,
            "new": change.new,
            "difference": change.difference,
        }
        for node, change in changes
    )
    return Table(tuple(columns), rows, caption=caption, sheet=PARTS[part].title)


def _by_part(nodes: Iterable[NodeChanges]) -> dict[str, list[tuple[str, Change]]]:
    found: dict[str, list] = {part: [] for part in PARTS}
    for node in nodes:
        for change in node.changes:
            found[change.part].append((node.title, change))
    return {part: changes for part, changes in found.items() if changes}


def parts(context: ChangesContext) -> list[tuple[str, Table]]:
    """A section for each part in which something of the one node changed."""
    if context.is_portfolio:
        return []
    return [(PARTS[part].title, table_of(part, changes)) for part, changes in _by_part(context.shown).items()]


def nodes(context: ChangesContext) -> list[tuple[str, OneNode]]:
    """A section for each node of a portfolio that has something to tell."""
    if not context.is_portfolio:
        return []
    return [
        (
            node.title,
            OneNode(
                node.sentence,
                tuple(
                    table_of(part, changes, caption=f"{PARTS[part].title} of {node.title}")
                    for part, changes in _by_part([node]).items()
                ),
                tuple(node.not_compared),
            ),
        )
        for node in context.shown
    ]


def _book(shown: Iterable[NodeChanges]) -> tuple[Table, ...]:
    """Of a portfolio the changes of all nodes, a sheet a part, and what could not be compared."""
    sheets = [table_of(part, changes, names_node=True) for part, changes in _by_part(shown).items()]
    left = tuple({"node": node.title, "says": says} for node in shown for says in node.not_compared)
    if left:
        columns = (Column("node", "Project", header=True), Column("says", "Not compared"))
        sheets.append(Table(columns, left, sheet="Not compared"))
    return tuple(sheets)


def not_compared(context: ChangesContext) -> Notes | None:
    """Of one node the sections that only one report covers."""
    if context.is_portfolio or not context.comparison.nodes[0].not_compared:
        return None
    return Notes(tuple(context.comparison.nodes[0].not_compared))


def schemes_judged(context: ChangesContext) -> set[int]:
    """The schemes of all statuses that are called better or worse, or that put the nodes of a portfolio in order."""
    nodes = context.comparison.nodes if context.is_portfolio else context.shown
    return {context.comparison.known.scheme(pk) for node in nodes for pk in node.judged}


CHANGES_SINCE = register(
    Document(
        "changes-since",
        "What changed since",
        (
            Section("changes-summary", "What changed", summary),
            Section("changes-part", "", parts, many=True),
            Section("changes-not-compared", "Not compared", not_compared),
            Section("changes-node", "", nodes, many=True),
            where_schemes_meet(lambda context: context.comparison.known.organisation, schemes_judged),
        ),
        landscape=True,
    )
)


@dataclass(frozen=True)
class DrawnChanges:
    """A comparison built, its two sides, and the page of the nodes that have something to tell (None: all).

    `too_many` says why there are no files of the whole, "" where there are.
    """

    built: BuiltDocument
    old: Side
    new: Side
    page: Page | None = None
    too_many: str = ""


def built_changes(
    node: Node, asked: Asked, *, only_published: bool, sees_exempt: bool, page: str | None = None, size: int = 20
) -> DrawnChanges:
    """What changed at the node and beneath it, whole, or of a portfolio the nodes of one `page` in full.

    NoSuchDay for words that name no day, NothingToCompare where neither side has a report or, of the whole, where
    there are more nodes than a file holds.
    """
    old, new = sides_of(node, asked, published=only_published)
    comparison = compare(node, old, new, sees_exempt=sees_exempt, only_overall=True)
    if not comparison.nodes:
        kind = "published" if only_published else "approved"
        raise NothingToCompare(f"{node.title} has no {kind} report on either side: there is nothing to compare.")
    too_many = "" if comparison.is_short else _too_many(comparison)
    if too_many and page is None:
        raise NothingToCompare(too_many)
    is_portfolio = len(comparison.nodes) > 1 or comparison.nodes[0].node_id != node.pk
    if comparison.is_short:
        comparison.read(comparison.nodes)
    told = comparison.to_show if too_many else comparison.changed if is_portfolio else comparison.nodes
    shown = None if page is None else Paginator(told, size).get_page(page)
    if too_many:
        comparison.read(shown)
    masthead = _masthead(node, comparison, is_portfolio, shows_exempt=comparison.holds_exempt and sees_exempt)
    context = ChangesContext(comparison, masthead, is_portfolio, tuple(told if shown is None else shown), not too_many)
    return DrawnChanges(build(CHANGES_SINCE, context), old, new, shown, too_many)


def _too_many(comparison: Comparison) -> str:
    return (
        f"{len(comparison.to_show):,} projects reported in between, and a file holds {MOST_AT_ONCE} of them at most. "
        "For files choose a part of the council, such as a portfolio or a programme."
    )


def _masthead(node: Node, comparison: Comparison, is_portfolio: bool, *, shows_exempt: bool) -> Masthead:
    heads = [head for each in comparison.nodes for head in (each.old, each.new) if head]
    markings = sorted({head.marking for head in heads if head.marking})
    if shows_exempt:
        markings = ["NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"]
    elif not all(head.is_published for head in heads):
        markings = ["CONTAINS REPORTS NOT YET PUBLISHED"]
    title = node.title if is_portfolio else comparison.nodes[0].title
    between = f"{comparison.old.label} to {comparison.new.label}"
    return Masthead(
        title=f"What changed: {title}",
        organisation_name=node.organisation.name,
        subtitle=between,
        marking=", ".join(markings),
        as_at=f"as at {comparison.new.label}",
        file_stem=f"What changed - {title} - {between}",
        made_on=comparison.new.day,
    )
