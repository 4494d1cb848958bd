"""Loading a workbook in the browser: preview, tick, decide, bring in, undo."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from projects.actions.reports import publish_report
from projects.actions.rows import change_row
from projects.models import BudgetPosition, Import, PlanItemUpdate, RiskAssessment
from tests import factories
from tests.projects.imports.record import bring_in, counts, newest, node, workbook
from tests.workbooks import ICT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]


@pytest.fixture
def pmo(council):
    return factories.person("pmo@example.org", council, "pmo")


@pytest.fixture
def browser(client, pmo):
    client.force_login(pmo)
    return client


def load(browser, path, **more):
    uploaded = SimpleUploadedFile(path.name, path.read_bytes())
    return browser.post(reverse("import-new"), {"organisation": "westshire", "file": uploaded, **more})


def words(response):
    return re.sub(r"\s+", " ", response.content.decode())


def all_rows():
    return [row["key"] for row in rows_of(Import.objects.latest("pk"))]


def rows_of(imported):
    return [row for part in imported.plan["parts"] for row in part["rows"]]


def test_a_workbook_is_loaded_looked_at_and_brought_in(browser, council, tmp_path):
    response = load(browser, workbook(tmp_path))
    imported = Import.objects.get()
    assert response.url == reverse("import", args=[imported.pk])
    page = browser.get(response.url)
    said = words(page)
    count = len(re.findall(r'name="bring"', said))
    values = re.search(r"Bring in (\d+) values", said)[1]
    assert (count > 30, int(values) > 100) == (True, True)
    assert "a past period without a report: it becomes an approved report, marked as imported." in said
    assert "<td>Dashboard D20</td>" in said
    response = browser.post(reverse("import-apply", args=[imported.pk]), {"bring": all_rows()}, follow=True)
    assert "homelessness-2019-07.xlsx is brought in." in words(response)
    assert BudgetPosition.objects.get().planned == 601400
    assert Import.objects.get().values.count() == int(values)


def test_an_unticked_row_stays_out(browser, council, tmp_path):
    load(browser, workbook(tmp_path))
    bring = [row["key"] for row in rows_of(Import.objects.get()) if "Eliminate" not in row["title"]]
    browser.post(reverse("import-apply", args=[Import.objects.get().pk]), {"bring": bring})
    assert [row.ref for row in PlanItemUpdate.objects.all()] == ["2", "3"]
    said = words(browser.get(reverse("import", args=[Import.objects.get().pk])))
    assert said.count("Left out</span>") == len(rows_of(Import.objects.get())) - len(bring)


@pytest.mark.parametrize(("choice", "label"), [("record", "Low"), ("file", "High")])
def test_a_conflict_is_decided_on_the_page(browser, council, tmp_path, choice, label):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    row = RiskAssessment.objects.get(ref="1")
    change_row(row, {"residual_band": factories.status(council, "risk_band", "Low")}, by=factories.system_user())
    response = load(browser, workbook(tmp_path, name="h.xlsx", cells={"D48": "High", "D21": 1}))
    said = words(browser.get(response.url))
    assert "Somebody changed it in the portal after it was imported." in said
    (name,) = set(re.findall(r'name="(take-[^"]+)"', said))
    browser.post(response.url + "apply/", {"bring": all_rows(), name: choice})
    row.refresh_from_db()
    assert row.residual_band.label == label
    said = words(browser.get(response.url))
    assert ("The workbook's was taken." in said, "The record's was kept." in said) == (
        choice == "file",
        choice != "file",
    )
    assert ("2 values of it were brought in" in said, "To decide</span>" in said) == (choice == "file", False)
    assert BudgetPosition.objects.get().forecast == 1


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.xlsx", b"On track.", "The file is named .xlsx but is a text file, not a workbook."),
        ("notes.docx", b"On track.", "The file is not a workbook."),
        ("empty.xlsx", b"", "The file is empty."),
    ],
)
def test_a_refused_file_is_said_on_the_form_and_not_kept(browser, council, tmp_path, name, content, sentence):
    before = counts()
    uploaded = SimpleUploadedFile(name, content)
    data = {"organisation": "westshire", "file": uploaded, "period": "2019-06", "layout": "project-dashboard"}
    response = browser.post(reverse("import-new"), data)
    assert response.status_code == 422
    said = words(response)
    assert sentence in said
    assert 'value="2019-06"' in said
    assert counts() == before


def test_cells_that_cannot_be_read_are_listed_and_nothing_can_be_brought_in(browser, council, tmp_path):
    response = load(browser, workbook(tmp_path, cells={"D48": "Awful", "D49": "Awful"}))
    said = words(browser.get(response.url))
    assert "“Awful” is not a known status" in said
    assert "Dashboard D48 to D49" in said
    assert "Bring in" not in said
    refused = browser.post(response.url + "apply/", {"bring": all_rows()})
    assert refused.status_code == 422
    assert "2 cells of the workbook cannot be read." in words(refused)
    assert not PlanItemUpdate.objects.exists()


def test_another_period_can_be_chosen(browser, council, tmp_path):
    response = load(browser, workbook(tmp_path))
    browser.post(response.url + "period/", {"period": "2019-09"})
    assert "A draft of September 2019 (you chose it) will be opened" in words(browser.get(response.url))
    refused = browser.post(response.url + "period/", {"period": "winter"})
    assert refused.status_code == 422
    assert "There is no period winter in the calendar Monthly." in words(refused)


def test_a_record_that_moved_is_previewed_again(browser, council, tmp_path):
    bring_in(workbook(tmp_path, name="h.xlsx"), council)
    response = load(browser, workbook(tmp_path, name="h.xlsx", cells={"D21": 1}))
    change_row(BudgetPosition.objects.get(), {"forecast": 2}, by=factories.system_user())
    again = browser.post(response.url + "apply/", {"bring": all_rows()})
    assert again.status_code == 409
    assert "The record was changed after this preview was made." in words(again)
    assert BudgetPosition.objects.get().forecast == 2
    assert "£2" in words(browser.get(response.url))


def test_nothing_to_bring_in_is_said(browser, council, tmp_path):
    bring_in(workbook(tmp_path), council)
    said = words(browser.get(load(browser, workbook(tmp_path)).url))
    assert "The record says all of it already." in said
    assert 'type="checkbox"' not in said


def test_an_import_is_undone_after_a_page_that_says_what_goes(browser, council, tmp_path):
    imported = bring_in(workbook(tmp_path, name="h.xlsx"), council)
    address = reverse("import-undo", args=[imported.pk])
    page = words(browser.get(address))
    assert "The report that the import made goes:</p> <ul><li>Homelessness, September 2019</li>" in page
    said = words(browser.post(address, follow=True))
    assert "The import of h.xlsx is undone." in said
    assert not BudgetPosition.objects.exists()


def test_a_published_report_is_not_undone_but_can_be_corrected(browser, council, tmp_path):
    imported = bring_in(workbook(tmp_path), council)
    publish_report(newest(council), by=None)
    said = words(browser.get(reverse("import-undo", args=[imported.pk])))
    assert "is published, and that is not rewritten" in said
    assert reverse("report-correct", args=[newest(council).pk]) in said
    assert browser.post(reverse("import-undo", args=[imported.pk])).status_code in (200, 409)
    assert newest(council).is_frozen


def test_a_preview_is_discarded(browser, council, tmp_path):
    response = load(browser, workbook(tmp_path))
    assert "is discarded; nothing was changed." in words(browser.post(response.url + "discard/", follow=True))
    assert Import.objects.get().state == "discarded"
    assert browser.post(response.url + "discard/").status_code == 409
    assert browser.post(response.url + "period/", {"period": "2019-09"}).status_code == 409


def test_the_file_is_only_ever_a_download(browser, council, tmp_path):
    path = workbook(tmp_path)
    response = browser.get(load(browser, path).url + "file/")
    assert response["Content-Disposition"] == 'attachment; filename="homelessness-2019-07.xlsx"'
    assert response["Content-Type"] == "application/octet-stream"
    assert b"".join(response.streaming_content) == path.read_bytes()
    assert "homelessness" not in Import.objects.get().file.name


def test_the_list_names_file_project_period_and_state(browser, council, tmp_path):
    load(browser, workbook(tmp_path))
    said = words(browser.get(reverse("imports")))
    assert re.search(r"homelessness-2019-07.xlsx.*Homelessness.*July 2019.*Previewed", said)


def test_a_report_is_taken_out_as_a_workbook(browser, council, tmp_path):
    bring_in(workbook(tmp_path), council)
    response = browser.get(reverse("export-workbook", args=["westshire", "homelessness"]))
    assert response["Content-Disposition"] == 'attachment; filename="homelessness-dashboard-2019-07.xlsx"'
    assert response.content.startswith(b"PK")
    other = factories.project(council)
    assert browser.get(reverse("export-workbook", args=["westshire", other.slug])).status_code == 404


@pytest.mark.parametrize("role", ["officer", "sponsor", "director", "member", "reader"])
def test_who_may_not_import_sees_no_import(client, council, tmp_path, role):
    imported = bring_in(workbook(tmp_path), council)
    client.force_login(factories.person(f"{role}@example.org", council, role))
    for name, arguments in (
        ("imports", []),
        ("import-new", []),
        ("import", [imported.pk]),
        ("import-file", [imported.pk]),
    ):
        assert client.get(reverse(name, args=arguments)).status_code == 404, name


def test_a_project_pmo_does_not_import_into_the_council(client, council, tmp_path):
    """Importing may add projects, so it needs the permission on the council's own node."""
    imported = bring_in(workbook(tmp_path), council)
    someone = factories.person("project-pmo@example.org", council)
    factories.grant(someone, council, "pmo", node(council))
    client.force_login(someone)
    assert client.get(reverse("imports")).status_code == 404
    assert client.get(reverse("import", args=[imported.pk])).status_code == 403
    other = bring_in(workbook(tmp_path, ICT, name="ict-2019-07.xlsx"), council)
    assert client.get(reverse("import", args=[other.pk])).status_code == 404


