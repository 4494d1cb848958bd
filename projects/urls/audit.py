"""The address of the audit trail."""

from django.urls import path

from projects.views.audit import audit

urlpatterns = [path("audit/<slug:org>/", audit, name="audit")]
