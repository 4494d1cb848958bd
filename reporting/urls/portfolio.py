"""The tree of nodes: portfolios, and the newest report and the history of each."""

from django.urls import path

from reporting.views import nodes, portfolio, trends

urlpatterns = [
    path("portfolio/<slug:org>/<slug:node>/", portfolio.portfolio, name="portfolio"),
    path("nodes/<slug:org>/<slug:node>/", nodes.node_page, name="node"),
    path("nodes/<slug:org>/<slug:node>/history/", nodes.node_history, name="node-history"),
    path("nodes/<slug:org>/<slug:node>/trends/", trends.trends, name="trends"),
    path("reports/<int:pk>/", nodes.report_page, name="report"),
]
