"""A real worker, killed half-way: nothing is lost and its work is taken up again."""

import os
import sys
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from pmo_portal.processes import start_child
from reporting.assembling import ask_for_pack, begin_pack
from reporting.models import Pack
from reporting.tasks import assemble_pack, take_up_packs
from tests import factories
from tests.races.conftest import database_url
from tests.reporting.documents.pdfua import assert_pdf_ua
from tests.reporting.test_assembling import content_of, cover, meeting

__all__ = ["meeting"]  # a fixture
PATIENCE = 240  # seconds: a machine busy with other tests is no fault of the worker


def worker(*options):
    environment = os.environ | {
        "PORTAL_MODE": "development",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": database_url(),
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "EMAIL_URL": "dummymail://",
    }
    command = [sys.executable, "manage.py", "db_worker", "--interval", "0.1", "--no-startup-delay", *options]
    return start_child(command, cwd=settings.BASE_DIR, env=environment)


def parts():
    """Every part that is kept, with what tells whether it was written anew."""
    return {file: file.stat().st_ino for file in settings.MEDIA_ROOT.glob("parts/*/*.pdf")}


@pytest.fixture
def organisation(transactional_db):
    return factories.council()


def test_a_worker_killed_half_way_loses_nothing_and_its_pack_is_taken_up_again(
    organisation, meeting, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    by = factories.system_user()
    report = cover(meeting, None, publish=False)
    for number in range(6):
        node = factories.project(organisation, f"project-{number}", f"Project {number}")
        factories.published(node)
        report.appendices.create(
            organisation=organisation,
            node=node,
            label=f"Appendix {number}",
            title=node.title,
            document="project-dashboard",
        )
    pack = begin_pack(meeting, [report], by=by)
    ask_for_pack(pack, by=by, enqueue=assemble_pack.enqueue)

    first = worker()
    ends = time.monotonic() + PATIENCE
    while not parts():
        assert time.monotonic() < ends, "The worker has drawn nothing."
        time.sleep(0.05)
    first.kill()
    first.wait()
    drawn = parts()
    pack.refresh_from_db()
    assert (pack.state, pack.files.count()) == ("assembling", 0)
    assert 0 < len(drawn) < 7

    Pack.objects.update(beat_at=timezone.now() - timedelta(minutes=5))
    take_up_packs.enqueue()  # as the scheduler does every minute
    second = worker("--batch")
    assert second.wait(PATIENCE) == 0
    pack.refresh_from_db()
    assert (pack.state, pack.tries, pack.problem) == ("ready", 2, "")
    now = parts()
    assert {file: now[file] for file in drawn} == drawn
    assert_pdf_ua(content_of(pack.files.get(ending="pdf", is_whole=True)))
