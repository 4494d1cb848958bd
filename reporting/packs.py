"""Committee packs: cover reports with their appendices as one document, in a public copy and in one for members.

Each report and appendix is a document of its own, as it is printed alone; `drawn_pack` draws them and joins them behind
a page of contents. The public copy leaves out what is exempt on the day: reports, sections, rows of the registers,
appendices of exempt nodes, and every mention of those in the contents.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path

from auditlog.models import LogEntry
from django.conf import settings
from django.db.models import Max, Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone

from projects.as_at import Meaning
from projects.models import (
    CommitteeReport,
    CommitteeReportAppendix,
    CommitteeReportSection,
    Meeting,
    Report,
    ReportState,
)
from projects.models.base import Exemptable, exempt_now
from reporting.documents.catalogue import COMMITTEE_DOCUMENTS, REPORT_DOCUMENTS
from reporting.documents.catalogue.cover_report import NOT_FOR_PUBLICATION, SCHEDULE, left_out, stem_ending
from reporting.documents.catalogue.together import read_together
from reporting.documents.contents import Column, Table, printed_date
from reporting.documents.document import BuiltDocument, BuiltSection, Masthead, UnknownDocument
from reporting.documents.drawers import Drawers
from reporting.documents.html import render_kept_pack
from reporting.documents.merging import DrawnPart, joined, pages_of
from reporting.documents.parts import KeptParts, Recollection
from reporting.documents.pdf import LINK_TO_PART
from reporting.drawing import Reader, build_document
from reporting.queries import NoSuchReport, newest_report, report_of_period

LINES_OF_CONTENTS = 34  # on a page, where titles are short
READ_TOGETHER = 25  # appendices: what is read of them is held until they are drawn


class UnknownPack(LookupError):
    """No committee report goes by that name."""


class PackIsExempt(Exception):
    """All that would be in the pack is exempt, so there is no public copy of it."""


class AppendixMissing(Exception):
    """An appendix has nothing to be drawn from; the message says which."""


@dataclass
class PackDocument:
    """One document of a pack: a cover report, or an appendix of the one before it; `title` is what readers see.

    `told` says everything that it hangs on, where that is known without building it ("" where it is not); then it is
    built only where it was not drawn before, and `recalled` is what it came to.
    """

    title: str
    build: Callable[[], BuiltDocument]
    report: CommitteeReport
    appendix: CommitteeReportAppendix | None = None
    told: str = ""
    recalled: Recollection | None = None

    @cached_property
    def built(self) -> BuiltDocument:
        return self.build()

    @property
    def marking(self) -> str:
        return self.recalled.marking if self.recalled else self.built.masthead.marking

    @property
    def holds_exempt(self) -> bool:
        return NOT_FOR_PUBLICATION in self.marking


def anchor_of_part(place: int) -> str:
    return f"part-{place}"


@dataclass(frozen=True)
class ContentsLine:
    """A line of the contents: `part` is the place of the document among those that are joined, `page` its first."""

    title: str
    part: int
    page: int | None
    is_appendix: bool = False

    @property
    def address(self) -> str:
        """Where the line leads to on paper."""
        return f"{LINK_TO_PART}{self.part}"

    @property
    def anchor(self) -> str:
        """Where the line leads to on the page."""
        return anchor_of_part(self.part)


@dataclass(frozen=True)
class PackContents:
    lines: tuple[ContentsLine, ...]
    notes: tuple[str, ...] = ()
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


def pack_documents(reports: Sequence[CommitteeReport], *, public: bool, day: date) -> Iterator[PackDocument]:
    """Every document of the copy, in printed order, built one by one. `day` says what is still exempt.

    PackIsExempt for the public copy of what is exempt as a whole; AppendixMissing where an appendix has no report.
    """
    open_reports = [report for report in reports if not (public and report.is_exempt_on(day))]
    if reports and not open_reports:
        raise PackIsExempt(f"{reports[0]} is exempt from publication as a whole; there is no public copy.")
    newest = LogEntry.objects.aggregate(newest=Max("pk"))["newest"]
    for report in open_reports:
        attached = _appendices(report, public=public, day=day)
        sources = _sources_of(attached)
        yield PackDocument(f"Report: {report.subject}", partial(_cover, report, public=public, day=day), report)
        for appendix in attached:
            if appendix.document in REPORT_DOCUMENTS:
                source = sources.get(appendix.source_id) or _source_of(appendix)
                build = partial(REPORT_DOCUMENTS[appendix.document], source, sees_exempt=not public, day=day)
                # A published report says the same as long as nothing at all was written: settings, marks, people.
                told = f"{appendix.document} {source.pk} {appendix.label} {public} {day} {newest}"
            else:
                built = _drawn_as_at(appendix, public=public)
                build, told = partial(_given, built), ""
            yield PackDocument(
                f"{appendix.label}: {appendix.title}",
                partial(_as_appendix, appendix, build, public=public, day=day),
                report,
                appendix,
                told,
            )


def _given(built: BuiltDocument) -> BuiltDocument:
    return built


def _as_appendix(appendix: CommitteeReportAppendix, build: Callable, *, public: bool, day: date) -> BuiltDocument:
    """The document with the appendix's label on it, and in its file's name."""
    built = build()
    if not public and appendix.is_exempt_on(day):
        built = _marked_exempt(built)
    return replace(built, masthead=replace(built.masthead, appendix=appendix.label, file_stem=_stem(appendix, built)))


def _cover(report: CommitteeReport, *, public: bool, day: date) -> BuiltDocument:
    return COMMITTEE_DOCUMENTS[report.document](report, sees_exempt=not public, day=day)


def _marked_exempt(built: BuiltDocument) -> BuiltDocument:
    if NOT_FOR_PUBLICATION in built.masthead.marking:
        return built
    # What a document says of itself when it is public is not said of one that is not.
    own = built.masthead.marking if built.masthead.marking == "DRAFT" else ""
    marking = ", ".join(filter(None, (own, NOT_FOR_PUBLICATION)))
    return replace(built, masthead=replace(built.masthead, marking=marking))


def _stem(appendix: CommitteeReportAppendix, built: BuiltDocument) -> str:
    """The file's name as readers see it, beginning with the appendix: "Appendix 1 - PMO Dashboard - Homelessness"."""
    stem = built.masthead.file_stem or built.title
    return stem if stem.startswith(appendix.label) else f"{appendix.label} - {stem}"


