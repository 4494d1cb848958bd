"""Lists declared as django-tables2 columns and drawn quickly: no template and no signature look-up for each cell."""

from collections.abc import Callable
from typing import Any

import django_tables2
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from projects.models import ReportState
from projects.templatetags.portal import day, money, sort_header, status_pair, status_tag
from reporting.queries import PortfolioRow

ABSENT = SafeString('<span aria-hidden="true">–</span><span class="visually-hidden">none</span>')


class FastTable(django_tables2.Table):
    """A table whose cells are written by its own `cell_<column>(row)` methods, each returning text or safe HTML.

    Stock rendering costs a template and a signature inspection for each cell: 92 ms for 50 rows of 12 columns on the
    machine where this was measured; this costs about 6. Columns, their labels and their order are declared as
    usual; `orderable` columns get a heading that sorts by the column's name, `attrs={"td": {"class": ...}}` a class.
    The column named by `Meta.row_header` heads its row. Rows are given already sorted and cut to a page.
    """

    class Meta:
        row_header = ""

    def __init__(self, rows: list, request: HttpRequest):
        super().__init__([], orderable=False)
        self.listed = rows
        self.request = request

    def heads(self) -> list[SafeString]:
        """The headings, those that sort as links."""
        return [
            sort_header(self.request, column.name, column.header, numeric=_is_numeric(column))
            if column.column.orderable is not False
            else format_html(
                '<th scope="col" role="columnheader"{}>{}</th>',
                SafeString(' class="numeric"') if _is_numeric(column) else "",
                column.header,
            )
            for column in self.columns
        ]

    def body(self) -> SafeString:
        """All rows as HTML."""
        header = self.Meta.row_header
        drawn: list[tuple[Callable[[Any], str], str, str]] = []
        for column in self.columns:
            numeric = ' class="numeric"' if _is_numeric(column) else ""
            if column.name == header:
                start, end = f'<th scope="row" role="rowheader"{numeric}>', "</th>"
            else:
                start, end = f'<td role="cell" data-label="{escape(column.header)}"{numeric}>', "</td>"
            drawn.append((getattr(self, f"cell_{column.name}"), start, end))
        parts = []
        for row in self.listed:
            name = self.row_class(row)
            parts.append(f'<tr role="row" class="{name}">' if name else '<tr role="row">')
            for cell, start, end in drawn:
                parts.extend((start, conditional_escape(cell(row)), end))
            parts.append("</tr>")
        return mark_safe("".join(parts))  # noqa: S308 - every cell was escaped above

    def row_class(self, row) -> str:
        """A class of the style sheet for the row, empty for none."""
        return ""


def _is_numeric(column) -> bool:
    return column.column.attrs.get("td", {}).get("class") == "numeric"


NUMERIC = {"td": {"class": "numeric"}}


class PortfolioTable(FastTable):
    """The nodes of a portfolio with what their newest reports say."""

    title = django_tables2.Column("Project")
    tier = django_tables2.Column("Tier")
    status = django_tables2.Column("Status, last and this period")
    directions = django_tables2.Column("Direction and dimensions", orderable=False)
    score = django_tables2.Column("Score", attrs=NUMERIC)
    next = django_tables2.Column("Next milestone")
    budget = django_tables2.Column("Budget", attrs=NUMERIC)
    report = django_tables2.Column("Report")

    class Meta:
        row_header = "title"

    def __init__(self, rows: list[PortfolioRow], request: HttpRequest, organisation_slug: str, as_at_query: str = ""):
        super().__init__(rows, request)
        # One reversal for the page instead of one a row.
        self.address = reverse("node", args=[organisation_slug, "SLUG"]) + as_at_query

    def row_class(self, row: PortfolioRow) -> str:
        return "table__row--quiet" if row.is_missing else ""

    def cell_title(self, row: PortfolioRow) -> SafeString:
        small = " · ".join(filter(None, (row.reference and f"Ref {row.reference}", row.parent, row.lead)))
        link = format_html('<a href="{}">{}</a>', self.address.replace("SLUG", row.slug), row.title)
        return format_html('{}<span class="cell-note">{}</span>', link, small) if small else link

    def cell_tier(self, row: PortfolioRow) -> str:
        return _tier(row.tier, row.tier_code) if row.tier else ABSENT

    def cell_status(self, row: PortfolioRow) -> SafeString:
        if not row.is_missing:
            return status_pair(row.before, row.status) if row.before else status_tag(row.status)
        if row.report is None:
            return SafeString('<span class="not-reported">Not reported yet</span>')
        return format_html(
            '<span class="not-reported">Not reported; last known {}</span> {}', row.period, status_tag(row.status)
        )

    def cell_directions(self, row: PortfolioRow) -> SafeString:
        if not row.directions:
            return ABSENT
        used: set[str] = set()
        drawn = []
        for title, status, section in row.directions:
            name = title.capitalize() if title.isupper() else title
            if name.lower() in used:
                name = f"{name} ({section.replace('-', ' ')})"
            used.add(name.lower())
            drawn.append(
                format_html(
                    '<span class="cell-pair"><span class="cell-pair__name">{}:</span> {}</span>',
                    name,
                    status_tag(status),
                )
            )
        return SafeString("".join(drawn))

    def cell_score(self, row: PortfolioRow) -> str:
        return ABSENT if row.score is None else f"{row.score.normalize():f}"

    def cell_next(self, row: PortfolioRow) -> str:
        if not row.next_on:
            return ABSENT
        return format_html('{}<span class="cell-note">{}</span>', day(row.next_on), row.next_item)

    def cell_budget(self, row: PortfolioRow) -> str:
        if row.planned is None and row.expected_spend is None:
            return ABSENT
        return format_html(
            '{} planned'
            '<span class="cell-note">{} forecast or spent</span><span class="cell-note">{} remaining</span>',
            money(row.planned), money(row.expected_spend), money(row.remaining),
        )  # fmt: skip

    def cell_report(self, row: PortfolioRow) -> SafeString:
        words = row.period or "None"
        if row.state == ReportState.APPROVED:
            words = f"{row.period}, approved"
        if row.as_at_on:
            said = format_html('{}<span class="cell-note">as at {}</span>', words, day(row.as_at_on))
        else:
            said = format_html("{}", words)
        if row.unfinished is None:
            return said
        return format_html(
            '{}<span class="cell-note">{}: <span class="tag">{}</span></span>',
            said, row.unfinished.period, row.unfinished.state_label,
        )  # fmt: skip


TIER_STYLES = {"gold", "silver", "bronze"}


def _tier(label: str, code: str) -> SafeString:
    style = f" tier--{code}" if code in TIER_STYLES else ""
    return format_html('<span class="tier{}">{}</span>', style, label)
