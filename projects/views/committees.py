"""Cover reports to committees: the list, one report, writing and publishing it."""

from functools import cached_property

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from projects.actions.assembly import newer_sources, reports_to_tell, says_now, sections_from, take_anew, take_in
from projects.actions.committees import (
    AppendixNotPublished,
    CommitteeReportIsDiscarded,
    CommitteeReportIsPublished,
    NotCleared,
    add_appendix,
    add_clearance,
    add_meeting,
    add_section,
    change_section,
    changed_since_cleared,
    create_committee_report,
    discard_committee_report,
    give_clearance,
    lock_unpublished,
    open_again,
    publish_committee_report,
    remove_appendix,
    remove_clearance,
    remove_section,
)
from projects.clock import today_for
from projects.forms.committees import (
    DOCUMENTS,
    HOW_TEXT_IS_READ,
    BeginForm,
    ClearanceForm,
    GiveClearanceForm,
    HeaderForm,
    NewAppendixForm,
    NewClearanceForm,
    NewSectionForm,
    OpenAgainForm,
    SectionForm,
    TakeInForm,
    post_choices,
)
from projects.forms.editing import TYPED, as_opened, plain
from projects.forms.section_options import REVIEWERS
from projects.models import (
    Board,
    CommitteeReport,
    CommitteeReportClearance,
    Meeting,
    Node,
    Organisation,
    Post,
    ReportTemplate,
)
from projects.models.base import exempt_now
from projects.models.people import read_grants
from projects.permissions import get_visible, may, may_clear, needs, require, top_node
from projects.rules.access import Permission
from projects.rules.cover import FROM_PROJECTS, NARRATIVE_UPDATE, Part, part_of
from projects.views.conflicts import conflict_page, with_choices
from projects.work_programme import resolutions_for

REPORTS_A_PAGE = 50
SOURCES_OFFERED = 20
# Appendices that are drawn from one report; all others are of a day.
DRAWN_FROM_A_REPORT = {"project-dashboard", "change-control", "risk-register"}
FILES = {
    "cover-report": (("PDF", "pdf"), ("Word", "docx")),
    "narrative-update": (("PDF", "pdf"), ("Word", "docx"), ("Tables (XLSX)", "xlsx")),
}
# What a report that begins from another takes over.
EXEMPT = ("is_exempt", "exempt_paragraph", "exempt_reason", "exempt_until")
APPENDIX_TAKEN_OVER = ("label", "title", "document", "node", "order")
TAKEN_OVER = ("numbering", "fields", "declaration", "signature_label", "signed_by", "background_papers", "contact")


# ---- the list ----


def known_organisation(request, slug) -> Organisation:
    """The council, for anybody who may know of any part of it."""
    known = Node.objects.visible_to(request.user).filter(organisation__slug=slug).values("organisation")
    request.organisation = get_object_or_404(Organisation, pk__in=known)
    return request.organisation


def _writable(user, organisation):
    """The nodes whose cover reports the person may write."""
    return Node.objects.where(user, Permission.EDIT_COMMITTEE_REPORT).filter(organisation=organisation).in_use()


@needs(Permission.VIEW_PUBLISHED)
def committee_reports(request: HttpRequest, org: str) -> HttpResponse:
    """Every cover report of a council that the person may see, newest meeting first."""
    organisation = known_organisation(request, org)
    listed = (
        CommitteeReport.objects.visible_to(request.user)
        .filter(organisation=organisation)
        .select_related("meeting__board", "node__organisation")
    )
    page = Paginator(listed, REPORTS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "projects/committees/list.html",
        {
            "organisation": organisation,
            "trail": [{"label": "Home", "url": reverse("home")}],
            "page": page,
            "rows": [{"report": each, "document_url": document_url(each)} for each in page],
            "can_write": _writable(request.user, organisation).exists(),
        },
    )


def document_url(report: CommitteeReport, ending: str = "") -> str:
    """The report as the document that is printed."""
    page = reverse("document", args=[report.document, report.node.organisation.slug, report.node.slug])
    return f"{page}?period={report.slug}{f'&format={ending}' if ending else ''}"


