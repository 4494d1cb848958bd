"""A document by its name for one node and period, as one person may see it: what pages and the command line share."""

from dataclasses import dataclass, replace
from datetime import date

from django.utils import timezone

from projects.as_at import AsAt, NoSuchDay, as_at
from projects.clock import today_for
from projects.models import CommitteeReport, Node, Report
from projects.models.base import exempt_now
from reporting import queries
from reporting.assurance.document import ASSURANCE, assurance_of
from reporting.assurance.examine import UnknownPeriod
from reporting.boards import BOARD_DOCUMENTS, board_document
from reporting.comparison import Asked, NothingToCompare
from reporting.documents.catalogue import (
    CHANGES_SINCE,
    CHECKPOINT,
    COMMITTEE_DOCUMENTS,
    DEPENDENCIES,
    PLAN_DOCUMENTS,
    PORTFOLIO_DOCUMENTS,
    REPORT_DOCUMENTS,
    SCORECARD,
    built_changes,
    built_checkpoint,
    built_scorecard,
)
from reporting.documents.catalogue.baseline_moves import BASELINE_MOVES, built_moves
from reporting.documents.catalogue.funding_profile import FUNDING_PROFILE, built_funding_profile
from reporting.documents.catalogue.initiation_document import INITIATION_DOCUMENT, built_initiation_document
from reporting.documents.catalogue.trends import TRENDS, built_trends
from reporting.documents.document import BuiltDocument, document
from reporting.trends import trend_of


@dataclass(frozen=True)
class Reader:
    """What a person may see of a node: only what is published, and exempt items or not.

    `as_appendix`: also what is published as an appendix of a committee's report and in no other way.
    """

    only_published: bool
    sees_exempt: bool
    as_appendix: bool = False


def build_document(
    name: str,
    node: Node,
    reader: Reader,
    *,
    period: str = "",
    meaning: str = "",
    report: Report | None = None,
    compared: Asked | None = None,
    board: str = "",
) -> BuiltDocument:
    """The document of the report given, else of the period or day in its `meaning`, else of the newest report there is.

    `compared` is what changes-since is asked for; without it the period and the report before it. `board` is the
    number of the board whose minutes or work programme are asked for, "" for the first. Raises UnknownDocument for a
    name there is not, NoSuchReport where there is nothing to draw.
    """
    document(name)
    day = timezone.localdate()  # exemptions end by the real date
    if name in COMMITTEE_DOCUMENTS:
        found = committee_report(name, node, reader, period)
        return COMMITTEE_DOCUMENTS[name](found, sees_exempt=reader.sees_exempt, day=day)
    if name in BOARD_DOCUMENTS:
        seen = {"only_published": reader.only_published, "sees_exempt": reader.sees_exempt}
        return board_document(name, node.organisation, period=period, board=board, **seen)
    if name == CHECKPOINT.name and report is not None:
        return built_checkpoint(report, sees_exempt=reader.sees_exempt, day=day)
    if name == DEPENDENCIES.name and reader.only_published:
        raise queries.NoSuchReport("The dependency map is not published.")
    if drawn_of_many := PORTFOLIO_DOCUMENTS.get(name) or PLAN_DOCUMENTS.get(name):
        return drawn_of_many(
            node,
            published=reader.only_published,
            sees_exempt=reader.sees_exempt,
            period=period,
            meaning=meaning,
        )
    if name == ASSURANCE.name:
        return _assurance(node, reader, period)
    if name == CHANGES_SINCE.name:
        return _changes(node, reader, compared or Asked(period=period, meaning=meaning))
    if name == TRENDS.name:
        return _trends(node, reader, period, meaning)
    if name == BASELINE_MOVES.name:
        return _moves(node, reader, period, meaning)
    if name == INITIATION_DOCUMENT.name:
        return _initiation(node, reader, period, meaning)
    if name == FUNDING_PROFILE.name:
        return _funding(node, reader, period, meaning)
    if report is not None:
        period = ""
    elif period:
        report = queries.report_of_period(node, period, published=reader.only_published, meaning=meaning)
    else:
        report = queries.newest_report(node, published=reader.only_published)
    if report is None:
        kind = "published" if reader.only_published else "approved"
        raise queries.NoSuchReport(f"{node.title} has no {kind} report yet.")
    if name == SCORECARD.name:
        built = built_scorecard(report, sees_exempt=reader.sees_exempt, day=day, published=reader.only_published)
    else:
        built = REPORT_DOCUMENTS[name](report, sees_exempt=reader.sees_exempt, day=day)
    return _standing(built, _as_at(node, reader, period, meaning)) if period else built


