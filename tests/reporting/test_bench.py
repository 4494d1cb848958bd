"""The benchmarks run to their end, print nothing but figures and leave the configured database alone."""

import json
import os
import subprocess
import sys

from django.conf import settings

# design: the command line; issue: `make bench` prints at least these
FIGURES = {
    "portfolio_page": "ms",
    "dashboard_page": "ms",
    "save_one_edit": "ms",
    "appendix_pdf": "s",
    "workbook_import": "s",
    "import-read-9x4": "s",
    "import_preview-9x4": "s",
    "import_apply-9x4": "s",
    "portfolio_as_at_known": "ms",
    "portfolio_as_at_then": "ms",
    "compare_page": "ms",
    "trend_page": "ms",
    "project_trend_page": "ms",
    "portfolio_status_page": "ms",
    "portfolio_status_pdf": "s",
    "pack_cold": "pages/s",
    "pack_warm": "pages/s",
}

SMALL = ["--projects", "2,3x3", "--long", "3", "--rows", "8", "--turns", "1", "--status", "2,5", "--packs", "1,2"]
SMALL += ["--cells", "9x4"]


def test_bench_prints_json_lines_and_works_on_a_database_of_its_own(tmp_path):
    configured = tmp_path / "configured.sqlite3"
    ended = subprocess.run(
        [sys.executable, "manage.py", "bench", *SMALL],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PORTAL_MODE": "test", "DATABASE_URL": f"sqlite:///{configured}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    figures = [json.loads(line) for line in ended.stdout.splitlines()]
    units = {figure["name"]: figure["unit"] for figure in figures}
    assert units.items() >= FIGURES.items()
    assert all(figure["value"] > 0 and figure["n"] > 0 for figure in figures if figure["name"] != "load_scale")
    assert [figure["projects"] for figure in figures if figure["name"] == "portfolio_page"] == [2, 3]
    assert [figure["periods"] for figure in figures if figure["name"] == "trend_page"] == [3]
    assert all(figure["queries"] > 0 for figure in figures if figure["name"].endswith("_page"))
    read = next(figure for figure in figures if figure["name"] == "import-read-9x4")
    assert min(read["peak_mb"], read["library_peak_mb"], read["library_s"]) > 0
    brought_in = [figure for figure in figures if figure["name"] in ("import_preview-9x4", "import_apply-9x4")]
    assert [figure["values"] for figure in brought_in] == [9 * 13, 9 * 13]  # all but what names the category
    assert next(figure["pages"] for figure in figures if figure["name"] == "appendix_pdf") >= 2
    assert not configured.exists() or configured.stat().st_size == 0
