"""Large workbooks are read and brought in by the worker, whole or not at all."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from projects.imports import progress
from projects.imports.background import cancel, take_up_abandoned, work
from projects.imports.child import ReadingLimitReached
from projects.models import Import, ImportedValue, RiskAssessment
from tests import factories
from tests.projects.imports.record import bring_in, counts, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]


@pytest.fixture
def browser(client, council):
    client.force_login(factories.person("pmo@example.org", council, "pmo"))
    return client


@pytest.fixture
def large_plans(settings):
    settings.IMPORT_VALUES_AT_ONCE = 10


def load(browser, path) -> Import:
    uploaded = SimpleUploadedFile(path.name, path.read_bytes())
    browser.post(reverse("import-new"), {"organisation": "westshire", "file": uploaded})
    return Import.objects.latest("pk")


def asked_for(browser, tmp_path) -> Import:
    """A preview that somebody has asked the worker to bring in."""
    imported = load(browser, workbook(tmp_path))
    keys = [row["key"] for part in imported.plan["parts"] for row in part["rows"]]
    browser.post(reverse("import-apply", args=[imported.pk]), {"bring": keys})
    imported.refresh_from_db()
    assert imported.state == Import.State.APPLYING
    return imported


def words(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def written(model) -> list[tuple]:
    """What the rows of a table say, without what tells one import from another."""
    skipped = {"id", "marks", "imported_id", "row_id", "report_id", "risk_id", "version"}
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in skipped]
    return sorted(map(str, model.objects.values_list(*names)))


@pytest.mark.parametrize("reason", ["size", "limits"])
def test_a_large_file_is_read_by_the_worker(browser, tmp_path, settings, monkeypatch, reason):
    if reason == "size":
        settings.IMPORT_BYTES_AT_ONCE = 1_000
        imported = load(browser, workbook(tmp_path))
    else:
        with monkeypatch.context() as reading:
            reading.setattr("projects.imports.plan.read_safely", _too_slow)
            imported = load(browser, workbook(tmp_path))
    address = reverse("import", args=[imported.pk])
    assert imported.state == Import.State.READING
    assert "Waiting for the worker" in words(browser.get(address))
    assert "1 kB is read in the background" in words(browser.get(reverse("import-new"))) or reason == "limits"
    work(imported.pk, str(imported.run))
    (notice,) = mail.outbox
    assert notice.subject.startswith("Ready to be looked at: a workbook of ")
    assert "homelessness" not in notice.body
    said = words(browser.get(address))
    assert re.search(r"Bring in \d+ values", said)
    assert browser.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def _too_slow(path, **options):
    raise ReadingLimitReached("The workbook takes too long to read.")


def test_what_the_worker_cannot_read_is_said_and_tried_again(browser, tmp_path, settings, monkeypatch):
    settings.IMPORT_BYTES_AT_ONCE = 1_000
    imported = load(browser, workbook(tmp_path))
    with monkeypatch.context() as reading:
        reading.setattr("projects.imports.plan.read_safely", _too_slow)
        work(imported.pk, str(imported.run))
    (notice,) = mail.outbox
    assert notice.subject.startswith("Not read: a workbook of ")
    assert notice.body.startswith("Not read: The workbook takes too long to read.")
    address = reverse("import", args=[imported.pk])
    assert "takes too long to read" in words(browser.get(address))
    browser.post(reverse("import-again", args=[imported.pk]))
    imported.refresh_from_db()
    browser.post(reverse("import-cancel", args=[imported.pk]))
    assert "Cancelled" in words(browser.get(address))
    work(imported.pk, str(imported.run))  # the run that was cancelled
    imported.refresh_from_db()
    assert imported.state == Import.State.NOT_READ


@pytest.mark.parametrize("view", ["import-posts", "import-answers", "import-period"])
def test_a_small_file_that_costs_too_much_is_previewed_again_by_the_worker(browser, tmp_path, monkeypatch, view):
    imported = load(browser, workbook(tmp_path))
    monkeypatch.setattr("projects.imports.plan.read_safely", _too_slow)
    asked = browser.post(reverse(view, args=[imported.pk]), {"period": "2019-07"}, follow=True)
    assert "Waiting for the worker" in words(asked)


def test_the_worker_writes_what_the_page_would_have(browser, council, tmp_path, large_plans):
    imported = asked_for(browser, tmp_path)
    address = reverse("import", args=[imported.pk])
    said = words(browser.get(address))
    assert "Being brought in" in said
    assert "Waiting for the worker" in said
    work(imported.pk, str(imported.run))
    imported.refresh_from_db()
    assert (imported.state, imported.run, imported.problem) == (Import.State.APPLIED, None, "")
    by_the_worker = written(RiskAssessment), written(ImportedValue)
    assert by_the_worker[0]
    browser.post(reverse("import-undo", args=[imported.pk]))
    ImportedValue.objects.all().delete()
    bring_in(workbook(tmp_path), council)
    assert (written(RiskAssessment), written(ImportedValue)) == by_the_worker


def test_a_run_that_dies_has_written_nothing_and_is_taken_up_again(browser, tmp_path, large_plans, monkeypatch):
    imported = asked_for(browser, tmp_path)
    before = counts()

    class Killed(BaseException):
        """What no code of the portal catches."""

    def killed(*given, **more):
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(ImportedValue.objects, "bulk_create", killed)
        dying.setattr("projects.imports.apply.ImportedValue.objects.bulk_create", killed)
        with pytest.raises(Killed):
            work(imported.pk, str(imported.run))
    assert counts() == before
    runs, later = [], timezone.now() + timedelta(minutes=5)
    assert take_up_abandoned(lambda *given: runs.append(given)) == 0
    assert take_up_abandoned(lambda *given: runs.append(given), now=later) == 1
    work(imported.pk, str(imported.run))  # thought dead: another has taken its place
    assert counts() == before
    work(*runs[0])
    imported.refresh_from_db()
    assert imported.state == Import.State.APPLIED


def test_a_run_is_broken_off_three_times_at_most(browser, tmp_path, large_plans):
    imported = asked_for(browser, tmp_path)
    later = timezone.now() + timedelta(minutes=5)
    assert [take_up_abandoned(lambda *given: None, now=later) for _ in range(3)] == [1, 1, 0]
    said = words(browser.get(reverse("import", args=[imported.pk])))
    assert "broken off 3 times; nothing was changed" in said
    assert re.search(r"Bring in \d+ values", said)


def test_a_run_that_writes_is_stopped_where_it_says_how_far_it_is(browser, tmp_path, large_plans, monkeypatch):
    imported = asked_for(browser, tmp_path)
    before = counts()

    def told_and_cancelled(self, said):
        self.place.write_text(said)
        cancel(imported)
        real(self, said)

    real = progress.Progress.__call__
    monkeypatch.setattr(progress.Progress, "__call__", told_and_cancelled)
    work(imported.pk, str(imported.run))
    assert counts() == before
    assert "Cancelled; nothing was changed." in words(browser.get(reverse("import", args=[imported.pk])))


def test_a_run_that_was_cancelled_and_then_died_is_not_taken_up_again(browser, tmp_path, large_plans):
    imported = asked_for(browser, tmp_path)
    place = progress.Progress(imported.run).place
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("Writing")
    browser.post(reverse("import-cancel", args=[imported.pk]))
    later = timezone.now() + timedelta(minutes=5)
    assert take_up_abandoned(lambda *given: None, now=later) == 0
    imported.refresh_from_db()
    assert (imported.state, imported.problem) == (Import.State.PREVIEWED, "Cancelled; nothing was changed.")
    assert not place.exists()


def test_a_record_that_moved_is_previewed_again(browser, council, tmp_path, large_plans):
    imported = asked_for(browser, tmp_path)
    factories.project(council, title="Another")
    work(imported.pk, str(imported.run))
    imported.refresh_from_db()
    assert imported.state == Import.State.PREVIEWED
    assert "This is the new preview." in words(browser.get(reverse("import", args=[imported.pk])))


def test_a_run_shows_that_it_lives_while_it_waits(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    run = "4bfa7c3e-6a55-4c0b-8e53-0f4b6d7c9a11"
    monkeypatch.setattr(progress, "BEAT_EVERY", 0.01)
    with progress.alive(run) as tell:
        tell("Reading")
        then = progress.heard_of(run)
        for _ in range(200):
            if progress.heard_of(run) > then:
                break
            progress.threading.Event().wait(0.01)
        assert (progress.heard_of(run) > then, progress.told(run)) == (True, "Reading")
    assert progress.heard_of(run) is None


def test_a_long_preview_has_pages_and_keeps_what_is_chosen_on_each(browser, tmp_path, monkeypatch):
    monkeypatch.setattr("projects.views.imports.PLANNED_ROWS_A_PAGE", 10)
    imported = load(browser, workbook(tmp_path))
    address = reverse("import", args=[imported.pk])
    first = words(browser.get(address))
    before = int(re.search(r"Bring in (\d+) values", first)[1])
    shown = re.findall(r'name="shown" value="([^"]+)"', first)
    bring = re.findall(r'name="bring" value="([^"]+)"', first)
    answer = browser.post(
        reverse("import-choices", args=[imported.pk]), {"shown": shown, "bring": bring[1:], "to": "2"}, follow=True
    )
    second = words(answer)
    assert len(shown) == 10
    assert not set(shown) & set(re.findall(r'name="shown" value="([^"]+)"', second))
    assert int(re.search(r"Bring in (\d+) values", second)[1]) < before
    own = {"shown": re.findall(r'name="shown" value="([^"]+)"', second)}
    own["bring"] = re.findall(r'name="bring" value="([^"]+)"', second)
    browser.post(reverse("import-apply", args=[imported.pk]), own)
    imported.refresh_from_db()
    assert imported.state == Import.State.APPLIED
    assert set(imported.choices["left_out"]) & {*bring, *own["bring"]} == {bring[0]}
