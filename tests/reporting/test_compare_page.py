"""The comparison as page, PDF, workbook and command: what it says to whom, and to words that name no day."""

import io
from datetime import date

import pytest
from django.core.management import call_command
from django.urls import reverse
from openpyxl import load_workbook

from projects.actions.rows import change_row
from projects.models import BudgetPosition, PlanItemUpdate, Report
from projects.permissions import top_node
from projects.rules.dates import parse_written_date
from tests import factories
from tests.beginnings import handed_out
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

JULY, AUGUST = date(2019, 7, 31), date(2019, 8, 31)


@pytest.fixture(scope="module")
def beginning(founded):
    """July published and August approved, with a milestone that moved by a week and a budget that grew."""
    project = factories.project(founded)
    july = factories.draft(project, factories.period(project.organisation, JULY))
    factories.milestone(july, finish="01/03/2020", status=factories.status(project.organisation, "milestone", "Green"))
    factories.budget(july, planned=1000)
    factories.published(project, report=july)
    august = factories.draft(project, factories.period(project.organisation, AUGUST))
    for model, changes in (
        (PlanItemUpdate, PlanItemUpdate.finish.values(parse_written_date("08/03/2020"))),
        (PlanItemUpdate, {"status": factories.status(project.organisation, "milestone", "Amber")}),
        (BudgetPosition, {"planned": 1500}),
    ):
        change_row(model.objects.get(report=august), changes, by=factories.system_user())
    factories.approved(project, report=august)
    return {"project": project, "moved": project}


(moved,) = handed_out("moved")


def page(client, node, **asked):
    return client.get(reverse("compare", args=[node.organisation.slug, node.slug], query=asked))


def test_the_page_counts_at_the_top_and_shows_old_beside_new(client, moved, director):
    client.force_login(director)
    answer = page(client, moved, since="2019-07", period="2019-08")
    words = answer.content.decode()
    assert answer.status_code == 200
    assert "1 milestone moved later, 1 milestone worse, 1 amount of money up." in words
    for said in ("01/03/2020", "08/03/2020", "+7", "+£500", "Green", "Amber"):
        assert said in words
    assert "July 2019 to August 2019" in words
    assert "July 2019, as now known" in words


def test_without_words_it_is_the_newest_against_the_report_before(client, moved, director):
    """Today is 6 August there: what is approved for the end of August is not known yet."""
    client.force_login(director)
    assert "no report before that of 31 July 2019 to compare with" in page(client, moved).content.decode()
    assert "July 2019 to August 2019" in page(client, moved, period="2019-08").content.decode()


def test_the_two_sides_can_be_swapped(client, moved, director):
    client.force_login(director)
    first = page(client, moved, since="2019-07", period="2019-08", meaning="known")
    swap = first.context["swap_url"]
    assert "since=2019-08" in swap
    assert "period=2019-07" in swap
    swapped = client.get(reverse("compare", args=[moved.organisation.slug, moved.slug]) + swap).content.decode()
    assert "1 milestone moved earlier, 1 milestone better, 1 amount of money down." in swapped


@pytest.mark.parametrize("asked", [{"since_day": "the other day"}, {"since": "the other day"}])
def test_words_that_name_no_day_get_a_sentence_and_stay_in_the_box(client, moved, director, asked):
    client.force_login(director)
    answer = page(client, moved, period="2019-08", **asked)
    words = answer.content.decode()
    assert answer.status_code == 200
    assert "the other day names no period and no day. Give a day such as 31 July 2019." in words
    assert 'value="the other day"' in words
    assert '<option value="2019-08" selected>' in words


def test_a_day_as_people_write_it_wins_over_the_period(client, moved, director):
    client.force_login(director)
    words = page(client, moved, since="2019-07", period="2019-07", period_day="31 August 2019").content.decode()
    assert "July 2019 to 31 August 2019" in words


