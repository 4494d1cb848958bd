"""The page that a monitor asks whether the portal is well."""

from django.contrib.auth.decorators import login_not_required
from health_check.views import HealthCheckView

health = login_not_required(HealthCheckView.as_view(checks=["health_check.checks.Database"]))
