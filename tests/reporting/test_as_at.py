"""Pages as at a period or a day: which reports they are drawn from, in both meanings, and what they say of it."""

import csv
from datetime import date, datetime
from io import BytesIO

import pytest
from django.core.management import CommandError, call_command
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from projects.actions.nodes import archive_node, change_node, move_node
from projects.actions.reports import approve_report, correct_report, publish_report, submit_report
from projects.as_at import Meaning, NoSuchDay, as_at
from projects.models import Node, Period, Report
from projects.permissions import top_node
from reporting import queries
from reporting.documents.render import render_xlsx
from reporting.drawing import Reader, build_document
from tests import factories
from tests.beginnings import handed_out

STAFF = Reader(only_published=False, sees_exempt=True)
MAY, JUNE, JULY = date(2019, 5, 31), date(2019, 6, 30), date(2019, 7, 31)


def at(month, day, hour=12):
    return datetime(2019, month, day, hour, tzinfo=timezone.get_current_timezone())


def reported(node, month, kind, on, *, report=None, publish=False, **answers):
    """A report of a month whose overall status is of `kind`, approved (and published) at the moment `on`."""
    period = factories.period(node.organisation, month)
    Period.objects.filter(pk=period.pk).update(closed_at=None)  # what is closed is locked
    report = report or factories.draft(node, factories.period(node.organisation, month))
    rating = report.dimensionrating_rows.get(dimension__is_overall=True)
    rating.status = rating.dimension.scheme.statuses.get(kind=kind)
    rating.save()
    for title, finish in answers.items():
        row = report.planitemupdate_rows.filter(title=title).first()
        if row is None:
            factories.milestone(report, title, finish=finish)
        else:
            type(row).objects.filter(pk=row.pk).update(finish_words=finish)
    by = factories.system_user()
    approve_report(submit_report(report, by=by, at=on), by=by, at=on)
    if publish:
        publish_report(report, by=by, at=on)
    Period.objects.filter(pk=period.pk).update(closed_at=period.closed_at)
    return Report.objects.get(pk=report.pk)


@pytest.fixture(scope="module")
def beginning(founded):
    """June green, closed on 8 July; July red, closed on 8 August; June corrected to amber on 20 August."""
    pmo = factories.person("pmo@westshire.example.org", founded, "pmo")
    node = factories.project(founded, slug="library", title="Library")
    june = reported(node, JUNE, "on_track", at(7, 4), Doors="Mar-20")
    reported(node, JULY, "off_track", at(8, 5), Doors="Jun-20")
    correction = correct_report(june, by=pmo, reason="A wrong status.")
    reported(node, JUNE, "at_risk", at(8, 20), report=correction)
    for month, closed in ((JUNE, at(7, 8)), (JULY, at(8, 8))):
        Period.objects.filter(as_at_on=month, organisation=founded).update(closed_at=closed)
    Node.objects.filter(organisation=founded).update(created_at=at(1, 1))
    return {"pmo": pmo, "library": node}


(library,) = handed_out("library")


def slug_of(organisation, month):
    return factories.period(organisation, month).slug


def portfolio(client, organisation, node=None, **asked):
    return client.get(reverse("portfolio", args=[organisation.slug, (node or organisation).slug], query=asked))


def rows_of(response):
    return {row.title: row for row in response.context["table"].listed}


def said(row):
    return row.period, row.status.label if row.status else None, row.is_missing


# ---- the portfolio ----


def test_a_period_as_now_known_has_the_correction(client, organisation, library, director):
    client.force_login(director)
    page = portfolio(client, organisation, period=slug_of(organisation, JUNE))
    assert said(rows_of(page)["Library"]) == ("June 2019", "Amber", False)
    assert "June 2019, as now known: with corrections and late reports made since" in page.content.decode()


def test_a_period_as_it_stood_when_it_was_closed(client, organisation, library, director):
    client.force_login(director)
    page = portfolio(client, organisation, period=slug_of(organisation, JUNE), meaning="then")
    assert said(rows_of(page)["Library"]) == ("June 2019", "Green", False)
    assert "what stood on 8 July 2019 at 12:00" in page.content.decode()