def contents_of(
    meeting: Meeting,
    documents: Sequence[PackDocument],
    firsts: Sequence[int | None],
    *,
    public: bool,
    day: date,
    notes: tuple[str, ...] = (),
) -> BuiltDocument:
    """The page in front: what is in the pack and from which page, and in the members' copy what of it is exempt."""
    reports = list(dict.fromkeys(document.report for document in documents))
    lines = tuple(
        ContentsLine(document.title, place, page, document.appendix is not None)
        for place, (document, page) in enumerate(zip(documents, firsts, strict=True), start=1)
    )
    sections = []
    exempt = _exempt_parts(documents, day)
    if exempt and not public:
        columns = (
            Column("part", "Part", header=True),
            Column("paragraph", "Paragraph", width=14),
            Column("until", "Until", width=18),
            Column("reason", "Why it is in the public interest to keep it exempt", width=40),
        )
        note = f"The paragraphs are those of {SCHEDULE}."
        table = Table(columns, tuple(exempt), notes=(note,))
        sections.append(BuiltSection("status-key", "Not for publication", table, "not-for-publication"))
    contents = BuiltSection("pack-contents", "Contents", PackContents(lines, notes), "contents")
    return BuiltDocument("committee-pack", _masthead(meeting, reports, documents, public=public), (contents, *sections))


