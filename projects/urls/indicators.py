"""Scored lists of a node; its indicators are a register."""

from django.urls import path

from projects.views import indicators

LISTS = "nodes/<slug:org>/<slug:node>/checklists/"

urlpatterns = [
    path(LISTS, indicators.checklists, name="checklists"),
    path(f"{LISTS}<slug:checklist>/", indicators.checklist, name="checklist"),
    path(f"{LISTS}<slug:checklist>/score/", indicators.checklist_score, name="checklist-score"),
]