@pytest.mark.parametrize(
    ("day", "meaning", "expected"),
    [
        ("2019-06-29", "known", None),
        ("2019-06-30", "known", ("June 2019", "Amber", False)),
        ("2019-07-30", "known", ("June 2019", "Amber", False)),
        ("2019-07-31", "known", ("July 2019", "Red", False)),
        ("2019-07-03", "then", None),
        ("2019-07-04", "then", ("June 2019", "Green", False)),
        ("2019-08-05", "then", ("July 2019", "Red", False)),
        ("2019-08-31", "then", ("July 2019", "Red", False)),
    ],
)
def test_days_in_both_meanings(client, organisation, library, director, day, meaning, expected):
    client.force_login(director)
    row = rows_of(portfolio(client, organisation, period=day, meaning=meaning))["Library"]
    assert said(row) == expected if expected else row.report is None and row.is_missing


def test_the_status_before_is_the_one_that_was_there_then(client, organisation, library, director):
    client.force_login(director)
    july = slug_of(organisation, JULY)
    known = rows_of(portfolio(client, organisation, period=july))["Library"]
    then = rows_of(portfolio(client, organisation, period=july, meaning="then"))["Library"]
    assert (known.before.label, known.before_period) == ("Amber", "June 2019")
    assert (then.before.label, then.before_period) == ("Green", "June 2019")


def test_what_did_not_report_is_grey_with_what_was_last_known(client, organisation, library, director):
    museum = factories.project(organisation, slug="museum", title="Museum")
    reported(museum, MAY, "on_track", at(6, 5))
    client.force_login(director)
    page = portfolio(client, organisation, period=slug_of(organisation, JUNE))
    assert said(rows_of(page)["Museum"]) == ("May 2019", "Green", True)
    assert "Not reported; last known May 2019" in page.content.decode()
    assert (page.context["totals"].nodes, page.context["totals"].missing) == (2, 1)
    assert "1 of 2 reported" in page.content.decode()
    assert set(rows_of(portfolio(client, organisation, period="2019-06-30", missing="on"))) == {"Museum"}


def test_what_was_made_later_is_not_there(client, organisation, library, director):
    factories.project(organisation, slug="museum", title="Museum")
    client.force_login(director)
    assert set(rows_of(portfolio(client, organisation))) == {"Library", "Museum"}
    assert set(rows_of(portfolio(client, organisation, period="2019-07-31"))) == {"Library"}


def test_readers_see_what_was_published(client, organisation, library, reader):
    museum = factories.project(organisation, slug="museum", title="Museum")
    reported(museum, JUNE, "on_track", at(7, 6), publish=True)
    reported(museum, JULY, "off_track", at(8, 6))
    Node.objects.update(created_at=at(1, 1))
    client.force_login(reader)
    page = portfolio(client, organisation, period=slug_of(organisation, JULY), meaning="then")
    assert said(rows_of(page)["Museum"]) == ("June 2019", "Green", True)
    assert rows_of(page)["Library"].report is None
    assert "as published then" in page.content.decode()


def test_titles_places_and_what_was_archived_are_as_printed_then(client, organisation, director, pmo):
    places = [
        factories.project(organisation, slug=slug, title=slug.capitalize(), kind="programme", with_series=False)
        for slug in ("culture", "leisure")
    ]
    baths = factories.project(organisation, slug="baths", title="Old baths", parent=places[0])
    museum = factories.project(organisation, slug="museum", title="Museum", parent=places[0])
    for node in (baths, museum):
        reported(node, JUNE, "on_track", at(7, 4))
    change_node(baths, {"title": "New baths"}, by=pmo)
    move_node(baths, to=places[1], by=pmo)
    archive_node(museum, by=pmo, reason="Finished.")
    client.force_login(director)
    for meaning in Meaning.values:
        asked = {"period": "2019-07-10", "meaning": meaning}
        found = rows_of(portfolio(client, organisation, places[0], **asked))
        assert set(found) == {"Old baths", "Museum"}
        assert found["Old baths"].parent == "Culture"
        assert rows_of(portfolio(client, organisation, places[1], **asked)) == {}
        assert set(rows_of(portfolio(client, organisation, **asked, words="old"))) == {"Old baths"}
    assert set(rows_of(portfolio(client, organisation, places[1]))) == {"New baths"}
    today = {"period": f"{timezone.localdate()}"}
    assert set(rows_of(portfolio(client, organisation, **today))) == {"Old baths"}


