"""import_workbook and export_workbook: what they print, how they end, and that a preview changes nothing."""

import json

import openpyxl
import pytest
from django.core.management import call_command

from projects.models import Import, Report
from tests import factories
from tests.projects.imports.record import counts, newest, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(capsys):
    """Run a command; what it printed, what it said on standard error, how it ended."""

    def run(*arguments):
        code = 0
        try:
            call_command(*(str(argument) for argument in arguments))
        except SystemExit as end:
            code = end.code
        printed = capsys.readouterr()
        return printed.out, printed.err, code

    return run


def test_a_preview_prints_the_counts_as_json_and_changes_nothing(council, tmp_path, run):
    before = counts()
    out, err, code = run("import_workbook", workbook(tmp_path), "--json")
    said = json.loads(out)
    assert {name: said[name] for name in said if name not in ("controls", "warnings")} == {
        "layout": "project-dashboard",
        "create": said["create"],
        "update": 1,
        "unchanged": 0,
        "conflicts": 0,
        "errors": [],
        "ignored": [],
        "refused_rows": [],
        "questions": [],
        "needs": "",
    }
    assert json.loads(out)["create"] > 100
    assert (err, code, counts()) == ("", 0, before)


def test_a_preview_names_every_value_and_its_cell(council, tmp_path, run):
    out, _, code = run("import_workbook", workbook(tmp_path))
    assert "D20 PLANNED BUDGET: – → £601,400" in out
    assert "a past period without a report: it becomes an approved report, marked as imported." in out
    assert code == 0


def test_commit_brings_in_once(council, tmp_path, run):
    path = workbook(tmp_path)
    _, err, code = run("import_workbook", path, "--commit")
    assert (err, code, newest(council).state) == ("", 0, "approved")
    kept = Import.objects.get()
    assert (kept.file_name, kept.state, len(kept.sha256)) == ("homelessness-2019-07.xlsx", "applied", 64)
    with kept.file.open("rb") as stored:
        assert stored.read() == path.read_bytes()
    before = counts()
    out, _, code = run("import_workbook", path, "--commit")
    assert "There is nothing to bring in: the record says all of it already." in out
    assert (code, counts()) == (0, before)


def test_errors_in_cells_end_with_1_and_change_nothing(council, tmp_path, run):
    before = counts()
    path = workbook(tmp_path, cells={"E38": "MAUVE", "D20": "lots"})
    out, err, code = run("import_workbook", path, "--json", "--commit")
    assert [(one["sheet"], one["cell"]) for one in json.loads(out)["errors"]] == [
        ("Dashboard", "D20"),
        ("Dashboard", "E38"),
    ]
    assert (
        err.strip() == "2 problems in the cells of the workbook: correct them and import it again; nothing was changed."
    )
    assert (code, counts()) == (1, before)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"Milestones are on track.", "The file is named .xlsx but is a text file, not a workbook."),
        (b"", "The file is empty."),
        (b"PK\x03\x04 and then nothing", "The file is damaged or cut short"),
    ],
)
def test_a_refused_file_ends_with_2_in_one_sentence(council, tmp_path, run, content, sentence):
    path = tmp_path / "dashboard.xlsx"
    path.write_bytes(content)
    before = counts()
    out, err, code = run("import_workbook", path, "--commit", "--json")
    assert (out, code, counts()) == ("", 2, before)
    assert err.startswith(sentence)


def test_a_missing_file_ends_with_2(council, tmp_path, run):
    assert run("import_workbook", tmp_path / "none.xlsx")[1:] == ("There is no such file.\n", 2)


def test_the_organisation_must_be_said_where_there_are_several(council, tmp_path, run):
    factories.council(name="Elsewhere", slug="elsewhere")
    path = workbook(tmp_path)
    said = "Say which organisation the workbook is of with --organisation: elsewhere, westshire.\n"
    assert run("import_workbook", path)[1:] == (said, 2)
    assert run("import_workbook", path, "--organisation", "westshire")[1:] == ("", 0)
    said = "There is no organisation nowhere. Choose one with --organisation: elsewhere, westshire.\n"
    assert run("import_workbook", path, "--organisation", "nowhere")[1:] == (said, 2)


def test_the_council_that_has_the_project_is_taken_where_none_is_said(council, tmp_path, run):
    factories.council(name="Elsewhere", slug="elsewhere")
    path = workbook(tmp_path)
    assert run("import_workbook", path, "--organisation", "westshire", "--commit")[1:] == ("", 0)
    out, err, code = run("import_workbook", path, "--json")
    assert (json.loads(out)["create"], json.loads(out)["update"], err, code) == (0, 0, "", 0)


def test_a_file_in_no_layout_is_refused_before_the_council_is_asked(council, tmp_path, run):
    factories.council(name="Elsewhere", slug="elsewhere")
    path = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(path)
    out, err, code = run("import_workbook", path)
    assert (out, code) == ("", 2)
    assert "--organisation" not in err


def test_without_an_organisation_there_is_nothing_to_import_into(db, tmp_path, run):
    assert run("import_workbook", workbook(tmp_path))[1:] == (
        "There is no organisation yet. Make one with create_administrator.\n",
        2,
    )


def test_a_report_awaiting_approval_is_refused(council, tmp_path, run):
    run("import_workbook", workbook(tmp_path, name="h.xlsx"), "--commit")
    Report.objects.update(state="submitted")
    before = counts()
    _, err, code = run("import_workbook", workbook(tmp_path, name="h.xlsx", cells={"D21": 1}), "--commit")
    assert err.startswith("The report for September 2019 is submitted.")
    assert (code, counts()) == (2, before)


def test_export_writes_what_import_reads(council, tmp_path, run):
    run("import_workbook", workbook(tmp_path), "--commit")
    path = tmp_path / "out.xlsx"
    assert run("export_workbook", "westshire/homelessness", "-o", path)[1:] == ("", 0)
    said = json.loads(run("import_workbook", path, "--json")[0])
    assert (said["create"], said["update"], said["conflicts"], said["errors"]) == (0, 0, 0, [])
    assert said["unchanged"] > 100


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ("westshire/nothing", "There is no node westshire/nothing. Name it as organisation/slug.\n"),
        ("westshire", "Westshire Council has no report yet; there is nothing to export.\n"),
    ],
)
def test_export_says_what_is_missing(council, tmp_path, run, node, said):
    assert run("export_workbook", node, "-o", tmp_path / "out.xlsx")[1:] == (said, 2)
    assert not (tmp_path / "out.xlsx").exists()
