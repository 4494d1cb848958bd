"""What changed between two periods, days or reports."""

from django.urls import path

from reporting.views import comparison

urlpatterns = [path("compare/<slug:org>/<slug:node>/", comparison.compare, name="compare")]
