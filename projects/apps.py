from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """The record: what the council knows, and who may change it."""

    name = "projects"
    default_auto_field = "django.db.models.BigAutoField"
