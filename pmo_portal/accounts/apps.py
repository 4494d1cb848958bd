from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The people who sign in. What they may do is decided in projects.permissions."""

    name = "pmo_portal.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
