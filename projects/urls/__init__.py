"""Addresses of the record: editing, registers, change control, imports, settings."""

from projects.urls import audit, changes, committees, editing, imports, people, registers, returns, settings

urlpatterns = [
    *editing.urlpatterns,
    *registers.urlpatterns,
    *returns.urlpatterns,
    *changes.urlpatterns,
    *imports.urlpatterns,
    *settings.urlpatterns,
    *people.urlpatterns,
    *committees.urlpatterns,
    *audit.urlpatterns,
]
