"""What came from a workbook says from which cell, when, and by which post; and whether it was edited since."""

import re

import pytest
from django.urls import reverse

from projects.actions.rows import change_row
from projects.models import Import, ImportedValue, PlanItemUpdate, RiskAssessment
from tests import factories
from tests.projects.imports.record import bring_in, newest, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]


@pytest.fixture
def imported(council, tmp_path) -> Import:
    pmo = factories.person("pmo@example.org", council, "pmo", post="Head of the PMO")
    return bring_in(workbook(tmp_path, name="h.xlsx"), council, by=pmo)


def words(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_a_thing_shows_the_cells_that_its_values_came_from(client, council, imported):
    risk = RiskAssessment.objects.get(ref="1").risk
    address = reverse("register-item", args=[council.slug, "homelessness", "risks", risk.pk])
    client.force_login(imported.uploaded_by)
    said = words(client.get(address))
    assert "h.xlsx SHA-256 " + imported.sha256[:12] in said
    assert re.search(r"Residual[\w ]+September 2019 h.xlsx SHA-256 \w+ Dashboard D48 ", said)
    assert "Head of the PMO As imported" in said
    assert reverse("import", args=[imported.pk]) in client.get(address).content.decode()


def test_a_later_edit_is_told_and_only_importers_get_to_the_import(client, council, imported):
    change_row(PlanItemUpdate.objects.get(ref="1"), {"title": "Another"}, by=imported.uploaded_by)
    officer = factories.person("officer@example.org", council, "officer")
    client.force_login(officer)
    response = client.get(reverse("report-sources", args=[newest(council).pk]))
    assert words(response).count("Edited since") == 1
    assert reverse("import", args=[imported.pk]) not in response.content.decode()


def test_a_report_without_imports_says_so(client, council, imported):
    client.force_login(imported.uploaded_by)
    ImportedValue.objects.all().delete()
    assert "Nothing was imported" in words(client.get(reverse("report-sources", args=[newest(council).pk])))


def test_the_editor_tells_the_cells_of_its_section(client, council, imported):
    client.force_login(imported.uploaded_by)
    said = words(client.get(reverse("report-edit-section", args=[newest(council).pk, "high-risk-register"])))
    assert "Dashboard D48" in said
    assert "Dashboard D20" not in said


def test_the_page_costs_the_same_however_much_was_imported(client, council, imported, count_queries):
    client.force_login(imported.uploaded_by)
    address = reverse("report-sources", args=[newest(council).pk])
    client.get(address)
    with count_queries() as many:
        client.get(address)
    kept = ImportedValue.objects.order_by("pk")[:2].values_list("pk", flat=True)
    ImportedValue.objects.exclude(pk__in=list(kept)).delete()
    with count_queries() as few:
        client.get(address)
    assert len(many) == len(few)
