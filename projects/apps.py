from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class ProjectsConfig(AppConfig):
    """The record: what the council knows, and who may change it."""

    name = "projects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # Both modules need the models, which exist only from here on.
        from projects import audit, immutability  # noqa: PLC0415

        audit.register_record()
        pre_migrate.connect(immutability.remove, sender=self, dispatch_uid="lift refusals")
        post_migrate.connect(immutability.install, sender=self, dispatch_uid="install refusals")
