"""A large register for measuring imports: what a council's risk system hands over after ten years, in one sheet."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from openpyxl import Workbook

from projects.models import ImportLayout, Organisation

LAYOUT = "risk-log"
KNOWN = (
    ("risk.ref", "Ref", {"required": True}),
    ("risk.detail", "Risk", {"required": True}),
    ("risk.category", "Category", {}),
    ("risk.impact_text", "Impact of the risk", {}),
    ("risk.controls", "Controls", {}),
    ("risk.residual_impact", "Impact", {"type": "integer"}),
    ("risk.residual_likelihood", "Likelihood", {"type": "integer"}),
    ("risk.residual_band", "Residual", {"type": "status", "subject": "risk_band"}),
    ("risk.further_actions", "Further actions", {}),
    ("risk.action_owner", "Action owner", {}),
    ("risk.timescale", "Timescale", {}),
    ("risk.last_reviewed", "Last reviewed", {"type": "written_date"}),
    ("risk.review", "Next review", {"type": "written_date"}),
    ("risk.comment", "Progress", {}),
)
BANDS = ("Low", "Medium", "High")
# A process of its own, so that its memory can be told: preview and keep, or apply what was kept.
PREVIEW = """
from projects.imports.apply import keep_import
from projects.imports.child import TASK
from projects.imports.plan import plan_workbook
from projects.models import Organisation
council = Organisation.objects.get(slug=sys.argv[2])
started = time.perf_counter()
plan = plan_workbook(Path(sys.argv[1]), council, layout=sys.argv[3], limits=TASK)
problem = plan.blocked or [one.message for one in plan.errors[:1]]
values, kept = plan.to_bring_in, keep_import(Path(sys.argv[1]), plan, organisation=council, by=None).pk
"""
APPLY = """
from projects.imports.apply import apply_import
from projects.models import Import
started = time.perf_counter()
applied = apply_import(Import.objects.defer("plan").get(pk=int(sys.argv[1])), by=None, is_trusted=True)
problem, values, kept = "", applied.values.count(), applied.pk
"""
BEFORE = """
import json, os, resource, sys, time
from pathlib import Path
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "pmo_portal.settings"
django.setup()
"""
AFTER = """
seconds = time.perf_counter() - started
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
cpu = sum(one.ru_utime + one.ru_stime for one in used)
if problem:
    sys.exit(str(problem))
peak_mb = round(max(one.ru_maxrss for one in used) / 1024)
told = {"seconds": round(seconds, 2), "cpu_s": round(cpu, 2), "peak_mb": peak_mb, "values": values, "kept": kept}
print(json.dumps(told))
"""


def save_layout(organisation: Organisation) -> None:
    """The layout of the register, as an administrator saves one."""
    fields = [{"key": key, "labels": [heading], **more} for key, heading, more in KNOWN]
    register = {
        "key": "risks", "kind": "table", "title": "Risks", "record": "risk", "id": "risk.ref", "required": True,
        "fields": fields,
    }  # fmt: skip
    heading = {
        "key": "heading", "kind": "banner", "title": "heading", "within_rows": 1,
        "fields": [{"key": "node.title", "labels": ["* risk log"]}],
    }  # fmt: skip
    ImportLayout.objects.create(
        organisation=organisation,
        slug=LAYOUT,
        name="Risk log",
        declaration={
            "format": 1, "name": LAYOUT, "version": 1, "title": "Risk log", "documents": ["project-dashboard"],
            "sheets": [{"key": "log", "titles": ["Risk log"], "blocks": [heading, register]}],
        },
    )  # fmt: skip


def register(path: Path, project: str, rows: int, columns: int) -> Path:
    """A workbook of so many risks of a project; what the portal has no place for fills the further columns."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Risk log")
    sheet.append([f"{project} risk log"])
    more = columns - len(KNOWN)
    sheet.append([*(heading for _, heading, _ in KNOWN), *(f"System field {number + 1}" for number in range(more))])
    for row in range(1, rows + 1):
        score = 1 + row % 4
        known = [
            row, f"Supplier {row} is late with lot {row % 250}", f"Category {row % 12}", f"Lot {row % 250} waits",
            f"Meeting with the supplier every {row % 5 + 2} weeks", score, 1 + row % 3, BANDS[row % 3],
            f"Call off lot {row % 250} from another", f"Head of Service {row % 30}", f"Q{score} 2019",
            "Mar-19", "Oct-19", f"Reviewed {row % 9} times",
        ]  # fmt: skip
        sheet.append([*known, *(row * column if column % 2 else f"Value {row % 97}" for column in range(more))])
    workbook.save(path)
    return path


def previewed(path: Path, organisation: str) -> dict:
    """Seconds, MB and values of previewing a workbook and keeping the preview."""
    return _in_a_process(PREVIEW, str(path), organisation, LAYOUT)


def applied(kept: int) -> dict:
    """Seconds, MB and values of bringing in what was previewed."""
    return _in_a_process(APPLY, str(kept))


def _database_url() -> str:
    """The address of the database in use now, which may be one made for the occasion."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def _in_a_process(work: str, *given: str) -> dict:
    ended = subprocess.run(
        [sys.executable, "-c", f"{BEFORE}{work}{AFTER}", *given],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": _database_url(), "MEDIA_ROOT": str(settings.MEDIA_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"Nothing to measure: {ended.stderr[-2000:]}")
    return json.loads(ended.stdout)
