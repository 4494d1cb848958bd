"""What is asked once of a file: the order of day and month, and what becomes of hidden rows, columns and sheets."""

import re
from dataclasses import replace

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from projects.imports.plan import plan_workbook
from projects.models import Import, PlanItemUpdate
from tests import factories
from tests.projects.imports.record import bring_in, workbook
from tests.workbooks import HOMELESSNESS, ICT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]


def asked(plan, key):
    return next((one for one in plan.questions if one.key == key), None)


def dated(tmp_path, **cells):
    """The homelessness dashboard with dates of its milestones in figures."""
    return workbook(tmp_path, replace(HOMELESSNESS, changes=()), cells={"C37": "03/04/2018", **cells})


def start_of(plan):
    return next(one for row in plan.rows for one in row.fields if one.cell == "C37").columns["start_on"]


def test_a_date_that_reads_two_ways_is_asked_about_once_with_both_readings(council, tmp_path):
    plan = plan_workbook(dated(tmp_path, C38="05/06/2018", C39="03/04/2018"), council)
    one = asked(plan, "dates")
    assert one.examples == [
        "Dashboard C37: “03/04/2018” is 3 April 2018 or 4 March 2018",
        "Dashboard C38: “05/06/2018” is 5 June 2018 or 6 May 2018",
    ]
    assert (one.answer, one.told) == ("day", "No other date of the file tells; the council writes the day first.")
    assert start_of(plan) == "2018-04-03"
    again = plan_workbook(dated(tmp_path), council, answers={"dates": "month"})
    assert (start_of(again), asked(again, "dates").told) == ("2018-03-04", "You said so.")


@pytest.mark.parametrize(
    ("other", "answer", "told", "start"),
    [
        ("13/04/2018", "day", "“13/04/2018” (Dashboard C38) can be read with the day first alone.", "2018-04-03"),
        ("04/13/2018", "month", "“04/13/2018” (Dashboard C38) can be read with the month first alone.", "2018-03-04"),
    ],
)
def test_another_date_of_the_file_settles_it_and_is_named(council, tmp_path, other, answer, told, start):
    plan = plan_workbook(dated(tmp_path, C38=other), council)
    assert (asked(plan, "dates").answer, asked(plan, "dates").told, start_of(plan)) == (answer, told, start)
    assert plan.errors == []


def test_dates_in_both_orders_are_said_and_the_odd_one_is_no_date(council, tmp_path):
    plan = plan_workbook(dated(tmp_path, C38="13/04/2018", C39="04/13/2018"), council)
    assert "are written in different orders" in asked(plan, "dates").told
    assert [one.cell for one in plan.errors] == ["C39"]


def test_a_file_without_such_dates_asks_nothing(council, tmp_path):
    assert plan_workbook(workbook(tmp_path), council).questions == []


def hiding(tmp_path, *, row=None, column=""):
    path = workbook(tmp_path)
    book = openpyxl.load_workbook(path)
    if row:
        book["Dashboard"].row_dimensions[row].hidden = True
    if column:
        book["Dashboard"].column_dimensions[column].hidden = True
    book.save(path)
    return path


def test_a_hidden_row_is_shown_and_asked_about(council, tmp_path):
    path = hiding(tmp_path, row=37)
    one = asked(plan_workbook(path, council), "hidden-rows")
    assert (one.text, one.examples) == (
        "The workbook hides 1 row. Should what stands there be taken?", ["Dashboard row 37: “1”"],
    )  # fmt: skip
    assert (one.answer, one.told) == ("take", "It is taken unless you say otherwise.")
    left = plan_workbook(path, council, answers={"hidden-rows": "leave"})
    assert "Eliminate the use of B & B" not in [row.title.partition(" ")[2] for row in left.rows]
    assert ("B37", "its row is hidden, and you left it out") in [(each.cell, each.reason) for each in left.ignored]
    assert asked(left, "hidden-rows").answer == "leave"


def test_a_hidden_column_can_be_left_out(council, tmp_path):
    path = hiding(tmp_path, column="F")
    assert asked(plan_workbook(path, council), "hidden-columns").examples[0].startswith("Dashboard column F: ")
    left = plan_workbook(path, council, answers={"hidden-columns": "leave"})
    cells = [one.cell for row in left.rows for one in row.fields if one.sheet == "Dashboard"]
    assert not any(cell.startswith("F") for cell in cells)


def test_the_answer_is_given_in_the_browser_and_kept_with_the_import(client, council, tmp_path):
    client.force_login(factories.person("pmo@example.org", council, "pmo"))
    path = dated(tmp_path)
    sent = {"organisation": "westshire", "file": SimpleUploadedFile(path.name, path.read_bytes())}
    address = client.post(reverse("import-new"), sent).url
    said = re.sub(r"\s+", " ", client.get(address).content.decode())
    assert "Which comes first in its dates, the day or the month?" in said
    assert re.search(r'id="dates-day"[^>]* checked', said)
    client.post(f"{address}answers/", {"dates": "month"})
    assert re.search(r'id="dates-month"[^>]* checked', client.get(address).content.decode())
    imported = Import.objects.get()
    assert imported.choices["answers"] == {"dates": "month"}
    rows = [row["key"] for part in imported.plan["parts"] for row in part["rows"]]
    client.post(f"{address}apply/", {"bring": rows})
    imported.refresh_from_db()
    assert (imported.state, imported.choices["answers"]) == ("applied", {"dates": "month"})
    assert str(PlanItemUpdate.objects.get(ref="1").start_on) == "2018-03-04"
    assert "The month: 03/04/2018 is 4 March 2018" in client.get(address).content.decode()


def test_the_command_takes_the_answers_as_options(council, tmp_path, capsys):
    call_command("import_workbook", str(dated(tmp_path)), "--dates", "month")
    said = capsys.readouterr().out
    assert "Question (dates=day or month): Which comes first in its dates, the day or the month?" in said
    assert "Now: The month: 03/04/2018 is 4 March 2018." in said
    call_command("import_workbook", str(hiding(tmp_path, row=37)), "--hidden-rows", "leave", "--commit")
    assert "1" not in PlanItemUpdate.objects.values_list("ref", flat=True)


def test_a_hidden_sheet_that_the_layout_takes_is_asked_about(council, tmp_path):
    path = workbook(tmp_path, ICT, name="ict-2019-07.xlsx")
    book = openpyxl.load_workbook(path)
    changes = next(sheet for sheet in book.worksheets if "change" in sheet.title.lower())
    changes.sheet_state = "hidden"
    book.save(path)
    one = asked(plan_workbook(path, council), "hidden-sheets")
    assert (one.answer, one.text) == ("take", "The workbook hides 1 sheet. Should what stands there be taken?")
    left = plan_workbook(path, council, answers={"hidden-sheets": "leave"})
    assert not any(row.table == "changerequest" for row in left.rows)
    bring_in(path, council)