def test_a_stranger_sees_nothing_of_it(client, council, stranger, tmp_path):
    imported = bring_in(workbook(tmp_path), council)
    client.force_login(stranger)
    assert client.get(reverse("import", args=[imported.pk])).status_code == 404
    assert "homelessness" not in words(client.get(reverse("imports")))
    assert client.get(reverse("export-workbook", args=["westshire", "homelessness"])).status_code == 404
    refused = client.post(
        reverse("import-new"),
        {"organisation": "westshire", "file": SimpleUploadedFile("h.xlsx", workbook(tmp_path).read_bytes())},
    )
    assert refused.status_code == 422


def test_the_list_costs_the_same_however_long(browser, council, tmp_path, count_queries):
    def cost():
        with count_queries() as counted:
            browser.get(reverse("imports"))
        return len(counted)

    load(browser, workbook(tmp_path))
    one = cost()
    for _ in range(5):
        load(browser, workbook(tmp_path))
    assert cost() == one


def test_a_kept_file_that_can_no_longer_be_read_is_said(browser, council, tmp_path):
    response = load(browser, workbook(tmp_path))
    imported = Import.objects.get()
    with imported.file.storage.open(imported.file.name, "wb") as stored:
        stored.write(b"damaged")
    refused = browser.post(response.url + "period/", {"period": "2019-09"})
    assert refused.status_code == 422
    assert "is a text file, not a workbook" in words(refused)