def test_a_programme_that_reports_is_not_counted_beside_its_projects(client, organisation, director):
    programme = factories.project(organisation, slug="culture", title="Culture", kind="programme")
    project = factories.project(organisation, slug="baths", title="Baths", parent=programme)
    reported(programme, MAY, "on_track", at(6, 4))
    reported(project, JUNE, "on_track", at(7, 4))
    client.force_login(director)
    assert set(rows_of(portfolio(client, organisation, period="2019-05-31"))) == {"Culture"}
    assert set(rows_of(portfolio(client, organisation, period="2019-06-30"))) == {"Baths"}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"kind": "at_risk"}, {"Library"}),
        ({"kind": "off_track"}, set()),
        ({"kind": "not_rated"}, {"Museum"}),
        ({"exceptions": "on"}, {"Library"}),
        ({"words": "mus"}, {"Museum"}),
    ],
)
def test_filters_are_of_the_day(client, organisation, library, director, asked, expected):
    factories.project(organisation, slug="museum", title="Museum")
    Node.objects.update(created_at=at(1, 1))
    client.force_login(director)
    page = portfolio(client, organisation, period="2019-06-30", **asked)
    assert set(rows_of(page)) == expected
    assert page.context["totals"].shown == len(expected)


@pytest.mark.parametrize("sort", ["title", "-title", "tier", "status", "-score", "next", "-budget", "report"])
def test_every_order_lists_every_node_once(client, organisation, library, director, sort):
    factories.project(organisation, slug="museum", title="Museum")
    Node.objects.update(created_at=at(1, 1))
    client.force_login(director)
    page = portfolio(client, organisation, period="2019-06-30", sort=sort)
    assert sorted(row.title for row in page.context["table"].listed) == ["Library", "Museum"]


def test_links_and_forms_keep_the_day_the_filters_and_the_order(client, organisation, library, director):
    client.force_login(director)
    page = portfolio(client, organisation, period="2019-06-30", meaning="then", sort="title", words="lib")
    drawn = page.content.decode()
    asked = "period=2019-06-30&amp;meaning=then"
    assert f"{reverse('node', args=[organisation.slug, 'library'])}?{asked}" in drawn
    assert all(asked in tile["url"].replace("&", "&amp;") for tile in page.context["tiles"])
    choice = page.context["choice"]
    assert set(choice.kept) == {("sort", "title"), ("words", "lib")}
    assert set(page.context["kept"]) == {("sort", "title"), ("period", "2019-06-30"), ("meaning", "then")}
    assert choice.now_url == "?sort=title&words=lib"
    assert [step["name"] for step in choice.steps] == ["May 2019", "July 2019"]


def test_words_that_name_nothing_leave_the_page_as_it_is_now(client, organisation, library, director):
    client.force_login(director)
    page = portfolio(client, organisation, period="Juli", sort="title")
    assert page.status_code == 200
    assert said(rows_of(page)["Library"]) == ("July 2019", "Red", False)
    assert "There is no period and no day named Juli." in page.content.decode()
    assert 'value="Juli"' in page.content.decode()


@pytest.mark.parametrize("meaning", Meaning.values)
def test_it_costs_the_same_however_long(client, organisation, library, director, count_queries, meaning):
    address = reverse("portfolio", args=[organisation.slug, organisation.slug])
    client.force_login(director)
    factories.project(organisation, slug="museum", title="Museum")
    asked = {"period": "2019-08-31", "meaning": meaning}
    client.get(address, asked)
    with count_queries() as two:
        client.get(address, asked)
    for number in range(20):
        node = factories.project(organisation, slug=f"project-{number}", title=f"Project {number}")
        reported(node, JULY, "on_track", at(8, 5))
    client.get(address, asked)  # once a minute a page notes that the person is still there
    with count_queries() as many:
        assert len(client.get(address, asked).context["table"].listed) == 21
    assert len(two) == len(many), [query["sql"][:160] for query in many.captured_queries]
    assert len(many) <= 15


