"""The tree of nodes: portfolios, and the newest report and the history of each."""

from django.urls import path

from reporting.views import exceptions, nodes, portfolio, rollup, trends

urlpatterns = [
    path("portfolio/<slug:org>/<slug:node>/", portfolio.portfolio, name="portfolio"),
    path(
        "portfolio/<slug:org>/<slug:node>/spreadsheet/", portfolio.spreadsheet_portfolio, name="spreadsheet-portfolio"
    ),
    path("rollup/<slug:org>/<slug:node>/", rollup.rollup, name="rollup"),
    path("exceptions/<slug:org>/<slug:node>/", exceptions.exceptions, name="exceptions"),
    path("severity/<slug:org>/", rollup.severity_mapping, name="severity-mapping"),
    path("nodes/<slug:org>/<slug:node>/", nodes.node_page, name="node"),
    path("nodes/<slug:org>/<slug:node>/history/", nodes.node_history, name="node-history"),
    path("nodes/<slug:org>/<slug:node>/trends/", trends.trends, name="trends"),
    path("reports/<int:pk>/", nodes.report_page, name="report"),
]
