"""How the portal differs from the sign-in library's habits: nobody registers, administrators make the accounts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from pmo_portal.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in with a password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        """A person who chose a password of their own need not be asked for one again."""
        user.must_change_password = False
        super().set_password(user, password)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Sign-in through the council's own provider: it opens accounts that exist, and makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False
