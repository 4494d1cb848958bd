"""The funding of the Smarter Working and Cloud programmes (agenda of 5 November 2018, items 4 and 5).

Figures are typed from the printed tables, in thousands of pounds.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from openpyxl import load_workbook

from projects.actions.committees import add_meeting, create_committee_report, publish_committee_report
from projects.forms.proposals import YearInput
from projects.models import BudgetBaseline, ChangeRequest, Node
from projects.permissions import top_node
from projects.versions import financial_year
from reporting.documents.catalogue.funding_profile import built_funding_profile
from reporting.drawing import Reader, build_document
from reporting.packs import pack_documents
from reporting.queries import NoSuchReport
from tests import factories
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db

YEARS = ("year-2017", "year-2018", "year-2019", "total")
PRINTED = {
    "Original profile": ((1090, 1005, 579, 2674), (350, 437, 148, 935), (1440, 1442, 727, 3609)),
    "Revised profile (Dec 17)": ((1290, 1005, 379, 2674), (350, 437, 148, 935), (1640, 1442, 527, 3609)),
    "Potential profile (Nov 18)": ((1290, 1384, 0, 2674), (350, 437, 148, 935), (1640, 1821, 148, 3609)),
}
STAFF = Reader(only_published=False, sees_exempt=True)


COUNCIL = "nottinghamshire"  # that `loaded` puts into the database


@pytest.fixture
def council(loaded, db):
    return loaded


def profile_of(council, slug, period=""):
    node = Node.objects.select_related("organisation", "headline_series").get(organisation=council, slug=slug)
    return build_document("funding-profile", node, STAFF, period=period)


def thousands(row, keys=YEARS):
    return tuple(int(row[key] / 1000) for key in keys)


def test_the_three_versions_of_the_profile_are_as_printed(council):
    section = profile_of(council, "smarter-working").sections[0]
    said = {
        table.caption.split(" (in force")[0].split(" (proposed")[0]: tuple(
            thousands(row) for row in (*table.rows, *table.totals)
        )
        for table in section.tables
    }
    assert said == PRINTED
    assert [row["category"] for row in section.tables[0].rows] == ["ICT Equipment", "Furniture & Refurbishment"]
    assert [column.label for column in section.tables[0].columns] == [
        "Category", "2017/18", "2018/19", "2019/20", "Total",
    ]  # fmt: skip


def test_how_each_version_stands_is_in_its_caption(council):
    captions = [table.caption for table in profile_of(council, "smarter-working").sections[0].tables]
    assert captions == [
        "Original profile (in force from November 2016 to December 2017), in thousands of pounds",
        "Revised profile (Dec 17) (in force since December 2017), in thousands of pounds",
        "Potential profile (Nov 18) (proposed in October 2018, not decided), in thousands of pounds",
    ]


def test_side_by_side_each_version_has_its_difference_from_the_one_before(council):
    (table,) = profile_of(council, "smarter-working").sections[1].tables
    keys = ("version-0", "version-1", "version-2", "step-0", "step-1")
    rows = {(row["category"], row["year"]): thousands(row, keys) for row in (*table.rows, *table.totals)}
    assert rows["ICT Equipment", "2017/18"] == (1090, 1290, 1290, 200, 0)
    assert rows["ICT Equipment", "2018/19"] == (1005, 1005, 1384, 0, 379)
    assert rows["ICT Equipment", "2019/20"] == (579, 379, 0, -200, -379)
    assert rows["Furniture & Refurbishment", "2019/20"] == (148, 148, 148, 0, 0)
    assert rows["Total", "2018/19"] == (1442, 1442, 1821, 0, 379)
    assert rows["Total", "All years"] == (3609, 3609, 3609, 0, 0)


def test_what_each_version_moves_is_told_in_a_sentence(council):
    sentences = profile_of(council, "smarter-working").sections[0].content.sentences
    assert sentences[0] == (
        "Revised profile (Dec 17) against Original profile: 2017/18 +£200k, 2019/20 -£200k; the total stays at £3,609k."
    )


def test_the_potential_profile_is_a_proposal_that_nobody_decided(council):
    row = BudgetBaseline.objects.get(label="Potential profile (Nov 18)")
    assert (row.state, row.change_request.state) == ("proposed", ChangeRequest.State.SUBMITTED)


def test_as_at_a_day_later_versions_are_not_there(council):
    built = profile_of(council, "smarter-working", "2018-01-31")
    captions = [table.caption for table in built.sections[0].tables]
    assert len(captions) == 2
    assert "in force since December 2017" in captions[1]
    early = profile_of(council, "smarter-working", "2017-06-30")
    assert [table.caption for table in early.sections[0].tables] == [
        "Original profile (in force since November 2016), in thousands of pounds"
    ]
    assert len(early.sections) == 1  # nothing to stand beside it


def test_the_cloud_programme_has_its_money_by_year_and_five_phases(council):
    built = profile_of(council, "cloud-services")
    (table,) = built.sections[0].tables
    assert thousands(table.rows[0], ("year-1", "year-2", "year-3", "total")) == (1550, 1750, 800, 4100)
    assert [column.label for column in table.columns] == ["Category", "Year 1", "Year 2", "Year 3", "Total"]
    assert not table.notes  # the whole that is stated is what the years come to
    phases = built.sections[-1].content.rows
    assert [row["title"] for row in phases] == [
        "Phase 1 (discovery)", "Phase 2 (requirements)", "Phase 3 (procurement)", "Phase 4 (design & build)",
        "Phase 5 (implementation)",
    ]  # fmt: skip
    assert [row["status"].label for row in phases] == [
        "Complete", "Complete", "Complete", "Not rated", "Not started",
    ]  # fmt: skip


def test_readers_are_not_shown_it_and_a_node_without_budget_has_none(council):
    node = Node.objects.get(organisation=council, slug="smarter-working")
    with pytest.raises(NoSuchReport, match="not published"):
        build_document("funding-profile", node, Reader(only_published=True, sees_exempt=False))
    with pytest.raises(NoSuchReport, match="no budget"):
        profile_of(council, "place")


# ---- any council's ----


@pytest.fixture
def held(project):
    """A budget of £1,000.50 for no year, then of two years in pence."""
    report = factories.draft(project)
    row = factories.budget(report, planned=Decimal("1000.50"))
    for state, label, lines in (
        ("superseded", "", ()),
        ("in_force", "Split", (("", 2019, "600.25"), ("", 2020, "400.00"))),
    ):
        version = BudgetBaseline.objects.create(
            organisation=project.organisation, budget=row.budget, label=label, state="proposed",
            amount=Decimal("1000.50"), number=1 if not lines else 2,
        )  # fmt: skip
        for category, year, amount in lines:
            version.lines.create(
                organisation=project.organisation, category=category, year=year, amount=Decimal(amount)
            )
        BudgetBaseline.objects.filter(pk=version.pk).update(state=state)
    return project


def test_pence_are_printed_and_a_stated_whole_that_differs_is_said(held):
    tables = built_funding_profile(held, today=date(2019, 8, 6), sees_exempt=True).sections[0].tables
    assert [table.printed_rows[0].cells[-1].text for table in tables] == ["£1,000.50", "£1,000.25"]
    assert tables[1].notes == ("The version states £1,000.50; its lines come to £1,000.25.",)
    assert tables[0].caption.startswith("Version 1")


def test_what_an_exempt_change_proposes_is_not_shown_to_who_may_not_see_it(held):
    request = ChangeRequest.objects.create(
        organisation=held.organisation, node=held, ref="9", order=9, item_words="x", is_exempt=True
    )
    BudgetBaseline.objects.filter(label="Split").update(change_request=request)

    def shown(sees_exempt):
        return len(built_funding_profile(held, today=date(2019, 8, 6), sees_exempt=sees_exempt).sections[0].tables)

    assert (shown(True), shown(False)) == (2, 1)


def test_it_is_drawn_for_staff_as_page_pdf_and_workbook(client, held, director, reader):
    address = reverse("document", args=["funding-profile", held.organisation.slug, held.slug])
    client.force_login(director)
    assert "£1,000.25" in client.get(address).content.decode()
    pdf = client.get(address, {"format": "pdf"}).content
    assert_pdf_ua(pdf)
    assert "Versions side by side" in pdf_text(pdf)
    book = load_workbook(BytesIO(client.get(address, {"format": "xlsx"}).content))
    assert book.sheetnames == ["Version 1", "Split", "Side by side"]
    client.force_login(reader)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("typed", "year"), [("2018/19", 2018), ("2018", 2018), ("Year 1", 1), ("year 12", 12), ("", None)]
)
def test_a_year_is_a_financial_year_or_numbered_from_the_beginning(typed, year):
    assert YearInput().clean(typed) == year
    if typed.startswith("Y"):
        assert financial_year(year) == typed


@pytest.mark.parametrize("typed", ["Year", "Year 0", "Year one", "1", "2018/20"])
def test_what_names_no_year_is_refused_in_a_sentence(typed):
    with pytest.raises(ValidationError, match="Write the financial year as 2018/19"):
        YearInput().clean(typed)


# ---- as an appendix ----


@pytest.fixture
def cover(held, pmo):
    meeting = add_meeting(factories.board(held.organisation), datetime(2019, 9, 4, 9, tzinfo=UTC), by=pmo)
    return create_committee_report(
        node=top_node(held.organisation), meeting=meeting, slug="september", heading="Report", subject="Money",
        report_of="Director", sections=[{"heading": "Purpose", "text": "To tell."}], by=pmo,
    )  # fmt: skip


def append(client, cover, node):
    where = reverse("committee-report-edit", args=[cover.organisation.slug, cover.slug])
    page = client.get(where).context["page"]
    posted = {page.header.version_name: page.header.shown_version, page.header.typed_name: page.header.typed_json}
    posted |= {page.header.add_prefix(name): page.header.text_of(cover, name) for name in page.header.fields}
    chosen = {"label": "Appendix 1", "nodes": [node.pk], "document": "funding-profile"}
    return client.post(where, posted | {f"new-appendix-{name}": value for name, value in chosen.items()})


def test_it_can_be_an_appendix_and_readers_see_it_as_at_the_day_of_publication(client, held, cover, pmo, reader):
    client.force_login(pmo)
    assert append(client, cover, held).status_code == 302
    published = publish_committee_report(cover, by=pmo)
    titles = [part.built.title for part in pack_documents([published], public=True, day=date(2019, 8, 6))]
    assert titles[1] == "Funding profile: New library"
    client.force_login(reader)
    page = client.get(reverse("committee-report", args=[cover.organisation.slug, cover.slug]))
    (appendix,) = page.context["appendices"]
    assert "£1,000.25" in client.get(appendix["url"]).content.decode()
    address = reverse("document", args=["funding-profile", held.organisation.slug, held.slug])
    assert client.get(address).status_code == 404
    assert client.get(address, {"period": "2019-01-01"}).status_code == 404


def test_an_appendix_of_a_project_without_a_profile_is_refused_with_its_name(client, held, cover, pmo):
    client.force_login(pmo)
    page = append(client, cover, factories.project(held.organisation, "bare", "Bare project"))
    assert page.status_code == 422
    assert "No budget held to a profile: Bare project." in page.content.decode()
