"""The portfolio update of September 2018 (agenda of 5 November 2018, Appendix A), and the document at any council.

`nottinghamshire_portfolio_update.tsv` lists every programme, project, milestone and date as the source prints them.
"""

import csv
from collections import Counter
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from projects.actions.reports import approve_report, correct_report, open_draft, publish_report, submit_report
from projects.actions.rows import change_row, remove_row
from projects.actions.writing import save_changes, save_new
from projects.loading import demonstration_loader, load_council, read_fixture
from projects.models import (
    Calendar,
    Narrative,
    Node,
    NodeAlias,
    PlanItem,
    PlanItemUpdate,
    Report,
    ReportTemplate,
    Series,
    TemplateSection,
)
from reporting.documents.catalogue.portfolio_update import built_portfolio_update, built_update
from reporting.documents.render import render_as
from reporting.drawing import Reader, build_document
from reporting.queries import NoSuchReport
from tests import factories
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db

SOURCE = Path(__file__).with_name("nottinghamshire_portfolio_update.tsv")
NEEDED = ("organisation", "boards", "schemes", "meetings", "calendars", "templates", "nodes", "series", "aliases")
PORTFOLIOS = {
    "adult-social-care-health": "The ASCH Improvement and Change Portfolio",
    "children-families": "The Childrens Improvement and Change Portfolio",
    "place": "The Place Improvement and Change Portfolio",
    "chief-executives": "The Chief Executives Department Improvement and Change Portfolio",
}
# Counted in the printed tables: programmes, milestones.
PRINTED = {
    "adult-social-care-health": (6, 20),
    "children-families": (3, 11),
    "place": (3, 27),
    "chief-executives": (8, 31),
}
PUBLIC = Reader(only_published=True, sees_exempt=False)


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The council with its portfolio updates alone: its seventy projects are loaded elsewhere."""
    whole = read_fixture("nottinghamshire")
    told = {name: whole[name] for name in NEEDED}
    told["reports"] = [each for each in whole["reports"] if each["template"] == "portfolio-update"]
    with django_db_blocker.unblock(), transaction.atomic():
        yield load_council(told, by=demonstration_loader())
        transaction.set_rollback(True)


@pytest.fixture
def nottinghamshire(loaded, db):
    return loaded


def source_rows():
    with SOURCE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def drawn(slug, **asked):
    node = Node.objects.select_related("organisation", "headline_series").get(
        organisation__slug="nottinghamshire", slug=slug
    )
    return build_document("portfolio-update", node, PUBLIC, **asked)


def programmes_of(built):
    return [section.content for section in built.sections if section.key == "update-programme"]


# ---- against the source ----


@pytest.mark.parametrize("slug", PORTFOLIOS)
def test_every_programme_project_milestone_and_date_is_as_printed(nottinghamshire, slug):
    built = drawn(slug)
    assert (built.title, built.subtitle) == (PORTFOLIOS[slug], "September 2018 update")
    told = []
    for programme in programmes_of(built):
        told.append((programme.title, "", "", ""))
        told += [
            (programme.title, group.heading, row.title, row.when) for group in programme.groups for row in group.rows
        ]
    expected = [
        (row["programme"], row["project"], row["milestone"], row["date"])
        for row in source_rows()
        if row["department"] == slug
    ]
    assert told == expected
    assert (len(programmes_of(built)), len(expected) - len(programmes_of(built))) == PRINTED[slug]


def test_numbers_keep_their_gaps_and_words(nottinghamshire):
    assert [each.title.split(" - ")[0] for each in programmes_of(drawn("children-families"))] == [
        "Programme 1",
        "Programme 2",
        "Programme 4",
    ]
    assert [each.title for each in programmes_of(drawn("chief-executives"))][1:4] == [
        "Programme 2 – Business Intelligence",
        "Programme 3 - Information Governance",
        "Project 4 - Our Workforce",
    ]


def test_a_programme_known_by_another_name_is_one_node(nottinghamshire):
    known = {each.title: each.known_as for each in programmes_of(drawn("chief-executives"))}
    assert known["Programme 8 - The Cloud (off-site data centres)"] == "Data Centre Modernisation (Cloud) Programme"
    assert known["Programme 7 - Smarter Working"] == "Smarter Working"
    assert Node.objects.filter(organisation=nottinghamshire, title__icontains="smarter working").count() == 1
    assert Node.objects.filter(organisation=nottinghamshire, title__icontains="cloud").count() == 1
    assert Series.objects.get(node__slug="smarter-working", keeps_registers=True).template.slug == "project-status"


def test_all_together_count_each_milestone_once(nottinghamshire):
    built = drawn("nottinghamshire")
    summary = built.sections[0].content
    assert summary.sentences[0] == (
        "20 of 20 programmes reported for September 2018: 89 milestones, 11 of them complete."
    )
    assert [row["milestones"] for row in summary.drawn.rows] == [20, 11, 27, 31]
    assert summary.drawn.totals[0]["milestones"] == 89
    assert [section.title for section in built.sections if section.key == "update-portfolio"] == [*PORTFOLIOS.values()]
    assert {section.level for section in built.sections if section.key == "update-programme"} == {3}


def test_a_programme_may_have_no_milestones_and_no_progress(nottinghamshire):
    (bare,) = [each for each in programmes_of(drawn("adult-social-care-health")) if not each.groups]
    assert bare.title.startswith("Programme 6 - Provide specialist Public Health advice")
    assert [passage.label for passage in bare.passages] == ["Programme Outline"]


def test_one_update_speaks_for_several_milestones(nottinghamshire):
    catering = next(
        group
        for programme in programmes_of(drawn("place"))
        for group in programme.groups
        if group.heading.startswith("Catering")
    )
    assert [(row.title, row.spans, row.speaker) for row in catering.rows] == [
        ("Options appraisal for Committee approval", 3, ""),
        ("Full business case approved", 0, "Options appraisal for Committee approval"),
        ("New models live", 0, "Options appraisal for Committee approval"),
    ]
    assert len({row.update for row in catering.rows}) == 1
    digital = programmes_of(drawn("chief-executives"))[0]
    assert [(row.when, row.spans) for row in digital.rows] == [("", 3), ("", 0), ("", 0)]


@pytest.mark.parametrize(
    ("words", "latest"),
    [
        ("Autumn 2018", date(2018, 11, 30)),
        ("Summer/Autumn 2019", date(2019, 11, 30)),
        ("June/ October 2019", date(2019, 10, 31)),
        ("Oct 18 – Mar 19", date(2019, 3, 31)),
        ("September 2017 – September 2018", date(2018, 9, 30)),
        ("March 2019 (and ongoing)", date(2019, 3, 31)),
        ("November 2018 (Bassetlaw) February 2019 (Kings Mill – Next Phase)", date(2019, 2, 28)),
        ("Assessments: July 2018 Applications: September 2018", date(2018, 9, 30)),
        ("Bassetlaw District Hospital Nov 18", date(2018, 11, 30)),
        ("Dec 18 200 accounts. Remainder of accounts Jan to Mar 19", date(2019, 3, 31)),
        ("Complete", None),
        ("On going", None),
    ],
)
def test_dates_in_words_are_kept_and_read(nottinghamshire, words, latest):
    rows = PlanItemUpdate.objects.filter(finish_words=words, report__template__slug="portfolio-update")
    assert {row.finish_on for row in rows} == {latest}


def test_what_is_complete_is_what_the_source_says_is(nottinghamshire):
    done = Counter(
        programme.title.split(" - ")[0]
        for programme in programmes_of(drawn("chief-executives"))
        for row in programme.rows
        if row.is_done
    )
    assert done == {"Programme 5": 1, "Programme 6": 1, "Programme 7": 2}


@pytest.mark.parametrize("slug", ["place", "nottinghamshire"])
def test_the_pdf_is_accessible(nottinghamshire, slug):
    pdf = render_as(drawn(slug), "pdf")
    assert_pdf_ua(pdf)
    text = " ".join(pdf_text(pdf).split())
    assert "Said of 3 milestones: this one and the 2 below." in text
    assert "Project: Libraries and youth art service" in text
    assert text.count("The timetable is being revised") == 1


def test_the_workbook_says_a_shared_update_beside_each_milestone(nottinghamshire):
    book = load_workbook(BytesIO(render_as(drawn("nottinghamshire"), "xlsx")))
    assert book.sheetnames == ["Portfolios", "Programmes", "Milestones"]
    head, *rows = book["Milestones"].iter_rows(values_only=True)
    assert head[2:] == (
        "Project",
        "Key Milestones",
        "Implementation Date",
        "Read as, at the latest",
        "Delivery Status, key updates and risks to delivery",
        "Said together with",
    )
    assert len(rows) == 89
    shared = [row for row in rows if row[7] == "Options appraisal for Committee approval"]
    assert [row[3] for row in shared] == ["Full business case approved", "New models live"]
    assert all(row[6].startswith("The timetable is being revised") for row in shared)
    autumn = next(row for row in rows if row[4] == "Autumn 2018")
    assert autumn[5].date() == date(2018, 11, 30)


def test_the_page_says_on_narrow_screens_whose_update_speaks(nottinghamshire, client):
    reader = factories.person("member@example.org", nottinghamshire, "reader")
    client.force_login(reader)
    page = client.get(reverse("document", args=["portfolio-update", "nottinghamshire", "place"])).content.decode()
    assert page.count('rowspan="3"') == 1
    assert page.count("As said of “Options appraisal for Committee approval” above.") == 2
    assert '<th scope="rowgroup" colspan="3">Project: Libraries and youth art service</th>' in page
    own = client.get(reverse("node", args=["nottinghamshire", "cloud-services"])).content.decode()
    assert "Programme 8 - The Cloud (off-site data centres)" in own


# ---- at any council ----


@pytest.fixture
def template(organisation):
    template = ReportTemplate.objects.create(
        organisation=organisation, slug="update", name="Update", document="portfolio-update"
    )
    for order, (key, options) in enumerate((("outline", {"kind": "narrative"}), ("milestones", {"by_theme": True})), 1):
        TemplateSection.objects.create(
            organisation=organisation, template=template, key=key, title=key.capitalize(), order=order, options=options
        )
    return template


@pytest.fixture
def portfolio(organisation):
    return factories.project(organisation, slug="culture", title="Culture", kind="portfolio", with_series=False)


@pytest.fixture
def programme(template, portfolio, officer):
    def made(slug="museums", title="Museums", **series):
        node = factories.project(
            portfolio.organisation, slug=slug, title=title, kind="programme", parent=portfolio, with_series=False
        )
        calendar = Calendar.objects.filter(organisation=portfolio.organisation).first()
        return save_new(
            Series(organisation=portfolio.organisation, node=node, template=template, calendar=calendar, **series),
            by=officer,
        )

    return made


def begun(series, officer):
    return open_draft(series, factories.period(series.organisation), by=officer)


def said(report, title, finish="Autumn 2019", **fields):
    theme = fields.pop("theme", "")
    row = factories.milestone(report, title=title, finish=finish, **fields)
    if theme:
        row.marks = row.marks_with_theme(theme)
        row.save()
    return row


def released(report, officer):
    return publish_report(approve_report(submit_report(report, by=officer), by=officer), by=officer)


def update_of(node, **asked):
    return built_portfolio_update(node, **{"published": True, "sees_exempt": False, **asked})


def told(built):
    return {
        row.title: (row.update, row.spans, row.speaker) for programme in programmes_of(built) for row in programme.rows
    }


def test_milestones_stand_by_project_wherever_they_were_added(programme, portfolio, officer):
    report = begun(programme(), officer)
    said(report, "Roof mended", theme="Old museum", comment="Scaffolding is up.")
    said(report, "Site bought", theme="New museum")
    said(report, "Doors open", theme="Old museum", shares_comment=True)
    released(report, officer)
    (drawn_programme,) = programmes_of(update_of(portfolio))
    assert [(group.heading, [row.title for row in group.rows]) for group in drawn_programme.groups] == [
        ("Old museum", ["Roof mended", "Doors open"]),
        ("New museum", ["Site bought"]),
    ]
    assert drawn_programme.rows[1].speaker == "Roof mended"


def test_an_update_that_is_kept_back_is_not_given_to_those_it_spoke_for(programme, portfolio, officer):
    report = begun(programme(), officer)
    said(report, "Roof mended", comment="On time.")
    said(report, "Site bought", comment="The price is 2 million.", is_exempt=True)
    said(report, "Site fenced", shares_comment=True)
    released(report, officer)
    assert told(update_of(portfolio)) == {"Roof mended": ("On time.", 1, ""), "Site fenced": ("", 1, "")}
    whole = update_of(portfolio, sees_exempt=True)
    assert told(whole)["Site fenced"] == ("The price is 2 million.", 0, "Site bought")
    assert whole.masthead.marking == "NOT FOR PUBLICATION: CONTAINS EXEMPT INFORMATION"


def test_a_cell_that_is_withheld_is_withheld_here_too(programme, portfolio, officer):
    report = begun(programme(), officer)
    said(report, "Site bought", finish="Autumn 2019", marks={"finish": {"kind": "withheld"}})
    released(report, officer)
    (row,) = programmes_of(update_of(portfolio))[0].rows
    assert (row.when, row.on) == ("Withheld", None)


def test_taking_out_the_milestone_that_speaks_hands_its_update_on(programme, portfolio, officer):
    report = begun(programme(), officer)
    speaker = said(report, "Plan drawn", comment="Under way.")
    said(report, "Plan agreed", shares_comment=True)
    said(report, "Plan printed", shares_comment=True)
    remove_row(speaker, by=officer, reason="Not needed")
    released(report, officer)
    assert told(update_of(portfolio)) == {
        "Plan agreed": ("Under way.", 2, ""),
        "Plan printed": ("Under way.", 0, "Plan agreed"),
    }


def test_a_share_with_nothing_above_is_not_given(programme, portfolio, officer):
    report = begun(programme(), officer)
    said(report, "Roof mended", shares_comment=True)
    released(report, officer)
    assert told(update_of(portfolio)) == {"Roof mended": ("", 1, "")}


def test_the_project_goes_on_into_the_next_report_and_into_the_register(programme, officer):
    series = programme()
    report = begun(series, officer)
    item = said(report, "Roof mended", theme="Old museum").plan_item
    report = released(report, officer)
    item.refresh_from_db()
    assert item.theme == "Old museum"
    august = open_draft(series, factories.next_period(report.period), by=officer)
    row = PlanItemUpdate.objects.of(august).get()
    assert row.theme == "Old museum"
    change_row(row, {"marks": row.marks_with_theme("New museum")}, by=officer)
    released(august, officer)
    item.refresh_from_db()
    assert item.theme == "New museum"
    assert PlanItemUpdate.objects.of(report).get().theme == "Old museum"


def test_a_published_update_prints_the_same_after_everything_is_renamed(programme, portfolio, officer):
    series = programme()
    for node, words in ((series.node, "Programme 3 - Museums"), (portfolio, "The Culture Portfolio")):
        alias = NodeAlias(organisation=portfolio.organisation, node=node, document="portfolio-update", printed_as=words)
        save_new(alias, by=officer)
    report = begun(series, officer)
    row = factories.milestone(report, title="Roof mended")
    save_changes(row.plan_item, {"theme": "Old museum"}, by=officer)  # said in the register, not in the report
    report = released(report, officer)
    before = update_of(portfolio)
    assert (before.title, programmes_of(before)[0].title) == ("The Culture Portfolio", "Programme 3 - Museums")
    assert programmes_of(before)[0].groups[0].heading == "Old museum"

    for node in (series.node, portfolio):
        NodeAlias.objects.filter(node=node).update(printed_as=f"RENAMED {node.pk}")
        Node.objects.filter(pk=node.pk).update(title="RENAMED")
    PlanItem.objects.filter(node=series.node).update(theme="RENAMED", title="RENAMED")
    portfolio.refresh_from_db()
    after = update_of(portfolio)
    assert after.title == before.title
    assert programmes_of(after) == programmes_of(before)
    correction = correct_report(report, by=officer, reason="A date was wrong")
    assert PlanItemUpdate.objects.of(correction).get().theme == "Old museum"


def test_a_programme_that_did_not_report_is_named_with_the_last_that_is_known(programme, portfolio, officer):
    museums, archives = programme(), programme("archives", "Archives")
    for series in (museums, archives):
        said(report := begun(series, officer), "Roof mended")
        report = released(report, officer)
    august = factories.next_period(report.period)
    said(later := open_draft(museums, august, by=officer), "Doors open")
    released(later, officer)
    built = update_of(portfolio)
    assert built.sections[0].content.sentences[0].startswith("1 of 2 programmes reported for August 2019: 2 milestones")
    missing = next(each for each in programmes_of(built) if each.missing)
    assert (missing.title, missing.rows) == ("Archives", ())
    assert missing.missing == "Not reported for August 2019. The last one known is of July 2019."
    # a day shows the newest of each, and says of which period it is
    by_day = update_of(portfolio, period="2019-09-15")
    assert {each.title: each.as_of for each in programmes_of(by_day)} == {
        "Museums": "As reported for August 2019.",
        "Archives": "As reported for July 2019.",
    }
    assert [each.missing for each in programmes_of(update_of(portfolio, period="2019-07"))] == ["", ""]


def test_readers_are_drawn_what_is_published_and_nothing_is_said_plainly(programme, portfolio, officer):
    series = programme()
    with pytest.raises(NoSuchReport, match="Culture has no published portfolio update yet"):
        update_of(portfolio)
    report = begun(series, officer)
    said(report, "Roof mended")
    approve_report(submit_report(report, by=officer), by=officer)
    with pytest.raises(NoSuchReport):
        update_of(portfolio)
    assert update_of(portfolio, published=False).masthead.marking == "NOT ALL OF THIS IS PUBLISHED"
    with pytest.raises(NoSuchReport, match="no period and no day named nonsense"):
        update_of(portfolio, published=False, period="nonsense")


def test_statuses_are_a_column_where_the_template_does_not_say_otherwise(programme, portfolio, officer):
    report = begun(programme(), officer)
    amber = factories.status(portfolio.organisation, "milestone", "Amber")
    said(report, "Roof mended", status=amber)
    built = built_update(report, sees_exempt=False, day=timezone.localdate())
    (section,) = built.sections
    assert section.content.shows_status
    assert section.content.rows[0].status.label == "Amber"
    assert built.masthead.marking == "DRAFT"


def test_the_queries_do_not_grow_with_the_programmes(programme, portfolio, officer, count_queries):
    def cost():
        with count_queries() as counted:
            built = update_of(portfolio)
        return len(counted), len(programmes_of(built))

    for number in range(2):
        said(report := begun(programme(f"m{number}", f"Museum {number}"), officer), "Roof mended", theme="Old")
        released(report, officer)
    few = cost()
    for number in range(2, 22):
        said(report := begun(programme(f"m{number}", f"Museum {number}"), officer), "Roof mended")
        released(report, officer)
    many = cost()
    assert (few[1], many[1]) == (2, 22)
    assert many[0] == few[0]


# ---- the editor ----


def section_page(client, report, officer):
    client.force_login(officer)
    return reverse("report-edit-section", args=[report.pk, "milestones"])


def posted(page_forms, **answers):
    """What a browser sends of the forms, with some answers changed: {(row's title, field): value}."""
    sent = {"action": "save"}
    for form in page_forms:
        sent[form.version_name] = form.shown_version
        sent[form.typed_name] = form.typed_json
        for name in form.fields:
            value = answers.get(f"{form.row.title}:{name}", form.text_of(form.row, name))
            if value or name not in ("shares_comment",):
                sent[form.add_prefix(name)] = value
    return sent


def test_the_editor_asks_for_the_project_and_whose_update_it_is(programme, officer, client):
    report = begun(programme(), officer)
    said(report, "Roof mended", theme="Old museum", comment="Scaffolding is up.")
    said(report, "Doors open", theme="Old museum")
    address = section_page(client, report, officer)
    forms = client.get(address).context["forms"].forms
    assert [*forms[0].fields] == ["title", "theme", "finish", "actual", "status", "shares_comment", "comment"]
    sent = posted(forms, **{"Doors open:shares_comment": "on", "Roof mended:theme": "The old museum"})
    assert client.post(address, sent).status_code == 302
    first, second = PlanItemUpdate.objects.of(report).order_by("order")
    assert (first.theme, second.theme, second.shares_comment) == ("The old museum", "Old museum", True)


def test_the_editor_refuses_a_share_that_leads_nowhere_or_has_its_own_update(programme, officer, client):
    report = begun(programme(), officer)
    said(report, "Roof mended")
    said(report, "Doors open", comment="In May.")
    address = section_page(client, report, officer)
    forms = client.get(address).context["forms"].forms
    sent = posted(forms, **{"Roof mended:shares_comment": "on", "Doors open:shares_comment": "on"})
    page = client.post(address, sent).content.decode()
    assert "No milestone of the same project stands above: give its own update." in page
    assert "It has an update of its own: clear that, or untick this." in page
    assert not PlanItemUpdate.objects.of(report).filter(shares_comment=True).exists()


def test_a_milestone_added_in_the_editor_gets_no_number(programme, officer, client):
    report = begun(programme(), officer)
    address = section_page(client, report, officer)
    client.post(address, {"action": "add", "new-planitemupdate-title": "Roof mended"})
    assert [(row.ref, row.title) for row in PlanItemUpdate.objects.of(report)] == [("", "Roof mended")]


def test_a_second_series_of_a_node_is_opened_by_name(programme, organisation, officer, client):
    series = programme(keeps_registers=False)
    client.force_login(officer)
    factories.period(organisation)
    address = reverse("report-periods", args=[organisation.slug, series.node.slug])
    assert "the update for July 2019" in client.get(address).content.decode()
    sent = {"series": "update", "period": "2019-07"}
    client.post(reverse("report-open", args=[organisation.slug, series.node.slug]), sent)
    assert Report.objects.get(series=series).period.slug == "2019-07"
    assert Narrative.objects.filter(report__series=series, section="outline").exists()


# ---- where it is found ----


def test_the_list_of_documents_offers_portfolios_what_is_printed_beneath_them(
    programme, portfolio, officer, reader, client
):
    report = begun(programme(), officer)
    said(report, "Roof mended")
    approve_report(submit_report(report, by=officer), by=officer)
    address = reverse("document", args=["portfolio-update", portfolio.organisation.slug, portfolio.slug])
    client.force_login(officer)
    assert address in client.get(reverse("documents")).content.decode()
    client.force_login(reader)
    assert address not in client.get(reverse("documents")).content.decode()
    publish_report(report, by=officer)
    page = client.get(reverse("documents")).content.decode()
    assert address in page
    assert address.replace("portfolio-update", "portfolio-status") not in page
