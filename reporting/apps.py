from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """What is drawn from the record: dashboards, documents, packs, assurance."""

    name = "reporting"
    default_auto_field = "django.db.models.BigAutoField"