def _as_at(node: Node, reader: Reader, period: str, meaning: str) -> AsAt:
    """The period or day of the node's own series; NoSuchReport where the words name neither."""
    try:
        return as_at(
            period,
            meaning,
            node.organisation,
            published=reader.only_published,
            now=timezone.now(),
            series=node.headline_series,
        )
    except NoSuchDay as unknown:
        raise queries.NoSuchReport(str(unknown)) from unknown


def _standing(built: BuiltDocument, day: AsAt) -> BuiltDocument:
    """The document saying of itself which day it was drawn as at, and in which meaning."""
    return replace(built, masthead=replace(built.masthead, stands_as=f"As at {day.words}"))


def _changes(node: Node, reader: Reader, asked: Asked) -> BuiltDocument:
    """What changed at the node and beneath it between the two sides asked for."""
    try:
        return built_changes(node, asked, only_published=reader.only_published, sees_exempt=reader.sees_exempt).built
    except (NoSuchDay, NothingToCompare) as refused:
        raise queries.NoSuchReport(str(refused)) from refused


def _moves(node: Node, reader: Reader, period: str, meaning: str) -> BuiltDocument:
    """The re-cast ledger, up to the period or day where one is named."""
    if reader.only_published:
        raise queries.NoSuchReport("The re-cast ledger is not published.")
    if not period:
        return built_moves(node, day=today_for(node.organisation))
    asked = _as_at(node, reader, period, meaning)
    return built_moves(node, day=asked.day, period_words=asked.label)


def _initiation(node: Node, reader: Reader, period: str, meaning: str) -> BuiltDocument:
    """The initiation document, of the period or day where one is named."""
    if reader.only_published:
        raise queries.NoSuchReport("The initiation document is not published.")
    if not period:
        return built_initiation_document(node)
    asked = _as_at(node, reader, period, meaning)
    return built_initiation_document(node, day=asked.day, words=asked.label)


def _funding(node: Node, reader: Reader, period: str, meaning: str) -> BuiltDocument:
    """The funding profile, up to the period or day where one is named."""
    if reader.only_published and not reader.as_appendix:
        raise queries.NoSuchReport(
            "The funding profile is not published; a committee's papers tell what they need of it."
        )
    asked = _as_at(node, reader, period, meaning) if period else None
    built = built_funding_profile(
        node,
        today=today_for(node.organisation),
        until=asked.day if asked else None,
        sees_exempt=reader.sees_exempt,
        published=reader.only_published,
        words=asked.label if asked else "",
    )
    if not built.sections:
        raise queries.NoSuchReport(f"{node.title} has no budget that is held to a profile.")
    return built


def _trends(node: Node, reader: Reader, period: str, meaning: str) -> BuiltDocument:
    """How the node went, up to the period or day where one is named."""
    day = _as_at(node, reader, period, meaning) if period else None
    built = built_trends(trend_of(node, published=reader.only_published, sees_exempt=reader.sees_exempt, day=day))
    if not built.sections:
        raise queries.NoSuchReport(f"{node.title} has no reports to compare yet.")
    return _standing(built, day) if day else built


def _assurance(node: Node, reader: Reader, period: str) -> BuiltDocument:
    """The findings of the checks, which are the council's own business."""
    if reader.only_published:
        raise queries.NoSuchReport("Findings of assurance are not published.")
    try:
        return assurance_of(node, period)
    except UnknownPeriod as unknown:
        raise queries.NoSuchReport(str(unknown)) from unknown


def committee_report(name: str, node: Node, reader: Reader, period: str = "") -> CommitteeReport:
    """The committee report of that kind, of a node or beneath it: by slug or meeting day, else the newest published."""
    reports = CommitteeReport.objects.filter(document=name, node__in=Node.objects.beneath(node)).select_related(
        "meeting__board", "organisation", "node"
    )
    if not reader.sees_exempt:
        today = timezone.localdate()
        reports = reports.exclude(exempt_now(today)).exclude(exempt_now(today, "node__"))
    if reader.only_published or not period:
        reports = reports.filter(state=CommitteeReport.State.PUBLISHED)
    if period:
        day = _as_day(period)
        reports = reports.filter(meeting__starts_at__date=day) if day else reports.filter(slug=period)
    found = reports.order_by("-meeting__starts_at", "-pk").first()
    if found is None:
        asked = f" for {period}" if period else ""
        raise queries.NoSuchReport(f"{node.title} has no committee report{asked} to draw.")
    return found


def _as_day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None
