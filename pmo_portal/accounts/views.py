"""Pages of the sign-in library that the portal does not offer."""

from django.http import Http404, HttpRequest, HttpResponse


def no_such_page(request: HttpRequest) -> HttpResponse:
    """Stands before an address of the library and says that there is nothing there."""
    raise Http404