def test_a_reader_is_told_nothing_of_what_is_not_published(client, moved, reader):
    client.force_login(reader)
    words = page(client, moved, since="2019-07", period="2019-08").content.decode()
    assert "Nothing reported in between: the report for July 2019 stands on both sides." in words
    assert "08/03/2020" not in words
    approved = Report.objects.filter(node=moved).values_list("pk", flat=True)
    assert "Tick two reports" in page(client, moved, report=list(approved)).content.decode()


def test_two_reports_ticked_in_the_history_are_compared(client, moved, director):
    client.force_login(director)
    history = client.get(reverse("node-history", args=[moved.organisation.slug, moved.slug])).content.decode()
    reports = list(Report.objects.filter(node=moved).order_by("-pk").values_list("pk", flat=True))
    assert all(f'id="compare-{pk}"' in history for pk in reports)
    assert "1 milestone moved later" in page(client, moved, report=reports).content.decode()
    for wrong in ([reports[0]], [*reports, 10**6], ["x", "9" * 40]):
        assert "Tick two reports in the history" in page(client, moved, report=wrong).content.decode()


def test_the_files_say_what_the_page_says(client, moved, director):
    client.force_login(director)
    files = {
        link["url"].rsplit("=", 1)[1]: link["url"]
        for link in page(client, moved, since="2019-07", period="2019-08").context["downloads"]
    }
    pdf = client.get(files["pdf"])
    assert_pdf_ua(pdf.content)
    assert "1 milestone moved later, 1 milestone worse, 1 amount of money up." in pdf_text(pdf.content)
    book = load_workbook(io.BytesIO(client.get(files["xlsx"]).content))
    money = [[cell.value for cell in row] for row in book["Money"].iter_rows()]
    assert money == [
        ["Amount of money", "What", "Change", "Then", "Now", "Difference"],
        ["Project budget", "Planned budget", "Up", 1000, 1500, 500],
    ]
    reports = list(Report.objects.filter(node=moved).values_list("pk", flat=True))
    ticked = page(client, moved, report=reports).context["downloads"][0]["url"]
    assert "1 milestone moved later" in pdf_text(client.get(ticked).content)


def test_a_portfolio_names_its_movers_and_is_read_in_pages(client, organisation, moved, director, count_queries):
    client.force_login(director)
    for number in range(22):
        node = factories.project(organisation, slug=f"new-{number}", title=f"New {number}")
        factories.approved(node, factories.period(organisation, AUGUST))
    top = top_node(organisation)
    answer = page(client, top, since="2019-07", period="2019-08")
    words = answer.content.decode()
    assert "Overall status of 23: 22 new, 1 as before." in words
    assert words.count("First reported for August 2019") == 20 - 1  # the first of the page is the one that moved
    assert "Showing 1 to 20 of 23" in words
    second = page(client, top, since="2019-07", period="2019-08", page="2").content.decode()
    assert second.count("First reported for August 2019") == 3
    book = load_workbook(io.BytesIO(client.get(answer.context["downloads"][1]["url"]).content))
    assert book.sheetnames == [
        "Movers", "By status", "Sums", "Counts", "Milestones", "Money", "Statuses on the common scale",
    ]  # fmt: skip
    assert [[cell.value for cell in row] for row in book["Sums"].iter_rows()] == [
        ["What", "Then", "Now", "Difference"],
        ["Planned budget", 1000, 1500, 500],
    ]
    assert [[cell.value for cell in row] for row in book["By status"].iter_rows()][1:] == [
        ["Milestones", "On track", 1, 0, -1],
        ["Milestones", "At risk", 0, 1, 1],
    ]
    assert book["Movers"].max_row == 1 + 22


@pytest.fixture
def long(monkeypatch):
    """A council is long from its second project on."""
    for module in ("reporting.comparison", "reporting.documents.catalogue.changes_since"):
        monkeypatch.setattr(f"{module}.MOST_AT_ONCE", 1)


