"""Addresses of the settings: three or four for each declared page, and those of the tree."""

from django.urls import path

from projects.views import accessibility, nodes, series, settings
from projects.views.settings_pages import PAGES

ROOT = "settings/<slug:org>/"


def _addresses(page):
    """The list (rows within others have none of their own), adding, changing, archiving and restoring."""
    root, name, extra = f"{ROOT}{page.key}/", f"settings-{page.key}", {"page": page}
    if not page.parent:
        yield path(root, settings.settings_list, extra, name=name)
    if page.can_add:
        within = "<int:above>/add/" if page.parent else "add/"
        yield path(f"{root}{within}", settings.settings_add, extra, name=f"{name}-add")
    yield path(f"{root}<int:pk>/", settings.settings_change, extra, name=f"{name}-change")
    if page.can_remove:
        yield path(f"{root}<int:pk>/remove/", settings.settings_remove, extra, name=f"{name}-remove")
        if page.has_archive:
            yield path(f"{root}<int:pk>/restore/", settings.settings_restore, extra, name=f"{name}-restore")


urlpatterns = [
    path("accessibility/", accessibility.accessibility, name="accessibility"),
    path(ROOT, settings.settings_home, name="settings"),
    path(f"{ROOT}details/", settings.settings_organisation, name="settings-organisation"),
    path(f"{ROOT}tree/", nodes.node_tree, name="settings-nodes"),
    path(f"{ROOT}tree/<slug:node>/add/", nodes.node_add, name="settings-node-add"),
    path(f"{ROOT}tree/<slug:node>/", nodes.node_change, name="settings-node-change"),
    path(f"{ROOT}tree/<slug:node>/move/", nodes.node_move, name="settings-node-move"),
    path(f"{ROOT}tree/<slug:node>/archive/", nodes.node_archive, name="settings-node-archive"),
    path(f"{ROOT}tree/<slug:node>/restore/", nodes.node_restore, name="settings-node-restore"),
    path(f"{ROOT}tree/<slug:node>/series/", series.node_series, name="settings-node-series"),
    path(f"{ROOT}tree/<slug:node>/series/<int:pk>/", series.node_series_end, name="settings-node-series-end"),
    path(f"{ROOT}calendars/<int:pk>/make/", settings.settings_make_periods, name="settings-make-periods"),
    *(address for page in PAGES for address in _addresses(page)),
]
