"""The portfolio: every reporting node beneath one, with its status now and last period."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from projects.clock import today_for
from projects.imports.export import NothingToExport
from projects.imports.round_trip.scope import of_portfolio
from projects.models import CommitteeReport, Tier
from projects.permissions import get_node, may, needs
from projects.rules.access import Permission
from projects.templatetags.portal import query_string
from projects.views.as_at import chosen_as_at
from projects.views.spreadsheets import nothing_to_work_in, workbook_response
from reporting import queries
from reporting.filters import PortfolioFilterForm
from reporting.tables import PortfolioTable
from reporting.views.nodes import MOST_TOLD

ROWS_A_PAGE = 50


@needs(Permission.VIEW_PUBLISHED)
def portfolio(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The list with its tiles and filters, now or as at a day. Staff see approved reports, readers published ones."""
    node = get_node(request.user, org, node, Permission.VIEW_PUBLISHED)
    organisation = request.organisation = node.organisation
    published = not may(request.user, Permission.VIEW_RECORD, node)
    tiers = list(Tier.objects.filter(organisation=organisation, is_archived=False))
    form = PortfolioFilterForm(request.GET, tiers=tiers)
    asked = form.asked
    choice = chosen_as_at(request, organisation, published=published)
    at = choice.as_at
    expected = queries.periods_at(organisation, at) if at else queries.periods_now([organisation], today_for)
    nodes = queries.filtered(queries.reporting_nodes(request.user, node, at), asked, published=published, at=at)
    sort = request.GET.get("sort", queries.DEFAULT_SORT)
    if at:
        totals, found = queries.portfolio_as_at(nodes, asked, expected, at=at, sort=sort)
    else:
        totals = queries.portfolio_totals(nodes, asked, expected, published=published)
    paginator = Paginator(Counted(totals.shown), ROWS_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    first, last = max(page.start_index() - 1, 0), page.end_index()
    if at:
        rows = queries.portfolio_page_as_at(found[first:last], expected, at=at, sort=sort)
    else:
        rows = queries.portfolio_page(nodes, asked, expected, published=published, sort=sort, first=first, last=last)
    return render(
        request,
        "reporting/portfolio.html",
        {
            "node": node,
            "trail": [{"label": "Home", "url": reverse("home")}],
            "choice": choice,
            "table": PortfolioTable(rows, request, organisation.slug, choice.query),
            "page": page,
            "form": form,
            "chosen": form.chosen(request),
            "kept": [*([("sort", sort)] if "sort" in request.GET else []), *choice.asked],
            "clear_url": request.path + choice.query,
            "tiles": tiles(request, totals, "by then" if at else "this period"),
            "totals": totals,
            "published": published,
            "may_edit": not at and may(request.user, Permission.EDIT_DRAFT, node),
            "told": CommitteeReport.objects.visible_to(request.user).telling_of(node)[:MOST_TOLD],
        },
    )


@needs(Permission.EDIT_DRAFT)
@require_GET
def spreadsheet_portfolio(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The projects that the list shows as a workbook to work in: their reports, statuses and budgets."""
    node = get_node(request.user, org, node, Permission.EDIT_DRAFT)
    organisation = request.organisation = node.organisation
    form = PortfolioFilterForm(
        request.GET, tiers=list(Tier.objects.filter(organisation=organisation, is_archived=False))
    )
    asked = form.asked
    expected = queries.periods_now([organisation], today_for)
    nodes = queries.filtered(queries.reporting_nodes(request.user, node), asked, published=False)
    try:
        return workbook_response(of_portfolio(node, queries.listed(nodes, asked, expected), request.user), request.user)
    except NothingToExport as nothing:
        return nothing_to_work_in(request, nothing, node)


class Counted:
    """A sequence of known length for the paginator, whose rows are fetched elsewhere: no second COUNT."""

    def __init__(self, length: int):
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, part: slice) -> list:
        return []


def tiles(request: HttpRequest, totals: queries.PortfolioTotals, when: str) -> list[dict]:
    """Counts by status as links that filter the list, then what has not been reported."""
    tiles = [
        {
            "count": count.count,
            "label": count.label,
            "shape": count.shape,
            "colour": count.colour,
            "url": query_string(request, kind=count.kind, exceptions=None, missing=None),
        }
        for count in totals.counts
    ]
    if totals.missing:
        tiles.append(
            {
                "count": totals.missing,
                "label": "Not reported",
                "shape": "ring",
                "colour": "grey",
                "note": when,
                "url": query_string(request, missing="on", kind=None, exceptions=None),
            }
        )
    reported = totals.nodes - totals.missing
    tiles.append(
        {
            "count": totals.nodes,
            "label": "In all",
            "note": f"{reported} of {totals.nodes} reported",
            "url": query_string(request, kind=None, exceptions=None, missing=None),
        }
    )
    return tiles
