"""The highlight report editor and the steps of a report."""

from django.urls import path

from projects.views import checkpoints, editing, workflow

urlpatterns = [
    path("nodes/<slug:org>/<slug:node>/periods/", editing.report_periods, name="report-periods"),
    path("nodes/<slug:org>/<slug:node>/open/", editing.report_open, name="report-open"),
    path("reports/<int:pk>/edit/", editing.report_edit, name="report-edit"),
    path("reports/<int:pk>/edit/<slug:section>/", editing.report_edit_section, name="report-edit-section"),
    path(
        "reports/<int:pk>/edit/<slug:section>/remove/<slug:row>/", editing.report_row_remove, name="report-row-remove"
    ),
    path("reports/<int:pk>/propose-change/", checkpoints.report_propose_change, name="report-propose-change"),
    path("reports/<int:pk>/below/", editing.report_below, name="report-below"),
    path("reports/<int:pk>/take-over/", editing.report_take_over, name="report-take-over"),
    path("reports/<int:pk>/print/", editing.report_print, name="report-print"),
    path("reports/<int:pk>/submit/", workflow.report_submit, name="report-submit"),
    path("reports/<int:pk>/pull-back/", workflow.report_pull_back, name="report-pull-back"),
    path("reports/<int:pk>/sign-off/", workflow.report_sign_off, name="report-sign-off"),
    path("reports/<int:pk>/return/", workflow.report_return, name="report-return"),
    path("reports/<int:pk>/approve/", workflow.report_approve, name="report-approve"),
    path("reports/<int:pk>/publish/", workflow.report_publish, name="report-publish"),
    path("reports/<int:pk>/correct/", workflow.report_correct, name="report-correct"),
    path("reports/<int:pk>/discard/", workflow.report_discard, name="report-discard"),
]
