"""Committees: cover reports listed, written, published; work programmes; minutes."""

from django.urls import path

from projects.views import committees, minutes, work_programme

ONE = "committee-reports/<slug:org>/<slug:slug>/"
PROGRAMME = "committees/<slug:org>/<int:pk>/work-programme/"
LINE = "work-programme/<slug:org>/<int:pk>/"

urlpatterns = [
    path("committee-reports/<slug:org>/", committees.committee_reports, name="committee-reports"),
    path("committee-reports/<slug:org>/new/", committees.committee_report_new, name="committee-report-new"),
    path(ONE, committees.committee_report, name="committee-report"),
    path(f"{ONE}edit/", committees.committee_report_edit, name="committee-report-edit"),
    path(f"{ONE}publish/", committees.committee_report_publish, name="committee-report-publish"),
    path(f"{ONE}clear/<int:pk>/", committees.committee_report_clear, name="committee-report-clear"),
    path(f"{ONE}open/", committees.committee_report_open, name="committee-report-open"),
    path(f"{ONE}discard/", committees.committee_report_discard, name="committee-report-discard"),
    path("committees/<slug:org>/", work_programme.committees, name="committees"),
    path(PROGRAMME, work_programme.work_programme, name="work-programme"),
    path(f"{PROGRAMME}add/", work_programme.work_programme_add, name="work-programme-add"),
    path("committees/<slug:org>/<int:pk>/meetings/add/", minutes.meeting_add, name="meeting-add"),
    path(LINE, work_programme.work_programme_item, name="work-programme-item"),
    path(f"{LINE}shift/", work_programme.work_programme_shift, name="work-programme-shift"),
    path(f"{LINE}remove/", work_programme.work_programme_remove, name="work-programme-remove"),
    path(f"{LINE}restore/", work_programme.work_programme_restore, name="work-programme-restore"),
    path("resolutions/<slug:org>/<int:pk>/action/", minutes.resolution_action, name="resolution-action"),
    path("meetings/<slug:org>/<int:pk>/minutes/", minutes.minutes_edit, name="minutes-edit"),
]