def _exempt_parts(documents: Sequence[PackDocument], day: date) -> list[dict]:
    """What is exempt as a whole, in printed order: reports, their sections, appendices."""
    found = []
    for document in documents:
        marked = (document.appendix or document.report).mark_on(day)
        if marked is not None:
            found.append(_exempt_row(document.title, marked))
        if document.appendix is None:
            found += [
                _exempt_row(f"{document.report.subject}: {section.heading}", section)
                for section in document.report.sections.filter(exempt_now(day))
            ]
    return found


def _marks_of(reports: Sequence[CommitteeReport], day: date) -> Iterator[Exemptable]:
    """What keeps something of the reports from the public: their own marks, those of sections and of appendices."""
    yield from (mark for report in reports if (mark := report.mark_on(day)))
    yield from CommitteeReportSection.objects.filter(exempt_now(day), report__in=reports)
    for appendix in CommitteeReportAppendix.objects.filter(report__in=reports).select_related("node"):
        if mark := appendix.mark_on(day):
            yield mark


def _exempt_row(part: str, marked: Exemptable) -> dict:
    return {
        "part": part,
        "paragraph": marked.exempt_paragraph or "Not stated",
        "until": printed_date(marked.exempt_until) if marked.exempt_until else "Further notice",
        "reason": marked.exempt_reason or "Not stated",
    }


def _masthead(meeting, reports, documents, *, public: bool) -> Masthead:
    meets_on = printed_date(timezone.localdate(meeting.starts_at))
    covers = [document.built.masthead for document in documents if document.appendix is None]
    if len(reports) == 1:
        title, subtitle, name = covers[0].title, covers[0].subtitle, covers[0].organisation_name
    else:
        title, subtitle, name = meeting.board.name, f"Reports pack, {meets_on}", covers[0].organisation_name
    is_draft = any(each.marking.startswith("DRAFT") for each in covers)
    holds_exempt = not public and any(document.holds_exempt for document in documents)
    marking = ", ".join(filter(None, ("DRAFT" if is_draft else "", NOT_FOR_PUBLICATION if holds_exempt else "")))
    ending = " - public copy" if public else stem_ending(holds_exempt)
    return Masthead(
        title=title,
        organisation_name=name,
        subtitle=subtitle,
        marking=marking,
        as_at=meets_on,
        file_stem=f"Pack - {meeting.board.name} - {meets_on}{ending}",
        made_on=timezone.localdate(meeting.starts_at),
    )


def _appendices(report: CommitteeReport, *, public: bool, day: date) -> list[CommitteeReportAppendix]:
    """The appendices of the copy, and so all that the cover report's own list shows: it reads the same rows."""
    wanted = CommitteeReportAppendix.objects.select_related("node__organisation", "node__headline_series", "report")
    if public:
        wanted = wanted.exclude(exempt_now(day)).exclude(exempt_now(day, "node__"))
    prefetch_related_objects([report], Prefetch("appendices", queryset=wanted))
    return list(report.appendices.all())


def _whole_reports() -> QuerySet:
    return Report.objects.select_related(
        "node__organisation", "organisation", "template", "series", "period", "tier", "corrects"
    ).prefetch_related("template__sections__tiers")


def _sources_of(attached: Sequence[CommitteeReportAppendix]) -> dict[int, Report]:
    """The reports that the appendices show, by number; the rows of neighbours are read together."""
    sources = _whole_reports().in_bulk([each.source_id for each in attached if each.source_id])
    for first in range(0, len(attached), READ_TOGETHER):
        near = attached[first : first + READ_TOGETHER]
        read_together({each.source_id: sources[each.source_id] for each in near if each.source_id in sources}.values())
    return sources


def _source_of(appendix: CommitteeReportAppendix) -> Report:
    """The published report that an appendix of an unpublished cover report would show."""
    named = f"{appendix.label} ({appendix.title})"
    if appendix.period:
        try:
            source = report_of_period(appendix.node, appendix.period, published=True)
        except NoSuchReport as missing:
            raise AppendixMissing(f"{named}: {missing}") from missing
    else:
        source = newest_report(appendix.node, published=True)
    if source is None or source.state != ReportState.PUBLISHED:
        raise AppendixMissing(f"{named} has no published report to be drawn from; publish it first.")
    return source


