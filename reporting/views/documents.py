"""Documents as pages and as files."""

from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from projects.models import (
    Board,
    Budget,
    CommitteeReport,
    CommitteeReportAppendix,
    ForwardPlan,
    Node,
    NodeBaselineSection,
    Recommendation,
    Report,
    ReportTemplate,
)
from projects.models.base import exempt_now
from projects.permissions import get_node, get_report, may, needs
from projects.rules.access import Permission
from projects.views.as_at import chosen_as_at
from reporting import queries
from reporting.comparing import asked_in
from reporting.documents.catalogue import (
    CHANGES_SINCE,
    CHECKPOINT,
    COMMITTEE_DOCUMENTS,
    DEPENDENCIES,
    LOOK_AHEAD,
    PLAN_DOCUMENTS,
    PORTFOLIO_DOCUMENTS,
    REPORT_DOCUMENTS,
    SCORECARD,
    SCRUTINY_PLAN,
)
from reporting.documents.catalogue.funding_profile import FUNDING_PROFILE
from reporting.documents.catalogue.trends import TRENDS
from reporting.documents.document import UnknownDocument, all_documents
from reporting.documents.render import CONTENT_TYPES, render_as, render_html
from reporting.drawing import Reader, build_document, committee_report
from reporting.exporting import is_large
from reporting.views.nodes import trail_to

FORMATS = {
    "project-dashboard": ("pdf", "xlsx"),
    "change-control": ("pdf", "xlsx"),
    "risk-register": ("pdf", "xlsx"),
    "scorecard": ("pdf", "xlsx"),
    "look-ahead": ("pdf", "xlsx"),
    "dependencies": ("pdf", "xlsx"),
    "scrutiny-plan": ("pdf", "xlsx"),
    "cover-report": ("pdf", "docx"),
    "narrative-update": ("pdf", "xlsx", "docx"),
    "assurance": ("pdf", "xlsx"),
    "trends": ("pdf", "xlsx"),
    "work-programme": ("pdf", "xlsx"),
    "forward-plan": ("pdf", "xlsx"),
    "minutes": ("pdf", "docx"),
    "baseline-moves": ("pdf", "xlsx"),
    "funding-profile": ("pdf", "xlsx"),
    "changes-since": ("pdf", "xlsx"),
    "portfolio-status": ("pdf", "xlsx"),
    "indicators": ("pdf", "xlsx"),
    "programme-status": ("pdf", "xlsx"),
    "portfolio-update": ("pdf", "xlsx"),
    "project-plan": ("pdf", "xlsx"),
    "checkpoint": ("pdf", "xlsx"),
    "pid": ("pdf", "xlsx"),
    "recommendation-tracker": ("pdf", "xlsx"),
}
# Those drawn as at a period or a day; a committee's report is asked for by its own name or its meeting's day.
AS_AT_DOCUMENTS = {*REPORT_DOCUMENTS, *PORTFOLIO_DOCUMENTS, *PLAN_DOCUMENTS, SCORECARD.name, TRENDS.name, "pid"}
# What the list offers of each node that reports.
NODE_DOCUMENTS = (
    *(name for name in REPORT_DOCUMENTS if name != "recommendation-tracker"),
    LOOK_AHEAD.name,
    CHANGES_SINCE.name,
    TRENDS.name,
)
# Of the documents of a portfolio those that draw a section of its reports, whatever else these are printed in.
SECTION_DOCUMENTS = {"benefits": "portfolio-status", "indicators": "indicators", "changes-proposed": "project-plan"}
MOST_EXPORTS = 10
FORMAT_NAMES = {"pdf": "PDF", "xlsx": "tables (XLSX)", "docx": "Word (DOCX)"}


