"""Every address of the portal."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from pmo_portal.accounts.views import no_such_page
from pmo_portal.health import health
from pmo_portal.styleguide import styleguide
from projects.permissions import needs

# The Django admin asks for the portal's own sign-in, with its lock-out and second factor.
admin.site.login = secure_admin_login(admin.site.login)

urlpatterns = [
    path("health/", health, name="health"),
    path("admin/", admin.site.urls),
    # An address is the sign-in name and is changed by an administrator, not by its owner.
    path("account/email/", no_such_page),
    path("account/", include("allauth.urls")),
    path("", include("projects.urls")),
    path("", include("reporting.urls")),
]

if settings.MODE != "production":
    urlpatterns += [path("styleguide/", needs(None)(styleguide), name="styleguide")]
