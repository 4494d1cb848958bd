"""Eight weeks ahead, dependencies and the scrutiny forward plan of the demonstration, and keeping them in the browser.

Dates and titles that the source names are typed from it; what is marked SAMPLE DATA is the fixture's own.
"""

from datetime import date

import pytest
from django.urls import reverse

from projects.models import Dependency, ForwardPlan, ForwardPlanQuery, ForwardPlanValidation, Node, PlanItem, Report
from projects.rules.waiting import Wait
from reporting.documents.render import render_pdf, render_xlsx
from reporting.drawing import Reader, build_document
from reporting.plan_ahead import links_of, view_of
from reporting.queries import NoSuchReport
from tests import factories
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db

COUNCIL = "somerset"  # that `loaded` puts into the database
READER = Reader(only_published=True, sees_exempt=False)
STAFF = Reader(only_published=False, sees_exempt=True)


@pytest.fixture
def lgr(loaded, db):
    return Node.objects.get(organisation=loaded, slug="lgr")


@pytest.fixture
def pmo(loaded, db):
    return factories.person("pmo@somerset.example.org", loaded, "pmo")


def cells(table):
    return [[cell.text for cell in row.cells] for row in table.printed_rows]


def section(built, title):
    return next(each for each in built.sections if each.title == title)


def address(name, *more):
    return reverse(name, args=["somerset", "lgr", *more])


# ---- eight weeks ----


@pytest.mark.parametrize("name", ["look-ahead", "dependencies", "scrutiny-plan"])
def test_the_documents_of_plans_are_accessible(lgr, name):
    built = build_document(name, lgr, STAFF)
    drawn = render_pdf(built)
    assert_pdf_ua(drawn)
    assert "SAMPLE DATA" in pdf_text(drawn)
    assert render_xlsx(built)[:2] == b"PK"


def test_eight_weeks_from_the_day_of_the_councils_clock(lgr):
    built = build_document("look-ahead", lgr, READER)
    assert built.landscape
    weeks = [row[0] for row in cells(section(built, "Eight weeks at a glance").content)]
    assert weeks[0] == "11 to 17 July 2022"
    assert weeks[7] == "29 August to 4 September 2022"
    assert weeks[8] == "All 8 weeks"
    assert [each.title for each in built.sections][2:10] == weeks[:8]
    assert section(built, weeks[7]).content.empty == "Nothing is due in this week."
    # "MTFP process will be launched 21st July"; T&Cs was due on 1 July and is still on track
    assert ["21 July 2022", "MTFP process launched with stakeholders and managers"] in [
        row[:2] for row in cells(section(built, "18 to 24 July 2022").content)
    ]
    assert [row[:2] for row in cells(section(built, "Date passed and not done").content)] == [["1 July 2022", "T&Cs"]]
    undated = [row[1] for row in cells(section(built, "Open without a date").content)]
    assert "Revised Detailed Work plan to be in place" in undated
    last_of_july = {row[0]: row[1] for row in cells(section(built, "25 to 31 July 2022").content)}
    assert "31 July 2022" in last_of_july  # "before the end of July"


def test_the_look_ahead_of_a_day_and_of_one_workstream(lgr):
    built = build_document("look-ahead", lgr, STAFF, period="2022-06-30")
    assert section(built, "Eight weeks at a glance").content.rows[0]["week"] == "30 June to 6 July 2022"
    assert built.masthead.stands_as.startswith("As at 30 June 2022")
    people = Node.objects.get(organisation=lgr.organisation, slug="people")
    assert "SAMPLE DATA" not in str(build_document("look-ahead", people, STAFF))


def test_looking_ahead_costs_the_same_however_much_is_planned(lgr, count_queries):
    governance = Node.objects.get(organisation=lgr.organisation, slug="governance")
    with count_queries() as few:
        build_document("look-ahead", governance, STAFF)
    Dependency.objects.all().delete()
    with count_queries() as many:
        build_document("look-ahead", lgr, STAFF)
    assert len(many) <= len(few)


# ---- dependencies ----