@needs(None)
def document_list(request: HttpRequest) -> HttpResponse:
    """Every document the person can open, by node; the nodes shown are those that have a report to draw."""
    nodes = (
        Node.objects.visible_to(request.user)
        .in_use()
        .exclude(headline_series=None)
        .select_related("organisation", "headline_series__current__template", "headline_series__published__template")
        .order_by("organisation__name", "path")
    )
    words = request.GET.get("words", "").strip()
    if words:
        nodes = nodes.filter(title__icontains=words)
    most = 50
    listed = list(nodes[: most + 1])
    funded = set(Budget.objects.filter(node__in=listed).exclude(baselines=None).values_list("node_id", flat=True))
    tracked = set(Recommendation.objects.filter(node__in=listed, is_archived=False).values_list("node_id", flat=True))
    sections = NodeBaselineSection.objects.filter(baseline__node__in=listed)
    initiated = set(sections.values_list("baseline__node_id", flat=True))
    planned = set(ForwardPlan.objects.filter(node__in=listed, is_archived=False).values_list("node_id", flat=True))
    entries = []
    for node in listed[:most]:
        is_staff = may(request.user, Permission.VIEW_RECORD, node)
        report = node.headline_series.current if is_staff else node.headline_series.published
        if report is not None:
            more = {
                FUNDING_PROFILE.name: is_staff and node.pk in funded,
                "recommendation-tracker": node.pk in tracked,
                "pid": is_staff and node.pk in initiated,
                CHECKPOINT.name: report.template.document == CHECKPOINT.name,
                DEPENDENCIES.name: is_staff and report.template.document == SCORECARD.name,
                SCRUTINY_PLAN.name: node.pk in planned,
            }
            entries.append(
                {
                    "node": node,
                    "report": report,
                    "documents": _links(node, _names_of(report, more)),
                    "may_export": may(request.user, Permission.EXPORT, node),
                }
            )
    portfolios = [
        {"node": node, "documents": _links(node, names)} for node, names in _portfolios(request.user, words, most)
    ]
    covers = [
        {"report": cover, "documents": _links(cover.node, (cover.document,), cover.slug)}
        for cover in CommitteeReport.objects.visible_to(request.user).select_related(
            "organisation", "meeting__board", "node__organisation"
        )[:most]
    ]
    return render(
        request,
        "reporting/documents.html",
        {
            "trail": [{"label": "Home", "url": reverse("home")}],
            "entries": entries,
            "portfolios": portfolios,
            "covers": covers,
            "boards": _boards(request.user),
            "exports": request.user.exports.select_related("node")[:MOST_EXPORTS],
            "words": words,
            "is_cut": len(listed) > most,
            "most": most,
        },
    )


def _names_of(report: Report, more: dict[str, bool]) -> list[str]:
    """The documents that the list offers with a report, and `more` where it has them; a scorecard is its dashboard."""
    is_scorecard = report.template.document == SCORECARD.name
    names = [SCORECARD.name if is_scorecard and name == "project-dashboard" else name for name in NODE_DOCUMENTS]
    return [*names, *(name for name, has in more.items() if has)]


def _portfolios(user, words: str, most: int) -> list[tuple[Node, list[str]]]:
    """The nodes above others, each with the documents that a standing report at or beneath it is printed in."""
    templates = {name: set() for name in PORTFOLIO_DOCUMENTS}
    for pk, printed_in, key in ReportTemplate.objects.values_list("pk", "document", "sections__key"):
        for name in templates.keys() & {printed_in, SECTION_DOCUMENTS.get(key)}:
            templates[name].add(pk)
    standing = Report.objects.visible_to(user).filter(
        Q(pk=F("series__published")) | Q(pk=F("series__current")),
        organisation=OuterRef("organisation"),
        node_path__gte=OuterRef("path"),
        node_path__lt=Concat(OuterRef("path"), Value("a")),
    )
    nodes = (
        Node.objects.visible_to(user)
        .in_use()
        .filter(Exists(Node.objects.filter(parent=OuterRef("pk"), is_archived=False)), title__icontains=words)
        .annotate(**{_offer(name): Exists(standing.filter(template__in=pks)) for name, pks in templates.items()})
        .select_related("organisation")
        .order_by("organisation__name", "path")[:most]
    )
    offered = ((node, [name for name in templates if getattr(node, _offer(name))]) for node in nodes)
    return [(node, names) for node, names in offered if names]


def _offer(name: str) -> str:
    return f"offers_{name.replace('-', '_')}"


def _boards(user) -> list[dict]:
    """The boards that have a work programme, of the councils that the person knows any part of."""
    known = Node.objects.visible_to(user).values("organisation")
    boards = Board.objects.filter(organisation__in=known, is_archived=False, work_programme__is_archived=False)
    asked = [
        (board, reverse("document", args=["work-programme", board.organisation.slug, board.organisation.slug]))
        for board in boards.select_related("organisation").order_by("organisation__name", "order").distinct()
    ]
    return [
        {
            "board": board,
            "url": f"{page}?board={board.pk}",
            "files": [
                {"label": FORMAT_NAMES[ending], "url": f"{page}?board={board.pk}&format={ending}"}
                for ending in FORMATS["work-programme"]
            ],
        }
        for board, page in asked
    ]


def _links(node: Node, names, period: str = "") -> list[dict]:
    titles = {each.name: each.title for each in all_documents()}
    links = []
    for name in names:
        base = reverse("document", args=[name, node.organisation.slug, node.slug])
        asked = f"period={period}&" if period else ""
        files = [{"label": FORMAT_NAMES[ending], "url": f"{base}?{asked}format={ending}"} for ending in FORMATS[name]]
        links.append({"title": titles[name], "url": f"{base}?{asked}".rstrip("?&"), "files": files})
    return links


