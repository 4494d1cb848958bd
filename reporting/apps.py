from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """What is drawn from the record: dashboards, documents, packs, assurance."""

    name = "reporting"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # The trail needs the models, which exist only from here on.
        from projects import audit  # noqa: PLC0415

        for name in ("FindingAcceptance", "Pack", "PackItem"):
            audit.register(self.get_model(name))
