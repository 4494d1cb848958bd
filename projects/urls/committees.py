"""Cover reports to committees: listed, written, published."""

from django.urls import path

from projects.views import committees

ONE = "committee-reports/<slug:org>/<slug:slug>/"

urlpatterns = [
    path("committee-reports/<slug:org>/", committees.committee_reports, name="committee-reports"),
    path("committee-reports/<slug:org>/new/", committees.committee_report_new, name="committee-report-new"),
    path(ONE, committees.committee_report, name="committee-report"),
    path(f"{ONE}edit/", committees.committee_report_edit, name="committee-report-edit"),
    path(f"{ONE}publish/", committees.committee_report_publish, name="committee-report-publish"),
    path(f"{ONE}discard/", committees.committee_report_discard, name="committee-report-discard"),
]
