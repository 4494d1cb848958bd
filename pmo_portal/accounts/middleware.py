"""What is asked of a signed-in person before any page answers."""

from collections.abc import Callable
from time import time

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

GetResponse = Callable[[HttpRequest], HttpResponse]

# Noting each page would cost each page a write; half a minute of error in an hour harms nobody.
NOTE_EVERY_SECONDS = 30


class IdleSessionMiddleware:
    """Signs a person out who has asked for no page during settings.SESSION_IDLE_SECONDS."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time())
            seen_at = request.session.get("seen_at", now)
            if now - seen_at > settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif now - seen_at >= NOTE_EVERY_SECONDS or "seen_at" not in request.session:
                request.session["seen_at"] = now
        return self.get_response(request)


class PasswordChangeMiddleware:
    """Sends a person whose password was set by an administrator to choose their own before anything else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.must_change_password:
            change = reverse("account_change_password")
            if request.path_info not in {change, reverse("account_logout")} and not request.path_info.startswith(
                settings.STATIC_URL
            ):
                return redirect(change)
        return self.get_response(request)