# ---- one node ----


def node_page(client, node, **asked):
    return client.get(reverse("node", args=[node.organisation.slug, node.slug], query=asked))


def test_the_node_page_draws_the_report_that_stands(client, organisation, library, director):
    client.force_login(director)
    june = slug_of(organisation, JUNE)
    known = node_page(client, library, period=june)
    then = node_page(client, library, period=june, meaning="then")
    assert (known.context["report"].revision, then.context["report"].revision) == (2, 1)
    assert not then.context["may_edit"]
    assert [step["name"] for step in then.context["choice"].steps] == ["May 2019", "July 2019"]
    assert f"report={then.context['report'].pk}" in then.context["downloads"][0]["url"]


def test_a_node_that_did_not_report_says_what_is_last_known(client, organisation, library, director):
    client.force_login(director)
    august = factories.period(organisation, date(2019, 8, 31))
    drawn = node_page(client, library, period=august.slug).content.decode()
    assert "Not reported for August 2019" in drawn
    assert "Last known: the report of July 2019" in drawn
    before = node_page(client, library, period="2019-01-31").content.decode()
    assert "Nothing had been reported" in before


def test_what_lies_beneath_is_counted_by_level_and_leads_down(client, organisation, library, director):
    culture = factories.project(organisation, slug="culture", title="Culture", kind="programme", with_series=False)
    for slug, kind in (("museum", "off_track"), ("gallery", "off_track"), ("baths", "on_track")):
        reported(factories.project(organisation, slug=slug, parent=culture), JULY, kind, at(8, 5))
    client.force_login(director)
    page = node_page(client, top_node(organisation), period="2019-07-31")
    first, own = page.context["beneath"]
    assert (first.title, first.reported, first.nodes) == ("Culture", 3, 3)
    assert [(count.label, count.count) for count in first.counts] == [("Red", 2), ("Green", 1)]
    assert (own.kind, own.nodes) == ("Directly beneath it", 1)
    assert f"{reverse('node', args=[organisation.slug, 'culture'])}?period=2019-07-31" in page.content.decode()
    assert [each.nodes for each in node_page(client, top_node(organisation)).context["beneath"]] == [3, 1]


def test_history_says_when_each_report_stands_in_both_meanings(client, library, director):
    client.force_login(director)
    page = client.get(reverse("node-history", args=[library.organisation.slug, library.slug]))
    words = {
        (report.period_label, report.revision): page.context["standing"][report.pk]
        for report in page.context["reports"]
    }
    assert words == {
        ("June 2019", 1): (
            "As now known: nowhere, a correction stands in its place",
            "As approved then: from 4 July 2019 until 5 August 2019",
        ),
        ("June 2019", 2): (
            "As now known: for 30 June 2019 to 30 July 2019",
            "As approved then: never, a later report stood already",
        ),
        ("July 2019", 1): ("As now known: from 31 July 2019 on", "As approved then: since 5 August 2019"),
    }


# ---- registers ----


def register(client, node, **asked):
    return client.get(reverse("register", args=[node.organisation.slug, node.slug, "milestones"], query=asked))


def test_a_register_has_the_rows_of_the_report_that_stands(client, organisation, library, director):
    factories.draft(library, factories.period(organisation, date(2019, 8, 31)))
    client.force_login(director)
    june, july = (
        register(client, library, period=f"{day}", meaning="then") for day in (date(2019, 7, 10), date(2019, 8, 10))
    )
    assert [line.row.finish_words for line in june.context["lines"]] == ["Mar-20"]
    assert [line.row.finish_words for line in july.context["lines"]] == ["Jun-20"]
    assert "In the draft" not in july.content.decode()
    assert "In the draft" in register(client, library).content.decode()
    (line,) = june.context["lines"]
    item = client.get(
        reverse("register-item", args=[organisation.slug, library.slug, "milestones", line.identity_id]),
        {"period": "2019-07-10", "meaning": "then"},
    )
    assert item.context["item"].standing == line.row
    assert item.context["item"].draft is None


