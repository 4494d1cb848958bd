"""The accessibility statement, open to everybody."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from projects.permissions import needs


@login_not_required
@needs(None)
def accessibility(request: HttpRequest) -> HttpResponse:
    """What is done so that everybody can use the portal, and what is known not to work."""
    return render(request, "projects/accessibility.html")
