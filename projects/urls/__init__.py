"""Addresses of the record: editing, registers, change control, imports, settings."""

from projects.urls import (
    audit,
    changes,
    committees,
    editing,
    groupings,
    imports,
    indicators,
    people,
    registers,
    returns,
    settings,
)

urlpatterns = [
    *groupings.urlpatterns,
    *editing.urlpatterns,
    *registers.urlpatterns,
    *indicators.urlpatterns,
    *returns.urlpatterns,
    *changes.urlpatterns,
    *imports.urlpatterns,
    *settings.urlpatterns,
    *people.urlpatterns,
    *committees.urlpatterns,
    *audit.urlpatterns,
]
