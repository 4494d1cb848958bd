"""Large documents are drawn in the background for the person who asked."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from reporting import exporting
from reporting.exporting import cancel_export, draw_export, take_up_abandoned, tidy_exports
from reporting.models import Export
from tests import factories
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def large(project, monkeypatch):
    """The council's status report, said to be large."""
    monkeypatch.setattr(exporting, "MOST_DRAWN_AT_ONCE", 0)
    factories.published(project)
    org = project.organisation.slug
    return f"{reverse('document', args=['portfolio-status', org, org])}?format=pdf"


def asked(client, large) -> Export:
    page = client.get(large)
    where = reverse("export-ask", args=["portfolio-status", *large.split("?")[0].strip("/").split("/")[-2:]])
    assert f"{where}?format=pdf" in page.content.decode()
    answer = client.post(f"{where}?format=pdf")
    export = Export.objects.first()
    assert answer.url == reverse("export", args=[export.pk])
    return export


def test_a_large_file_is_asked_for_drawn_and_fetched_by_the_same_person(client, director, pmo, project, large):
    client.force_login(director)
    export = asked(client, large)
    assert "Waiting for the worker" in client.get(reverse("export", args=[export.pk])).content.decode()
    draw_export(export.pk, str(export.run))
    export.refresh_from_db()
    assert (export.state, export.problem) == ("ready", "")
    assert [each.to for each in mail.outbox] == [[director.email]]
    assert export.name in client.get(reverse("documents")).content.decode()
    answer = client.get(reverse("export-file", args=[export.pk]))
    file = b"".join(answer.streaming_content)
    assert_pdf_ua(file)
    assert project.title in pdf_text(file)
    assert "Page 1 of" in pdf_text(file)
    client.force_login(pmo)
    assert client.get(reverse("export-file", args=[export.pk])).status_code == 404
    assert tidy_exports(now=timezone.now() + timedelta(days=15)) == 1
    assert not export.file.storage.exists(export.file.name)


def test_a_cancelled_drawing_writes_nothing_and_is_asked_for_again(client, director, large):
    client.force_login(director)
    export = asked(client, large)
    client.post(reverse("export-cancel", args=[export.pk]))
    draw_export(export.pk, str(export.run))
    export.refresh_from_db()
    assert (export.state, export.problem, export.file.name) == ("failed", "Cancelled.", "")
    client.post(reverse("export-again", args=[export.pk]))
    export.refresh_from_db()
    assert (export.state, export.problem) == ("at_work", "")


def test_one_without_a_sign_of_life_is_taken_up_again_three_times(client, director, large):
    client.force_login(director)
    export = asked(client, large)
    later, runs = timezone.now() + timedelta(minutes=5), []
    assert [take_up_abandoned(lambda *given: runs.append(given), now=later) for _ in range(3)] == [1, 1, 0]
    draw_export(export.pk, str(export.run))  # the first, thought dead
    export.refresh_from_db()
    assert (export.state, len(runs), export.file.name) == ("failed", 2, "")
    cancel_export(export)
    export.refresh_from_db()
    assert export.problem.startswith("The work was broken off 3 times")
