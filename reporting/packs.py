"""Committee packs: a cover report with its appendices as one document, in a public copy and in one for members.

The public copy leaves out what is exempt on the day: sections of the cover report, rows of the reports, appendices of
exempt nodes, and every mention of those in the contents.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from projects.as_at import Meaning
from projects.models import CommitteeReport, CommitteeReportAppendix, Node, Report, ReportState
from projects.models.base import exempt_now
from reporting.documents.catalogue import REPORT_DOCUMENTS, built_cover_report
from reporting.documents.contents import References, Table
from reporting.documents.document import BuiltDocument, BuiltSection, Masthead, UnknownDocument
from reporting.drawing import Reader, build_document
from reporting.queries import NoSuchReport, newest_report

NOT_FOR_PUBLICATION = "NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"


class UnknownPack(LookupError):
    """No committee report goes by that name."""


class PackIsExempt(Exception):
    """The whole report is exempt, so there is no public copy of it."""


class AppendixMissing(Exception):
    """An appendix has nothing to be drawn from; the message says which."""


@dataclass(frozen=True)
class ContentsLine:
    """A line of the contents; `anchor` is where it leads."""

    title: str
    anchor: str


@dataclass(frozen=True)
class PackContents:
    lines: tuple[ContentsLine, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class PackAppendix:
    """The head of an appendix: what would stand above it if it were printed alone."""

    label: str
    masthead: Masthead
    tables: tuple[Table, ...] = ()


def pack_named(words: str) -> CommitteeReport:
    """The committee report named organisation/slug; UnknownPack where there is none."""
    organisation, _, slug = words.partition("/")
    report = (
        CommitteeReport.objects.filter(organisation__slug=organisation, slug=slug)
        .select_related("organisation", "meeting__board", "node")
        .first()
    )
    if report is None:
        raise UnknownPack(f"There is no pack {words}; a pack is named organisation/committee-report.")
    return report


def built_pack(report: CommitteeReport, *, public: bool, day: date) -> BuiltDocument:
    """The pack as one document: contents, cover report, appendices. `day` says what is still exempt.

    PackIsExempt for the public copy of an exempt report; AppendixMissing where an appendix has no report.
    """
    if public and _is_exempt(report, day):
        raise PackIsExempt(f"{report} is exempt from publication as a whole; there is no public copy.")
    attached = _appendices(report, public=public, day=day)
    cover = built_cover_report(report, sees_exempt=not public, day=day)
    parts = [(appendix, _drawn_from(appendix, public=public, day=day)) for appendix in attached]
    sections = [_renamed(section, "cover", 0) for section in cover.sections]
    lines = [ContentsLine(f"Report: {report.subject}", sections[0].anchor)]
    for number, (appendix, built) in enumerate(parts, start=1):
        anchor = f"appendix-{number}"
        title = f"{appendix.label}: {appendix.title}"
        lines.append(ContentsLine(title, anchor))
        sections.append(BuiltSection("pack-appendix", title, PackAppendix(appendix.label, built.masthead), anchor))
        sections += [_renamed(section, anchor, 1) for section in built.sections]
    contents = BuiltSection("pack-contents", "Contents", PackContents(tuple(lines)), "contents")
    holds_exempt = not public and (
        _is_exempt(report, day)
        or report.sections.filter(exempt_now(day)).exists()
        or any(_is_exempt(appendix.node, day) or built.masthead.marking == NOT_FOR_PUBLICATION
               for appendix, built in parts)
    )  # fmt: skip
    markings = (cover.masthead.marking, NOT_FOR_PUBLICATION if holds_exempt else "")
    masthead = replace(
        cover.masthead,
        marking=", ".join(filter(None, markings)),
        file_stem=f"{cover.masthead.file_stem.replace('Cover report', 'Pack', 1)}{' - public copy' if public else ''}",
    )
    return BuiltDocument("committee-pack", masthead, (contents, *sections))


def _is_exempt(thing: CommitteeReport | Node, day: date) -> bool:
    return thing.is_exempt and (thing.exempt_until is None or thing.exempt_until > day)


def _appendices(report: CommitteeReport, *, public: bool, day: date) -> list[CommitteeReportAppendix]:
    """The appendices of the copy, and so all that the cover report's own list shows: it reads the same rows."""
    wanted = CommitteeReportAppendix.objects.select_related("node__organisation", "node__headline_series")
    if public:
        wanted = wanted.exclude(exempt_now(day, "node__"))
    prefetch_related_objects([report], Prefetch("appendices", queryset=wanted))
    return list(report.appendices.all())


def _drawn_from(appendix: CommitteeReportAppendix, *, public: bool, day: date) -> BuiltDocument:
    """The appendix's document: of the report pinned at publication, or of the newest published one.

    One that is not drawn of a single report is drawn as at the day of publication, as published then.
    """
    if appendix.document not in REPORT_DOCUMENTS:
        return _drawn_as_at(appendix, public=public)
    source = newest_report(appendix.node, published=True)
    if appendix.source_id is not None:
        source = Report.objects.select_related(
            "node__organisation", "organisation", "template", "series", "period", "tier", "corrects"
        ).get(pk=appendix.source_id)
    named = f"{appendix.label} ({appendix.title})"
    if source is None or source.state != ReportState.PUBLISHED:
        raise AppendixMissing(f"{named} has no published report to be drawn from; publish it first.")
    return REPORT_DOCUMENTS[appendix.document](source, sees_exempt=not public, day=day)


def _drawn_as_at(appendix: CommitteeReportAppendix, *, public: bool) -> BuiltDocument:
    at = appendix.report.published_at
    asked = {"period": timezone.localdate(at).isoformat(), "meaning": Meaning.THEN} if at else {}
    reader = Reader(only_published=True, sees_exempt=not public)
    try:
        return build_document(appendix.document, appendix.node, reader, **asked)
    except (NoSuchReport, UnknownDocument) as missing:
        raise AppendixMissing(f"{appendix.label} ({appendix.title}): {missing}") from missing


def _renamed(section: BuiltSection, prefix: str, levels: int) -> BuiltSection:
    """The section with anchors that no other part of the pack has, its heading `levels` deeper."""
    return replace(
        section,
        anchor=f"{prefix}-{section.anchor}",
        level=section.level + levels,
        content=_with_anchors(section.content, prefix),
    )


def _with_anchors(content: Any, prefix: str) -> Any:
    if not isinstance(content, Table):
        return content
    return replace(content, rows=tuple(dict(_row_with_anchors(row.items(), prefix)) for row in content.rows))


def _row_with_anchors(row: Iterable[tuple[str, Any]], prefix: str) -> Iterable[tuple[str, Any]]:
    for key, value in row:
        if key == "anchor" and value:
            yield key, f"{prefix}-{value}"
        elif isinstance(value, References):
            parts = tuple(
                replace(part, anchor=f"{prefix}-{part.anchor}") if part.anchor else part for part in value.parts
            )
            yield key, replace(value, parts=parts)
        else:
            yield key, value
