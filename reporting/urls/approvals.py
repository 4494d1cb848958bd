"""Approving many reports at once."""

from django.urls import path

from reporting.views import approvals

urlpatterns = [path("approvals/<slug:org>/<slug:node>/", approvals.approvals, name="approvals")]