def test_broken_and_late_dependencies_stand_first(lgr):
    links = links_of(view_of(lgr, published=False, sees_exempt=True))
    assert [link.waiting.state for link in links[:2]] == [Wait.BROKEN, Wait.LATE]
    assert links[0].item.title == "Organisation design and tier 1 - 3 structures"
    assert links[0].needed_words == "CEX appointment"
    assert any(link.waiting.state is Wait.MET for link in links)  # the Executive approved the strategy in July
    with pytest.raises(NoSuchReport, match="not published"):
        build_document("dependencies", lgr, READER)


def test_a_dependency_is_put_on_the_map_and_taken_off(lgr, pmo, client):
    client.force_login(pmo)
    page = client.get(address("dependencies"))
    assert "CEX appointment" in page.content.decode()
    ems = PlanItem.objects.get(title__startswith="EMS")
    corporate = PlanItem.objects.get(title__startswith="Corporate Planning")
    wrong = client.post(address("dependencies"), {"item": ems.pk, "words": "", "comment": "Kept as typed"})
    assert wrong.status_code == 422
    assert "Choose what it waits for, or say it." in wrong.content.decode()
    assert "Kept as typed" in wrong.content.decode()
    both = client.post(address("dependencies"), {"item": ems.pk, "needed": corporate.pk, "words": "A licence"})
    assert "not both" in both.content.decode()
    client.post(address("dependencies"), {"item": ems.pk, "needed": corporate.pk})
    mapped = Dependency.objects.get(from_item=ems)
    assert (mapped.to_item, mapped.is_mapped, mapped.words) == (corporate, True, str(corporate))
    again = client.post(address("dependencies"), {"item": ems.pk, "needed": corporate.pk})
    assert "is said to wait for that already" in again.content.decode()
    client.post(address("dependency-remove", mapped.pk))
    assert not Dependency.objects.filter(pk=mapped.pk).exists()


def test_who_only_reads_the_record_sees_no_form_and_may_not_post(lgr, client):
    client.force_login(factories.person("director@somerset.example.org", lgr.organisation, "director"))
    page = client.get(address("dependencies"))
    assert page.context["form"] is None
    item = PlanItem.objects.first()
    assert client.post(address("dependencies"), {"item": item.pk, "words": "Keys"}).status_code == 403


def test_an_approval_leaves_the_map_alone(lgr):
    before = Dependency.objects.filter(is_mapped=True).count()
    people = Node.objects.get(organisation=lgr.organisation, slug="people")
    report = factories.draft(people, people.headline_series.calendar.periods.get(slug="2022-07"))
    factories.approved(people, report=report)
    assert Dependency.objects.filter(is_mapped=True).count() == before


# ---- the forward plan ----


def test_the_forward_plan_lists_lines_validations_and_queries(lgr):
    built = build_document("scrutiny-plan", lgr, READER)
    rows = {row["title"]: row for row in section(built, "Milestones and decision points").content.rows}
    council = rows["Operating model, MTFP and activity analysis: approval by Full Council"]
    assert council["when"].words == "November 2022"
    assert council["stands"].label == "Validated"
    assert council["monitoring_officer"].startswith("Monitoring Officer, ")
    assert (
        rows["Operating model, MTFP and activity analysis: approval by the Executive"]["when"].words == "October 2022"
    )
    assert rows["Corporate Planning: approval by Full Council"]["when"].words == "November 2022"
    assert rows["SAMPLE DATA: Single point of contact: tests passed"]["stands"].label == "In part"
    assert [row["about"] for row in section(built, "Outstanding queries").content.rows] == [
        "Assets Optimisation: Technical",
        "Finance",
    ]


def test_a_date_that_moves_must_be_validated_again(lgr, pmo):
    kept = ForwardPlanValidation.objects.filter(plan_item__title__startswith="Corporate Planning")
    kept.update(finish_words="October 2022", finish_on=date(2022, 10, 31))
    rows = section(build_document("scrutiny-plan", lgr, STAFF), "Milestones and decision points").content.rows
    row = next(row for row in rows if row["title"].startswith("Corporate Planning"))
    assert row["stands"].label == "Not validated"
    assert row["pmo"].endswith("of October 2022, which has moved since")


