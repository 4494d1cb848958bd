"""Small questions that the sign-in libraries ask of us."""

from collections.abc import Mapping

from django.http import HttpRequest


def typed_address(request: HttpRequest, credentials: Mapping[str, str] | None) -> str | None:
    """The e-mail address somebody tried to sign in with, for counting failures; None when none was typed."""
    typed = (credentials or {}).get("email") or (credentials or {}).get("username") or request.POST.get("login")
    return typed.strip().lower() if typed else None
