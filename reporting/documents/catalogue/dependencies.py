"""The dependency map: what waits for what between workstreams, the broken and the late first."""

from collections import Counter
from dataclasses import dataclass

from projects.models import Node
from projects.rules.waiting import Wait
from reporting.documents.catalogue.look_ahead import masthead_of_plan
from reporting.documents.catalogue.report_context import written_day
from reporting.documents.contents import DATE, NUMBER, STATUS, Column, Narrative, StatusMark, Table
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build, register
from reporting.plan_ahead import Link, links_of, view_of

MARKS = {
    Wait.BROKEN: StatusMark("Broken", "octagon", "red", "off_track"),
    Wait.LATE: StatusMark("Late", "triangle", "amber", "at_risk"),
    Wait.UNDATED: StatusMark("No date", "ring", "grey", "not_rated"),
    Wait.IN_TIME: StatusMark("In time", "circle", "green", "on_track"),
    Wait.MET: StatusMark("Met", "tick", "blue", "done"),
}
MEANINGS = {
    Wait.BROKEN: "What is waited for is in no plan that stands: nobody answers for it.",
    Wait.LATE: "What is waited for comes after the thing that needs it, or its date has passed.",
    Wait.UNDATED: "One of the two has no date that can be compared.",
    Wait.IN_TIME: "What is waited for is due before the thing that needs it.",
    Wait.MET: "What is waited for is done.",
}
NOT_LISTED = "Not in the record"


@dataclass(frozen=True)
class MapContext:
    masthead: Masthead
    links: tuple[Link, ...]


def between(context: MapContext) -> Table | None:
    """How many dependencies run from one workstream to another, with those that are broken or late."""
    if not context.links:
        return None
    pairs: dict[tuple[str, str], Counter] = {}
    for link in context.links:
        pair = (link.item.report.title, link.needed.report.title if link.needed else NOT_LISTED)
        pairs.setdefault(pair, Counter())[link.waiting.state] += 1
    columns = (
        Column("waits", "Workstream that waits", header=True, width=32),
        Column("needed", "Waits for", width=32),
        Column("all", "Dependencies", NUMBER),
        Column("broken", "Broken", NUMBER),
        Column("late", "Late", NUMBER),
    )
    rows = tuple(
        {
            "waits": waits,
            "needed": needed,
            "all": counts.total(),
            "broken": counts[Wait.BROKEN],
            "late": counts[Wait.LATE],
        }
        for (waits, needed), counts in sorted(pairs.items())
    )
    whole = {"waits": "All", "needed": ""} | {
        name: sum(row[name] for row in rows) for name in ("all", "broken", "late")
    }
    return Table(columns, rows, totals=(whole,), sheet="Between workstreams")


def grave(context: MapContext) -> Table:
    """Those that are broken or late."""
    return _table(
        [link for link in context.links if link.waiting.state in (Wait.BROKEN, Wait.LATE)],
        "No dependency is broken or late.",
    )


def others(context: MapContext) -> Table:
    """All the rest."""
    return _table(
        [link for link in context.links if link.waiting.state not in (Wait.BROKEN, Wait.LATE)],
        "No other dependency is mapped.",
    )


def _table(links: list[Link], empty: str) -> Table:
    columns = (
        Column("state", "State", STATUS, width=11),
        Column("item", "What waits", header=True, width=16),
        Column("workstream", "Workstream", group="What waits", width=10),
        Column("end", "Date", DATE, group="What waits", width=9),
        Column("needed", "Waits for", width=16),
        Column("needed_workstream", "Workstream", group="What it waits for", width=10),
        Column("needed_end", "Date", DATE, group="What it waits for", width=9),
        Column("because", "Why"),
    )
    return Table(
        columns,
        tuple(
            {
                "state": MARKS[link.waiting.state],
                "item": link.item.title,
                "workstream": link.item.report.title,
                "end": written_day(link.item, "actual") or written_day(link.item, "finish"),
                "needed": link.needed_words,
                "needed_workstream": link.needed.report.title if link.needed else NOT_LISTED,
                "needed_end": (written_day(link.needed, "actual") or written_day(link.needed, "finish"))
                if link.needed
                else None,
                "because": f"{link.waiting.because} {link.dependency.comment}".strip(),
            }
            for link in links
        ),
        empty=empty,
    )


def key(context: MapContext) -> Table:
    """What the states of a dependency mean."""
    return Table(
        (Column("state", "State", STATUS, header=True, width=16), Column("meaning", "Meaning")),
        tuple({"state": MARKS[state], "meaning": MEANINGS[state]} for state in Wait),
    )


def nothing(context: MapContext) -> Narrative | None:
    """Said where the map is empty."""
    return None if context.links else Narrative.of("No dependency is on the map yet.")


def some(content):
    """The content where anything is on the map."""
    return lambda context: content(context) if context.links else None


DEPENDENCIES = register(
    Document(
        "dependencies",
        "Dependencies across workstreams",
        (
            Section("cover-section", "Dependencies", nothing),
            Section("plan-rows", "Between workstreams", between),
            Section("plan-rows", "Broken and late", some(grave)),
            Section("plan-rows", "In time, met or without a date", some(others)),
            Section("status-key", "What the states mean", some(key)),
        ),
        landscape=True,
    )
)


def built_dependencies(
    node: Node, *, published: bool, sees_exempt: bool, period: str = "", meaning: str = ""
) -> BuiltDocument:
    """The map of a node and all beneath it by the dates of its standing reports; published ones for readers."""
    view = view_of(node, published=published, sees_exempt=sees_exempt, period=period, meaning=meaning)
    links = tuple(links_of(view))
    rows = [row for link in links for row in (link.item, link.needed) if row]
    return build(DEPENDENCIES, MapContext(masthead_of_plan(view, "Dependencies", rows), links))