@needs(Permission.VIEW_PUBLISHED)
def document(request: HttpRequest, name: str, org: str, node: str) -> HttpResponse:
    """One document as a page or a file. `?report=` draws a given report, also one that is not approved yet."""
    node = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    request.organisation = node.organisation
    ending = request.GET.get("format", "html")
    if ending not in CONTENT_TYPES:
        raise Http404(f"The portal does not draw {ending} files.")
    is_staff = may(request.user, Permission.VIEW_RECORD, node)
    sees_exempt = may(request.user, Permission.VIEW_EXEMPT, node)
    as_appendix = not is_staff and name == FUNDING_PROFILE.name and _is_appended(request, node, name, sees_exempt)
    reader = Reader(only_published=not is_staff, sees_exempt=sees_exempt, as_appendix=as_appendix)
    compared = asked_in(request.GET, node, published=not is_staff) if name == CHANGES_SINCE.name else None
    choice = None
    if name in AS_AT_DOCUMENTS:
        choice = chosen_as_at(request, node.organisation, published=not is_staff, series=node.headline_series)
    report = None
    if compared is None and request.GET.get("report", "").isdigit():
        report = get_report(request.user, int(request.GET["report"]), Permission.VIEW_PUBLISHED)
        if report.node_id != node.pk:
            raise Http404("The report is of another node.")
    if is_staff and ending != "html" and not may(request.user, Permission.EXPORT, node):
        raise PermissionDenied("Your role does not allow files to be downloaded.")
    if ending != "html" and is_large(name, node):
        page = {"node": node, "name": name, "ending": FORMAT_NAMES[ending], "trail": trail_to(request.user, node)}
        return render(request, "reporting/export_new.html", page)
    try:
        built = build_document(
            name,
            node,
            reader,
            period=request.GET.get("period", "").strip(),
            meaning=request.GET.get("meaning", ""),
            report=report,
            compared=compared,
            board=request.GET.get("board", ""),
        )
    except UnknownDocument as unknown:
        raise Http404(str(unknown)) from unknown
    except queries.NoSuchReport as missing:
        return render(
            request,
            "reporting/no_report.html",
            {"node": node, "trail": trail_to(request.user, node), "says": str(missing), "choice": choice},
            status=404,
        )
    if ending == "html":
        asked = request.GET.copy()
        downloads = []
        for each in FORMATS.get(name, ("pdf",)):
            asked["format"] = each
            downloads.append({"label": f"Download as {FORMAT_NAMES[each]}", "url": f"?{asked.urlencode()}"})
        trail = _trail(request, name, node, reader)
        return HttpResponse(render_html(built, request, downloads=downloads, trail=trail, choice=choice))
    return file_response(render_as(built, ending), built.file_name_as(ending), ending)


def _trail(request, name: str, node: Node, reader: Reader) -> list[dict]:
    """Where the document stands: beneath its node, or a committee's report beneath its own page."""
    org = node.organisation.slug
    if name in COMMITTEE_DOCUMENTS:
        report = committee_report(name, node, reader, request.GET.get("period", "").strip())
        return [
            {"label": "Committee reports", "url": reverse("committee-reports", args=[org])},
            {"label": report.subject, "url": reverse("committee-report", args=[org, report.slug])},
        ]
    return [
        *trail_to(request.user, node),
        {"label": node.title, "url": reverse("node", args=[org, node.slug])},
    ]


def _is_appended(request, node: Node, name: str, sees_exempt: bool) -> bool:
    """Whether the document of the day asked for is an appendix of a published report that the person may see."""
    appended = CommitteeReportAppendix.objects.filter(
        document=name,
        node=node,
        report__in=CommitteeReport.objects.visible_to(request.user).filter(state=CommitteeReport.State.PUBLISHED),
    )
    if not sees_exempt:
        appended = appended.exclude(exempt_now(timezone.localdate()))
    asked = request.GET.get("period", "").strip()
    days = (timezone.localdate(each.report.published_at).isoformat() for each in appended.select_related("report"))
    return asked in days


def file_response(drawn: bytes, file_name: str, ending: str) -> HttpResponse:
    """A file to be kept, under the name that readers see."""
    headers = {"Content-Disposition": disposition(file_name), "Cache-Control": "private, no-store"}
    return HttpResponse(drawn, content_type=CONTENT_TYPES[ending], headers=headers)


def disposition(file_name: str, *, is_shown: bool = False) -> str:
    """The header that gives a file its name; `is_shown`: in the browser, rather than put among the downloads."""
    plain = file_name.encode("ascii", "replace").decode().replace('"', "'")
    kept = "inline" if is_shown else "attachment"
    return f"{kept}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name)}"