def _drawn_as_at(appendix: CommitteeReportAppendix, *, public: bool) -> BuiltDocument:
    """A document that is not drawn of a single report: as at the day of publication, as published then."""
    at = appendix.report.published_at
    asked = {"period": timezone.localdate(at).isoformat(), "meaning": Meaning.THEN} if at else {}
    if appendix.period:
        asked["period"] = appendix.period
    reader = Reader(only_published=True, sees_exempt=not public, as_appendix=True)
    try:
        return build_document(appendix.document, appendix.node, reader, **asked)
    except (NoSuchReport, UnknownDocument) as missing:
        raise AppendixMissing(f"{appendix.label} ({appendix.title}): {missing}") from missing


# ---- drawing ----


@dataclass(frozen=True)
class DrawnPack:
    """A finished copy: its contents page, and its documents with their parts, in printed order."""

    contents: BuiltDocument
    file: Path
    pages: int
    documents: tuple[tuple[PackDocument, DrawnPart], ...]

    @property
    def title(self) -> str:
        return self.contents.title

    @property
    def name(self) -> str:
        """The file's name as readers see it."""
        return self.contents.file_name

    @property
    def page(self) -> str:
        """The whole copy as one page of HTML."""
        documents = (
            (anchor_of_part(place), each.title, each.built) for place, (each, _) in enumerate(self.documents, 1)
        )
        return render_kept_pack(self.contents, documents)


def drawn_pack(
    meeting: Meeting,
    reports: Sequence[CommitteeReport],
    output: Path,
    *,
    public: bool,
    day: date,
    tell: Callable[[str, int], None] = lambda words, done: None,
    notes: tuple[str, ...] = (),
) -> DrawnPack:
    """Draw one copy into `output`. What was drawn before and says the same is not drawn again.

    `tell(what is drawn, how many are done)` is called along the way, also while one waits; it may raise to stop.
    `notes` are printed below the contents: what is to follow, what was withdrawn, why.
    """
    kept = KeptParts(Path(settings.MEDIA_ROOT))
    listed = []
    with Drawers(kept) as drawers:
        for document in pack_documents(reports, public=public, day=day):
            listed.append(document)
            tell(document.title, drawers.done)
            document.recalled = kept.recalled(document.told) if document.told else None
            if document.recalled:
                drawers.take(document.title, document.recalled.place)
            else:
                drawers.draw(document.title, document.built)
        files = drawers.finish(tell)
    parts = [_part(kept, document, file) for document, file in zip(listed, files, strict=True)]
    tell("Contents", len(parts))

    notes = (*notes, *filter(None, [left_out(_marks_of(reports, day))])) if public else notes

    def contents_with(firsts):
        return contents_of(meeting, listed, firsts, public=public, day=day, notes=notes)

    pages = 1 + len(listed) // LINES_OF_CONTENTS  # as far as one can tell before they are drawn
    front = None
    while front is None or pages != pages_of(front):
        pages = pages_of(front) if front else pages
        firsts, page = [], pages + 1
        for part in parts:
            firsts.append(page)
            page += part.pages
        contents = contents_with(firsts)
        front = kept.drawn(contents)
    tell("Joining the parts", len(parts))
    all_parts = [DrawnPart("Contents", front, pages), *parts]
    whole = kept.place_of_whole((part.title, part.file) for part in all_parts)
    if not kept.has(whole):
        whole.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = whole.with_suffix(f".{os.getpid()}.new")
        joined(all_parts, new)
        os.replace(new, whole)
    shutil.copyfile(whole, output)
    return DrawnPack(contents, output, page - 1, tuple(zip(listed, parts, strict=True)))


def _part(kept: KeptParts, document: PackDocument, file: Path) -> DrawnPart:
    pages = document.recalled.pages if document.recalled else pages_of(file)
    if document.told and not document.recalled:
        kept.recall(document.told, file, document.marking, pages)
    return DrawnPart(document.title, file, pages)