def test_validations_and_queries_are_recorded_in_the_browser(lgr, pmo, client):
    client.force_login(pmo)
    item = PlanItem.objects.get(title__startswith="Asset rationalisation")
    url = address("scrutiny-plan-validate")
    wrong = client.post(url, {"items": [item.pk], "validator": "pmo", "validated_by": "", "validated_on": "soon"})
    assert wrong.status_code == 422
    said = wrong.content.decode()
    assert "Give the post that validated them." in said
    assert "Give one day, such as" in said
    assert f'value="{item.pk}" checked' in said
    client.post(
        url, {"items": [item.pk], "validator": "pmo", "validated_by": "LGR PMO", "validated_on": "11 July 2022"}
    )
    made = ForwardPlanValidation.objects.get(plan_item=item)
    assert (made.validated_by, made.validated_on, made.finish_words) == ("LGR PMO", date(2022, 7, 11), "coming months")
    finance = Node.objects.get(organisation=lgr.organisation, slug="finance")
    sent = {"query-node_id": finance.pk, "query-text": "Which ERP milestones?", "query-raised_on": "8 July 2022"}
    early = client.post(address("scrutiny-query-add"), {**sent, "query-settled_on": "1 July 2022"})
    assert "This is before it was raised." in early.content.decode()
    client.post(address("scrutiny-query-add"), sent)
    query = ForwardPlanQuery.objects.get(text="Which ERP milestones?")
    page = client.get(address("scrutiny-query", query.pk))
    form = page.context["form"]
    answers = {form.version_name: query.version, form.typed_name: form.typed_json}
    answers |= {form.add_prefix(name): text for name, text in form.in_record.items()}
    answers |= {form.add_prefix("settled_on"): "9 July 2022", form.add_prefix("answer"): "Go-live only."}
    assert client.post(address("scrutiny-query", query.pk), answers).status_code == 302
    query.refresh_from_db()
    assert (query.settled_on, query.answer) == (date(2022, 7, 9), "Go-live only.")
    assert "Go-live only." in client.get(address("scrutiny-plan")).content.decode()


def test_a_plan_is_begun_where_none_is_kept(lgr, pmo, client):
    client.force_login(pmo)
    ForwardPlan.objects.all().delete()
    assert "Begin a forward plan" in client.get(address("scrutiny-plan")).content.decode()
    board = lgr.organisation_id and lgr.board
    missing = client.post(address("scrutiny-plan-edit"), {"plan-ask": "Note it"})
    assert "Choose the committee." in missing.content.decode()
    client.post(address("scrutiny-plan-edit"), {"plan-board_id": board.pk, "plan-ask": "Note it"})
    assert ForwardPlan.objects.get().ask == "Note it"


def test_plans_are_reached_from_the_nodes_page_and_from_home(lgr, pmo, client):
    client.force_login(pmo)
    said = client.get(reverse("node", args=["somerset", "lgr"])).content.decode()
    for url in (address("dependencies"), address("scrutiny-plan"), "/documents/look-ahead/somerset/lgr/"):
        assert url in said
    assert "Product and Milestone Delivery" in said
    assert "/documents/look-ahead/somerset/somerset/" in client.get(reverse("home")).content.decode()
    listed = client.get(reverse("documents")).content.decode()
    for name in ("scorecard", "look-ahead", "dependencies", "scrutiny-plan"):
        assert f"/documents/{name}/somerset/lgr/" in listed


def test_a_reader_sees_published_plans_only(lgr, client):
    client.force_login(factories.person("reader@somerset.example.org", lgr.organisation, "reader"))
    assert client.get(reverse("document", args=["scorecard", "somerset", "lgr"])).status_code == 200
    assert client.get(reverse("document", args=["dependencies", "somerset", "lgr"])).status_code == 404
    said = client.get(address("scrutiny-plan")).content.decode()
    assert "Record a validation" not in said
    assert "Outstanding queries" in said
    assert Report.objects.filter(organisation=lgr.organisation, state="approved").count() == 0
