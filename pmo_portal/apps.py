from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The commands that run the portal itself: the scheduler and the demonstration."""

    name = "pmo_portal"
    label = "portal"