def fill(organisation, number, start=0):
    """Projects with a milestone that moves by a week and a budget that grows by its number of pounds."""
    for each in range(start, number):
        node = factories.project(organisation, slug=f"long-{each}", title=f"Long {each}")
        july = factories.draft(node, factories.period(organisation, JULY))
        factories.milestone(july, finish="01/03/2020")
        factories.budget(july, planned=100)
        factories.approved(node, report=july)
        august = factories.draft(node, factories.period(organisation, AUGUST))
        later = PlanItemUpdate.finish.values(parse_written_date("08/03/2020"))
        change_row(PlanItemUpdate.objects.get(report=august), later, by=factories.system_user())
        change_row(BudgetPosition.objects.get(report=august), {"planned": 100 + each}, by=factories.system_user())
        factories.approved(node, report=august)


def test_a_long_portfolio_is_summed_whole_and_read_page_by_page(client, organisation, director, long, count_queries):
    client.force_login(director)
    top = top_node(organisation)
    fill(organisation, 2)
    page(client, top, since="2019-07", period="2019-08")
    with count_queries() as two:
        words = page(client, top, since="2019-07", period="2019-08").content.decode()
    assert "Planned budget" in words
    fill(organisation, 22, start=2)
    page(client, top, since="2019-07", period="2019-08")  # once a minute it is noted who was here
    with count_queries() as twenty_two:
        answer = page(client, top, since="2019-07", period="2019-08")
    assert len(twenty_two) == len(two)
    words = answer.content.decode()
    assert "Overall status of 22: 22 as before." in words
    # 22 budgets of 100 grow by 0 + 1 + ... + 21 = 231.
    for said in ("£2,200", "£2,431", "+£231", "Showing 1 to 20 of 22"):
        assert said in words
    titles = [node.title for node in answer.context["page"].object_list]
    assert titles == [f"Long {number}" for number in range(21, 1, -1)]  # the most pounds first
    assert words.count("08/03/2020") == 20
    second = page(client, top, since="2019-07", period="2019-08", page="2").content.decode()
    assert second.count("08/03/2020") == 2


def test_no_file_is_drawn_of_a_long_portfolio_and_a_sentence_says_why(client, organisation, director, long):
    client.force_login(director)
    top = top_node(organisation)
    fill(organisation, 2)
    answer = page(client, top, since="2019-07", period="2019-08")
    assert "2 projects reported in between, and a file holds 1 of them at most." in answer.content.decode()
    assert "downloads" not in answer.context
    address = reverse("document", args=["changes-since", organisation.slug, top.slug])
    refused = client.get(address, {"since": "2019-07", "period": "2019-08", "format": "pdf"})
    assert refused.status_code == 404
    assert "For files choose a part of the council" in refused.content.decode()
    one = reverse("document", args=["changes-since", organisation.slug, "long-0"])
    assert client.get(one, {"since": "2019-07", "period": "2019-08", "format": "xlsx"}).status_code == 200


def test_the_command_draws_it_since_a_period(moved, tmp_path, capsys):
    file = tmp_path / "changes.html"
    named = {"node": f"{moved.organisation.slug}/{moved.slug}", "output": str(file)}
    call_command("render", "changes-since", period="2019-08", since="2019-07", ending="html", **named)
    assert "1 milestone moved later" in file.read_text()
    call_command("render", "changes-since", period="2019-08", ending="html", **named)
    assert "July 2019 to August 2019" in file.read_text()
    for wrong, says in (
        ({"period": "2019-08", "since": "no-such"}, "There is no period and no day named no-such."),
        ({"period": "2019-07"}, "has no report before that of 31 July 2019 to compare with."),
    ):
        with pytest.raises(SystemExit):
            call_command("render", "changes-since", **wrong, **named)
        assert says in capsys.readouterr().err
    with pytest.raises(SystemExit):
        call_command("render", "risk-register", since="2019-07", **named)
    assert "--since is for changes-since" in capsys.readouterr().err