# ---- one report ----


def _report(request, org, slug, permission) -> CommitteeReport:
    """The report, for somebody who may `permission` its node."""
    report = get_visible(
        CommitteeReport.objects.select_related("organisation", "node__organisation", "meeting__board", "published_by"),
        request.user,
        Permission.VIEW_PUBLISHED,
        organisation__slug=org,
        slug=slug,
    )
    require(request.user, permission, report.node)
    request.organisation = report.organisation
    return report


def _page(report, *steps, **more) -> dict:
    """What every page about a report is given."""
    return {
        "organisation": report.organisation,
        "report": report,
        "trail": [
            {"label": "Committee reports", "url": reverse("committee-reports", args=[report.organisation.slug])},
            *steps,
        ],
        **more,
    }


def _step_page(report, **more):
    return _page(report, {"label": report.subject, "url": _url(report)}, **more)


def _url(report, page="committee-report"):
    return reverse(page, args=[report.organisation.slug, report.slug])


@needs(Permission.VIEW_PUBLISHED)
def committee_report(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    """One cover report: where it stands, what is attached, and the document itself to read or download."""
    report = _report(request, org, slug, Permission.VIEW_PUBLISHED)
    is_draft = report.state == CommitteeReport.State.DRAFT
    is_unpublished = report.state != CommitteeReport.State.PUBLISHED
    given = dict(report.clearances.values_list("heading", "initials")) if is_unpublished else {}
    awaited = [heading for heading, initials in given.items() if not initials]
    names = dict(DOCUMENTS)
    attached = report.appendices.select_related("node__organisation")
    if not may(request.user, Permission.VIEW_EXEMPT, report.node):
        today = timezone.localdate()
        attached = attached.exclude(exempt_now(today)).exclude(exempt_now(today, "node__"))
    appendices = [
        {
            "appendix": each,
            "shows": names.get(each.document, each.document),
            "url": _appendix_url(report, each),
        }
        for each in attached
    ]
    sections = report.sections.exclude(heading="", source=None).select_related("source")
    if not may(request.user, Permission.VIEW_EXEMPT, report.node):
        today = timezone.localdate()
        sections = sections.exclude(exempt_now(today)).exclude(exempt_now(today, "source__node__"))
    sections = list(sections)
    return render(
        request,
        "projects/committees/report.html",
        _page(
            report,
            facts=_facts(report),
            sections=sections,
            lapsed={each for each in (*sections, *attached) if not each.is_exempt_on(timezone.localdate())},
            newer=newer_sources(report) if may(request.user, Permission.VIEW_RECORD, report.node) else {},
            shows_sources=may(request.user, Permission.VIEW_RECORD, report.node),
            appendices=appendices,
            is_draft=is_draft,
            is_cleared=report.state == CommitteeReport.State.CLEARED,
            clearances=_clearance_rows(report, request.user),
            resolutions=resolutions_for(
                report.meeting,
                is_staff=may(request.user, Permission.VIEW_RECORD, report.node),
                sees_exempt=may(request.user, Permission.VIEW_EXEMPT, report.node),
            ).filter(committee_report=report),
            document=document_url(report),
            downloads=[(name, document_url(report, ending)) for name, ending in FILES[report.document]],
            can_write=is_draft and may(request.user, Permission.EDIT_COMMITTEE_REPORT, report.node),
            can_publish=is_unpublished and not awaited and may(request.user, Permission.PUBLISH_PAPERS, report.node),
            awaited=", ".join(awaited) if may(request.user, Permission.PUBLISH_PAPERS, report.node) else "",
            can_open=any(given.values()) and may(request.user, Permission.EDIT_COMMITTEE_REPORT, report.node),
            can_correct=not is_unpublished and may(request.user, Permission.EDIT_COMMITTEE_REPORT, report.node),
            can_record=may(request.user, Permission.EDIT_COMMITTEE_REPORT, top_node(report.organisation)),
        ),
    )


def _appendix_url(report, appendix) -> str:
    """The document as it was at publication: of the report pinned, or as at that day; of a draft the newest."""
    page = reverse("document", args=[appendix.document, appendix.node.organisation.slug, appendix.node.slug])
    if appendix.source_id and appendix.document in DRAWN_FROM_A_REPORT:
        return f"{page}?report={appendix.source_id}"
    if report.published_at is None:
        return page
    return f"{page}?period={timezone.localdate(report.published_at)}&meaning=then"


def _facts(report):
    rows = [
        {"label": "Meeting", "value": str(report.meeting)},
        {"label": "Report from", "value": report.report_of},
        {"label": "State", "value": report.get_state_display()},
    ]
    if report.published_at:
        at = timezone.localtime(report.published_at)
        rows.append({"label": "Published", "value": f"{at.day} {at:%B %Y}", "note": str(report.published_by or "")})
    return rows


# ---- beginning ----


@needs(Permission.EDIT_COMMITTEE_REPORT)
def committee_report_new(request: HttpRequest, org: str) -> HttpResponse:
    """Begin a cover report for a meeting, with the sections and appendices of an earlier one."""
    organisation = known_organisation(request, org)
    nodes = _writable(request.user, organisation)
    if not nodes.exists():
        raise PermissionDenied(f"Your role does not allow this in {organisation}.")
    earlier = CommitteeReport.objects.visible_to(request.user).filter(node__in=nodes).select_related("meeting__board")
    form = BeginForm(
        nodes,
        Board.objects.filter(organisation=organisation, is_archived=False),
        earlier,
        like=earlier.filter(slug=request.GET.get("from", "")).first(),
        has_template=any(_templates(organisation, document).exists() for document in FILES),
        data=request.POST if request.method == "POST" else None,
    )
    if request.method == "POST" and form.is_valid():
        report = _begin(form, organisation, request.user)
        messages.success(request, "The report is begun.")
        return redirect("committee-report-edit", org, report.slug)
    return render(
        request,
        "projects/committees/new.html",
        {
            "organisation": organisation,
            "form": form,
            "trail": [{"label": "Committee reports", "url": reverse("committee-reports", args=[org])}],
            "back": reverse("committee-reports", args=[org]),
        },
        status=422 if form.errors else 200,
    )


@transaction.atomic
def _begin(form, organisation, user) -> CommitteeReport:
    said, source = form.cleaned_data, form.cleaned_data["source"]
    day, board = said["meets_on"], said["board"]
    meeting = Meeting.objects.filter(board=board, starts_at__date=day).first() or add_meeting(
        board, form.starts_at, by=user
    )
    taken = {name: getattr(source, name) for name in TAKEN_OVER} if source else {}
    if source and source.accessible_formats:
        taken["accessible_formats"] = source.accessible_formats
    meeting = meeting or add_meeting(board, form.starts_at, by=user)
    template = None if source else _template(board, said["document"])
    sections = _sections_like(source) if source else _sections_of_template(template, said["document"])
    if template and template.numbering:
        taken["numbering"] = template.numbering
    if said["document"] == "narrative-update":
        taken.setdefault("numbering", CommitteeReport.Numbering.THROUGH)
        sections = _with_what_is_told(sections, said["node"], meeting)
    return create_committee_report(
        node=said["node"],
        meeting=meeting,
        document=said["document"],
        slug=_free_slug(organisation, form.slug),
        by=user,
        heading=f"Report to the meeting of the {board.name}, {day.day} {day:%B %Y}",
        subject=said["subject"] or source.subject,
        report_of=said["report_of"] or source.report_of,
        sections=sections,
        clearances=[
            {**each, "due_on": _papers_due_on(meeting)}
            for each in (_clearances_like(source) if source else _clearances_of_template(template))
        ],
        appendices=[
            {name: getattr(each, name) for name in (*APPENDIX_TAKEN_OVER, *EXEMPT)}
            for each in (source.appendices.select_related("node") if source else ())
        ],
        **taken,
    )


def _sections_like(source) -> list[dict]:
    """The sections of an earlier report; a work programme is that of the new meeting's day.

    What it took from projects' reports leaves its place to what those tell now.
    """
    names = ("key", "heading", "text", "tables", "is_within", *EXEMPT)
    sections = []
    for section in source.sections.all():
        if section.source_id is None:
            fields = {name: getattr(section, name) for name in names}
            sections.append(fields | ({"tables": []} if part_of(section.key) is Part.WORK_PROGRAMME else {}))
        elif all(each["key"] != FROM_PROJECTS for each in sections):
            sections.append({"key": FROM_PROJECTS, "heading": ""})
    return sections


def _with_what_is_told(sections: list[dict], node: Node, meeting: Meeting) -> list[dict]:
    """The sections with what the reports at and beneath the node tell, in its place or at the end."""
    told = sections_from(reports_to_tell(node, meeting))
    if all(section["key"] != FROM_PROJECTS for section in sections):
        return [*sections, *told]
    place = next(number for number, section in enumerate(sections) if section["key"] == FROM_PROJECTS)
    return [*sections[:place], *told, *sections[place + 1 :]]


def _templates(organisation, document: str):
    """The orders of sections that the council has for its reports of the kind."""
    return ReportTemplate.objects.filter(organisation=organisation, document=document, is_archived=False)


def _template(board: Board, document: str) -> ReportTemplate | None:
    """The committee's own order of sections for reports of the kind, else the one for all without their own."""
    found = _templates(board.organisation, document)
    return found.filter(board=board).first() or found.filter(board=None).first()


def _sections_of_template(template: ReportTemplate | None, document: str) -> list[dict]:
    """The sections to begin with; a template's may bring words, small tables and a place under another's heading."""
    if template is None:
        places = NARRATIVE_UPDATE if document == "narrative-update" else ()
        return [
            {"key": place.key, "heading": place.heading, "is_within": place.is_within, "text": place.text}
            for place in places
        ]
    return [
        {"key": section.key, "heading": section.title}
        | {name: section.options[name] for name in ("is_within", "text", "tables") if name in section.options}
        for section in template.sections.all()
    ]


def _clearances_like(source) -> list[dict]:
    """The reviewers of an earlier report, to clear this one."""
    names = ("heading", "reviewer", "post", "order")
    return [{name: getattr(each, name) for name in names} for each in source.clearances.select_related("post")]


def _clearances_of_template(template: ReportTemplate | None) -> list[dict]:
    """The reviewers that the template asks, in its section of comments; a post that is no longer there is left out."""
    sections = template.sections.filter(key=Part.CLEARANCES) if template else ()
    asked = [each for section in sections for each in section.options.get(REVIEWERS, ())]
    posts = Post.objects.filter(is_archived=False, pk__in=[each["post"] for each in asked if each.get("post")])
    posts = posts.in_bulk()
    return [each | {"post": posts.get(each.get("post"))} for each in asked]


def _papers_due_on(meeting):
    return timezone.localdate(meeting.papers_due_at) if meeting.papers_due_at else None


def _free_slug(organisation, slug) -> str:
    taken = set(
        CommitteeReport.objects.filter(organisation=organisation, slug__startswith=slug).values_list("slug", flat=True)
    )
    number, free = 1, slug
    while free in taken or free == "new":
        number += 1
        free = f"{slug}-{number}"
    return free


# ---- writing ----


@needs(Permission.EDIT_COMMITTEE_REPORT)
def committee_report_edit(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    """Write the report: its head, its sections in order, its appendices and its foot; all on one page."""
    report = _report(request, org, slug, Permission.EDIT_COMMITTEE_REPORT)
    if request.method != "POST":
        if report.state != CommitteeReport.State.DRAFT:
            messages.error(request, TOO_LATE[report.state])
            return redirect(_url(report))
        return _EditPage(report).draw(request)
    try:
        with transaction.atomic():
            lock_unpublished(report)  # no section goes while what was sent is compared with those there are
            page = _EditPage(report, with_choices(request.POST))
            clashes = page.write(request.user)
    except CommitteeReportIsDiscarded as refusal:
        messages.error(request, str(refusal))
        return redirect("committee-reports", org)
    except CommitteeReportIsPublished as refusal:
        page = _EditPage(report, request.POST)
        page.problem = f"{refusal} Nothing was saved; what you wrote stands below."
        return page.draw(request, status=409)
    return page.answer(request, clashes)


TOO_LATE = {
    CommitteeReport.State.PUBLISHED: "This report was published and never changes. Begin a new one for the next"
    " meeting.",
    CommitteeReport.State.CLEARED: "This report is cleared and locked. Open it again to change it.",
}


class _EditPage:
    """All forms of the page that a report is written on. `problem`: why nothing of it can be saved."""

    problem = ""

    def __init__(self, report, posted=None):
        self.report, self.posted = report, posted
        self.header = HeaderForm(report, data=posted)
        self.sections = [SectionForm(section, data=posted) for section in report.sections.select_related("source")]
        for form in self.sections:
            form.row.report = report
        posts = post_choices(report.organisation_id)
        clearances = report.clearances.select_related("post")
        self.clearances = [ClearanceForm(clearance, posts=posts, data=posted) for clearance in clearances]
        for form in self.clearances:
            form.row.report = report
        self.appendices = list(report.appendices.select_related("node"))
        self.new_section = NewSectionForm(posted)
        self.new_clearance = NewClearanceForm(report, posts=posts, data=posted)
        self.new_appendix = NewAppendixForm(report, posted)
        self.take_in = TakeInForm(report, posted)
        self.newer = newer_sources(report)
        for form in self.sections:
            form.newer = self.newer.get(form.row.pk)
            form.says_now = says_now(form.row, form.newer) if form.newer else None

    @property
    def forms(self):
        return [self.header, *self.sections, *self.clearances]

    @property
    def sent(self):
        """The forms that were on the posted page: a section that somebody added meanwhile is not."""
        return [form for form in self.forms if form.is_sent]

    @property
    def filled_in(self):
        """Everything on the page that may be right or wrong."""
        return [*self.sent, self.new_section, self.new_clearance, self.new_appendix, self.take_in]

    @property
    def is_valid(self) -> bool:
        judged = [form.is_valid() for form in self.filled_in]  # every one, so that each says what is wrong with it
        return all(judged)

    @cached_property
    def removed(self) -> list[dict]:
        """What was written into sections that somebody has taken out since the page was opened: heading and text."""
        there = {form.version_name for form in self.forms}
        lost = []
        for name in self.posted or ():
            prefix, _, box = name.rpartition("-")
            if not prefix.startswith("section-") or box != TYPED or f"{prefix}-version" in there:
                continue
            said = {part: plain(self.posted.get(f"{prefix}-{part}", "")) for part in ("heading", "text")}
            opened = as_opened(self.posted[name])
            if any(said[part] != plain(str(opened.get(part, ""))) for part in said):
                lost.append(said)
        return lost

    def write(self, user) -> list[tuple]:
        """Save what was sent, if it is right; the answers (form, field name) that somebody else changed too."""
        if not self.is_valid or self.removed:
            return []
        clashes = [(form, name) for form in self.sent for name in form.save(by=user)]
        if not clashes:
            self._add_and_remove(user)
            self._move(user)
        return clashes

    def answer(self, request, clashes) -> HttpResponse:
        if self.removed or not self.is_valid:
            return self.draw(request, status=409 if self.removed else 422)
        if clashes:
            return conflict_page(
                request,
                self.forms,
                clashes,
                what=str(self.report),
                action=_url(self.report, "committee-report-edit"),
                context=_step_page(self.report),
            )
        if self.posted.get("action") == "preview":
            return redirect(document_url(self.report))
        messages.success(request, "The report is saved.")
        return redirect(_url(self.report, "committee-report-edit"))

    def _add_and_remove(self, user):
        for form in self.sections:
            if form.remove_name in self.posted:
                remove_section(form.row, by=user)
        for appendix in self.appendices:
            if f"remove-appendix-{appendix.pk}" in self.posted:
                remove_appendix(appendix, by=user)
        for form in self.clearances:
            if form.remove_name in self.posted:
                remove_clearance(form.row, by=user)
        if self.new_section.is_filled:
            add_section(self.report, by=user, **self.new_section.cleaned_data)
        if self.new_clearance.cleaned_data["heading"]:
            fields = self.new_clearance.columns()
            fields["due_on"] = fields["due_on"] or _papers_due_on(self.report.meeting)
            add_clearance(self.report, by=user, **fields)
        for fields in self.new_appendix.columns():
            add_appendix(self.report, by=user, **fields)
        if told := self.take_in.cleaned_data["told"]:
            take_in(self.report, told, by=user)
        step, _, number = self.posted.get("action", "").partition(":")
        anew = next((form.row for form in self.sections if form.newer and str(form.row.pk) == number), None)
        if step == "take-anew" and anew:
            take_anew(anew, by=user)

    def _move(self, user):
        """Swap a section with its neighbour; the order of all is written anew where two had the same."""
        step, _, number = self.posted.get("action", "").partition(":")
        if step not in ("up", "down"):
            return
        order = list(self.report.sections.all())
        at = next((place for place, section in enumerate(order) if str(section.pk) == number), None)
        other = None if at is None else at - 1 if step == "up" else at + 1
        if other is None or not 0 <= other < len(order):
            return
        order[at], order[other] = order[other], order[at]
        for place, section in enumerate(order, start=1):
            if section.order != place:
                change_section(section, {"order": place}, by=user)

    def draw(self, request, status=200) -> HttpResponse:
        wrong = [form for form in self.filled_in if form.errors]
        return render(
            request,
            "projects/committees/edit.html",
            _step_page(
                self.report,
                page=self,
                form=wrong[0] if wrong else None,
                names=dict(DOCUMENTS),
                how_text_is_read=HOW_TEXT_IS_READ,
                wrong=wrong,
                document=document_url(self.report),
            ),
            status=status,
        )


# ---- clearance ----

GIVEN_ALREADY = "This clearance is given already."
STEPS_OF_OPENING = {
    CommitteeReport.State.CLEARED: {"heading": "Open the report again", "button": "Open it again"},
    CommitteeReport.State.DRAFT: {"heading": "Ask the reviewers anew", "button": "Ask them anew"},
}


def _clearance_rows(report, user) -> list[dict]:
    """Who clears the report, and how far each is; whether the person may give it."""
    if not may(user, Permission.VIEW_RECORD, report.node):
        return []
    today = today_for(report.organisation)
    clearances = list(report.clearances.select_related("post__holder", "report__node"))
    overtaken = changed_since_cleared(report) if report.state == CommitteeReport.State.DRAFT else set()
    read_grants([each.post.holder for each in clearances if each.post and each.post.holder])
    return [
        {
            "clearance": each,
            "is_late": each.due_on is not None and each.due_on < ((each.initials and each.cleared_on) or today),
            "is_overtaken": each.pk in overtaken,
            "can_give": not each.initials and report.state == CommitteeReport.State.DRAFT and may_clear(user, each),
            "waits": "" if each.initials else _why_nobody_clears(each),
        }
        for each in clearances
    ]


def _why_nobody_clears(clearance) -> str:
    """Why nobody finds the clearance on their home page; "" where its post's holder does."""
    if clearance.post is None:
        return ""
    if clearance.post.holder is None:
        return "nobody who signs in holds the post; the PMO writes it down"
    if not may(clearance.post.holder, Permission.VIEW_RECORD, clearance.report.node):
        return f"the holder of the post has no role on {clearance.report.node.title} and cannot open it"
    return ""


@needs(Permission.VIEW_RECORD)
def committee_report_clear(request: HttpRequest, org: str, slug: str, pk: int) -> HttpResponse:
    """A reviewer reads the report and clears it with a comment, initials and date."""
    report = _report(request, org, slug, Permission.VIEW_RECORD)
    clearance = get_object_or_404(
        CommitteeReportClearance.objects.select_related("post", "report"), report=report, pk=pk
    )
    if not may_clear(request.user, clearance):
        raise PermissionDenied("This is for the holder of the post, or for the PMO on their behalf.")
    is_closed = clearance.initials or report.state != CommitteeReport.State.DRAFT
    if is_closed and request.method != "POST":
        messages.error(request, GIVEN_ALREADY)
        return redirect(_url(report))
    form = GiveClearanceForm(
        clearance, today=today_for(report.organisation), data=request.POST if request.method == "POST" else None
    )
    if is_closed:
        form.add_error(None, f"{GIVEN_ALREADY} What you wrote stands below and is not saved.")
    elif request.method == "POST" and form.is_valid():
        try:
            give_clearance(clearance, **form.cleaned_data, by=request.user)
        except CommitteeReportIsPublished as refusal:
            form.add_error(None, f"{refusal} What you wrote stands below and is not saved.")
        else:
            messages.success(request, f"Cleared: {clearance.heading}.")
            return redirect(_url(report))
    lead = "Once all reviewers have cleared the report, nobody can change it unless it is opened again."
    return _asked(request, report, form, heading=clearance.heading, button="Clear the report", lead=lead)


@needs(Permission.EDIT_COMMITTEE_REPORT)
def committee_report_open(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    """Open a cleared report again, for a reason; its reviewers clear it anew."""
    report = _report(request, org, slug, Permission.EDIT_COMMITTEE_REPORT)
    is_given = report.clearances.exclude(initials="").exists()
    if report.state == CommitteeReport.State.PUBLISHED or not is_given:
        messages.error(request, "Only a cleared report is opened again.")
        return redirect(_url(report))
    form = OpenAgainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            open_again(report, reason=form.cleaned_data["reason"], by=request.user)
        except CommitteeReportIsPublished as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The report is open again. Its reviewers are asked anew.")
        return redirect(_url(report))
    lead = "The comments of its reviewers stay; their initials and dates are taken out."
    step = STEPS_OF_OPENING[report.state]
    return _asked(request, report, form, lead=lead, **step)


def _asked(request, report, form, **step) -> HttpResponse:
    page = _step_page(report, form=form, step=step, document=document_url(report), back=_url(report))
    return render(request, "projects/committees/asked.html", page, status=422 if form.errors else 200)


# ---- publishing and discarding ----


@needs(Permission.PUBLISH_PAPERS)
def committee_report_publish(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    """Publish the report and pin its appendices, after a last look."""
    report = _report(request, org, slug, Permission.PUBLISH_PAPERS)
    if request.method == "POST":
        try:
            publish_committee_report(report, by=request.user)
        except CommitteeReportIsPublished as refusal:
            messages.error(request, str(refusal))
        except (AppendixNotPublished, NotCleared) as missing:
            return _confirm(request, report, PUBLISH, problem=str(missing), status=409)
        else:
            messages.success(request, "The report is published.")
        return redirect(_url(report))
    return _confirm(request, report, PUBLISH)


@needs(Permission.EDIT_COMMITTEE_REPORT)
def committee_report_discard(request: HttpRequest, org: str, slug: str) -> HttpResponse:
    """Throw an unpublished report away."""
    report = _report(request, org, slug, Permission.EDIT_COMMITTEE_REPORT)
    if request.method == "POST":
        try:
            discard_committee_report(report, by=request.user)
        except CommitteeReportIsPublished as refusal:
            messages.error(request, str(refusal))
            return redirect(_url(report))
        messages.success(request, f"Discarded: {report}")
        return redirect("committee-reports", org)
    return _confirm(request, report, DISCARD)


PUBLISH = {
    "title": "Publish the report",
    "warns": "A published report never changes. Its appendices stay as their projects' reports are published now.",
    "button": "Publish",
}
DISCARD = {
    "title": "Discard the report",
    "warns": "Everything written in it is thrown away.",
    "button": "Discard",
    "is_grave": True,
}


def _confirm(request, report, step, problem="", status=200):
    if report.state == CommitteeReport.State.PUBLISHED:
        messages.error(request, "This report was published and never changes.")
        return redirect(_url(report))
    return render(
        request,
        "projects/committees/confirm.html",
        _step_page(
            report,
            step=step,
            problem=problem,
            facts=_facts(report),
            appendices=report.appendices.all(),
            back=_url(report),
        ),
        status=status,
    )