def test_a_register_is_downloaded_as_at_the_day(client, organisation, library, director):
    client.force_login(director)
    top = top_node(organisation)
    answer = register(client, top, period="2019-07-10", meaning="then", format="csv")
    heads, line = list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))
    assert "In the draft" not in heads
    assert "Mar-20" in line
    assert "milestones-westshire-2019-07-10.csv" in answer["Content-Disposition"]
    assert register(client, top, period="Juli", format="csv").status_code == 200


# ---- documents ----


def test_documents_are_drawn_of_the_report_that_stands(client, organisation, library, director):
    client.force_login(director)
    address = reverse("document", args=["project-dashboard", organisation.slug, library.slug])
    june = slug_of(organisation, JUNE)
    known = client.get(address, {"period": june}).content.decode()
    then = client.get(address, {"period": june, "meaning": "then"}).content.decode()
    assert "as now known" in known
    assert "what stood on 8 July 2019 at 12:00" in then
    assert queries.report_of_period(library, june, published=False).revision == 2
    assert queries.report_of_period(library, june, published=False, meaning="then").revision == 1


def test_a_document_of_a_period_is_never_drawn_from_another(organisation, library):
    august = factories.period(organisation, date(2019, 8, 31))
    with pytest.raises(
        queries.NoSuchReport, match=r"no approved report for August 2019\. The last one known is of July"
    ):
        queries.report_of_period(library, august.slug, published=False)
    with pytest.raises(queries.NoSuchReport, match="There is no period and no day named Juli"):
        queries.report_of_period(library, "Juli", published=False)


def test_render_takes_a_meaning(organisation, library, tmp_path):
    files = {}
    for meaning in Meaning.values:
        target = tmp_path / f"{meaning}.html"
        call_command(
            "render", "project-dashboard", node=f"{organisation.slug}/library", period=slug_of(organisation, JUNE),
            meaning=meaning, ending="html", output=str(target),
        )  # fmt: skip
        files[meaning] = target.read_text()
    assert ("Amber" in files["known"], "Amber" in files["then"]) == (True, False)
    with pytest.raises((SystemExit, CommandError)):
        call_command(
            "render", "project-dashboard", node=f"{organisation.slug}/library", meaning="later", output="x.pdf"
        )


# ---- reading the words ----


def test_files_say_their_day_and_meaning_themselves(client, organisation, library, director):
    june = slug_of(organisation, JUNE)
    built = {
        meaning: build_document("project-dashboard", library, STAFF, period=june, meaning=meaning)
        for meaning in ("then", "known", "")
    }
    assert built["then"].masthead.stands_as.startswith("As at June 2019, as approved then: what stood on 8 July 2019")
    assert built["known"].masthead.stands_as.startswith("As at June 2019, as now known")
    assert built[""].masthead.stands_as == built["known"].masthead.stands_as
    assert built["then"].masthead.stands_as in render_to_string("reporting/print.html", {"built": built["then"]})
    book = load_workbook(BytesIO(render_xlsx(built["then"])))
    assert book["About this file"]["B3"].value == built["then"].masthead.stands_as
    trends = build_document("trends", library, STAFF, period="2019-08-31", meaning="then")
    assert trends.masthead.stands_as.startswith("As at 31 August 2019, as approved then")
    newest = build_document("project-dashboard", library, STAFF)
    assert newest.masthead.stands_as == ""
    assert "About this file" not in load_workbook(BytesIO(render_xlsx(newest))).sheetnames
    address = reverse("document", args=["project-dashboard", organisation.slug, "library"])
    client.force_login(director)
    page = client.get(address, {"period": june, "meaning": "then"}).content.decode()
    assert page.count("what stood on 8 July 2019") == 1  # above the document, and not within it once more


def test_words_are_a_period_or_a_day(organisation, library):
    june = as_at(slug_of(organisation, JUNE), "then", organisation, published=False, now=timezone.now())
    assert (june.day, june.moment, june.label) == (JUNE, at(7, 8), "June 2019")
    with pytest.raises(NoSuchDay):
        as_at("2019-02-30", "known", organisation, published=False, now=timezone.now())
    nonsense = as_at("2019-06-30", "neither", organisation, published=False, now=timezone.now())
    assert nonsense.meaning == Meaning.KNOWN
