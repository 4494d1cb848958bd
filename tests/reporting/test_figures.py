"""Every figure of the published July 2019 appendices, typed from the source, against the PDFs that the portal draws."""

import re
from datetime import date

import pytest
from django.db import transaction
from django.template.loader import render_to_string

from projects.models import Node, ReportSummary
from reporting.documents import pdf as drawing
from reporting.documents.contents import Fields, Table, printed
from reporting.documents.render import render_as
from reporting.drawing import Reader, build_document
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

# The database of the tests is made only where a test of the run asks for one; without this the file alone would
# read the developer's own.
pytestmark = pytest.mark.django_db

PUBLIC = Reader(only_published=True, sees_exempt=False)


class Drawn:
    """One document: as built, its PDF, and the PDF's words with every run of white space one blank."""

    def __init__(self, built):
        self.built = built
        self.pdf = render_as(built, "pdf")
        self.text = re.sub(r"\s+", " ", pdf_text(self.pdf))

    def fields(self):
        """{label in lower case: value as printed} over all blocks of labels and values."""
        return {
            (section.key, row.label.lower()): row.text
            for section in self.built.sections
            if isinstance(section.content, Fields)
            for row in section.content.rows
        }

    def notes(self):
        return {
            row.label.lower(): row.note
            for section in self.built.sections
            if isinstance(section.content, Fields)
            for row in section.content.rows
            if row.note
        }

    def rows(self, key):
        """The rows of a table as tuples of what is printed, statuses by their words."""
        (table,) = [section.content for section in self.built.sections if section.key == key]
        assert isinstance(table, Table)
        return [tuple(printed(row.get(column.key), column.kind) for column in table.columns) for row in table.rows]


@pytest.fixture(scope="module")
def drawn(django_db_setup, django_db_blocker, demonstration):
    """The documents of the two GOLD projects, the BRONZE and SILVER samples, and the cover report."""
    with django_db_blocker.unblock(), transaction.atomic():
        demonstration.council("rochford")
        nodes = {node.slug: node for node in Node.objects.select_related("organisation", "headline_series")}
        documents = {
            slug: Drawn(build_document("project-dashboard", nodes[slug], PUBLIC))
            for slug in ("homelessness", "ict", "leisure-centre-sample", "garden-waste-sample")
        }
        documents["cover"] = Drawn(build_document("cover-report", nodes["rochford"], PUBLIC))
        documents["changes"] = Drawn(build_document("change-control", nodes["ict"], PUBLIC))
        documents["risks"] = Drawn(build_document("risk-register", nodes["homelessness"], PUBLIC))
        documents["sums"] = {
            summary.report.node.slug: summary.sums
            for summary in ReportSummary.objects.filter(report__as_at_on=date(2019, 7, 10)).select_related(
                "report__node"
            )
        }
        yield documents
        transaction.set_rollback(True)


HOMELESSNESS_FIELDS = {
    ("project-detail", "project reference"): "5",
    ("project-detail", "project title"): "Homelessness",
    ("project-detail", "project lead"): "Assistant Director - People & Communities",
    ("project-detail", "reports to"): "Executive",
    ("project-detail", "project start date"): "01/04/2018",
    ("project-detail", "project finish date"): "31/03/2020",
    ("project-detail", "project stage"): "Delivery",
    ("project-detail", "project team members"): "9",
    ("project-status", "project status"): "GREEN",
    ("project-status", "project score (10)"): "3",
    ("project-status", "direction of travel"): "Ahead of Target",
    ("budget", "planned budget"): "£601,400",
    ("budget", "end of year forecast"): "£594,058",
    ("budget", "budget remaining"): "£7,342",
    ("budget", "end of year forecast vs planned budget"): "-1%",
    ("budget", "forecast overspend/underspend"): "Forecast to underspend by £7,342",
    ("risk-consideration", "number of high risks"): "2",
    ("risk-consideration", "is your budget on track? gold only"): "Yes",
    ("risk-consideration", "has there been any unforeseen spend? gold only"): "No",
    ("risk-consideration", "number of red milestones"): "0",
    ("risk-consideration", "have any of your milestones slipped with consequences?"): "No",
    ("risk-consideration", "direction of travel"): "OK",
    ("risk-consideration", "risk status"): "OK",
}
ICT_FIELDS = {
    ("project-detail", "project reference"): "2",
    ("project-detail", "project title"): "ICT",
    ("project-detail", "project lead"): "Assistant Director - Transformation",
    ("project-detail", "reports to"): "Executive",
    ("project-detail", "project start date"): "01/12/2017",
    ("project-detail", "project finish date"): "01/07/2019",
    ("project-detail", "project stage"): "Delivery",
    ("project-detail", "project team members"): "3",
    ("project-status", "project status"): "AMBER",
    ("project-status", "project score (3)"): "2",
    ("project-status", "direction of travel"): "On Track",
    ("budget", "planned budget"): "£642,848",
    ("budget", "actual spend to date"): "£494,982",
    ("budget", "committed spend to date"): "£102,888",
    ("budget", "emergency spend"): "£0",
    ("budget", "budget remaining"): "£44,978",
    ("budget", "percentage of planned budget spend"): "93%",
    ("risk-consideration", "number of high risks"): "3",
    ("risk-consideration", "is your budget on track? gold only"): "Yes",
    ("risk-consideration", "has there been any unforeseen spend? gold only"): "No",
    ("risk-consideration", "number of red milestones"): "0",
    ("risk-consideration", "have any of your milestones slipped with consequences?"): "No",
    ("risk-consideration", "direction of travel"): "OK",
    ("risk-consideration", "risk status"): "OK",
}


@pytest.mark.parametrize(("slug", "fields"), [("homelessness", HOMELESSNESS_FIELDS), ("ict", ICT_FIELDS)])
def test_every_label_has_its_figure(drawn, slug, fields):
    assert drawn[slug].fields() == fields
    # A label may break after a slash, so the blanks go.
    text = drawn[slug].text.replace(" ", "").lower()
    for (_, label), value in fields.items():
        assert label.replace(" ", "") in text
        assert value.replace(" ", "").lower() in text


def test_a_stated_figure_that_differs_is_noted_and_never_replaces_the_derived_one(drawn):
    assert drawn["ict"].notes() == {"budget remaining": "Stated in the source as £44,979."}
    assert drawn["homelessness"].notes() == {}


MARCH = "Mar-20 ongoing"


def test_milestones_of_homelessness(drawn):
    assert drawn["homelessness"].rows("milestones") == [
        ("1", "Eliminate the use of B & B", "Apr-18", MARCH, "GREEN", "Milestone 1", ""),
        ("2", "Increase the supply of affordable temporary and settled accommodation", "Apr-18", MARCH, "AMBER",
         "Milestone 2,5", ""),
        ("3", "To deliver a proactive preventative housing options service", "Apr-18", MARCH, "GREEN",
         "Milestone 2,3,5,6", ""),
    ]  # fmt: skip


def test_interdependencies_lead_to_rows_and_say_where_they_do_not(drawn):
    (table,) = [each.content for each in drawn["homelessness"].built.sections if each.key == "milestones"]
    links = [row["links"] for row in table.rows]
    assert [[part.text for part in each.parts if part.anchor] for each in links] == [[], [], ["2"]]
    assert [each.note for each in links] == ["1 is itself", "2 is itself; 5 not listed", "3 is itself; 5, 6 not listed"]
    assert {part.anchor for each in links for part in each.parts if part.anchor} <= {
        row["anchor"] for row in table.rows
    }


CRITICAL = "Critical path"


def test_milestones_of_ict(drawn):
    assert drawn["ict"].rows("milestones") == [
        ("1", "Office 365 -First pilot user migrated (members) and High Level Designs issued", "Dec-17", "Mar-18",
         "Complete", "", CRITICAL),
        ("2", "Azure tenancy ready for use", "Dec-17", "Feb-18", "Complete", "", ""),
        ("3", "RDS Test Server ready for use", "Dec-17", "Jun-18", "Complete", "", CRITICAL),
        ("4", "Officer Pilot Users and Good Users ready", "Dec-17", "Jun-18", "Complete", "Milestone 3", ""),
        ("5", "Users on exchang server ready for migration to 0365", "Dec-17", "Dec-18", "Complete", "Milestone 4", ""),
        ("6", "Windows 2003 servers and app installs", "Dec-17", "Mar-19", "GREEN", "", ""),
        ("7", "Skype and one drive available", "Dec-17", "Nov-18", "Complete", "Milestone 6", ""),
        ("8", "Final payment milestone", "Dec-17", "Jul-19", "GREEN", "Milestone 6", CRITICAL),
    ]  # fmt: skip


MONTHLY = "March 2020 monthly ongoing"


def test_risks(drawn):
    assert [(ref, review, band) for ref, _, review, band in drawn["homelessness"].rows("high-risk-register")] == [
        ("1", MONTHLY, "Medium"),
        ("2", MONTHLY, "High"),
        ("3", MONTHLY, "Medium"),
        ("4", MONTHLY, "Low"),
        ("5", MONTHLY, "High"),
        ("6", MONTHLY, "Medium"),
    ]
    assert drawn["ict"].rows("high-risk-register") == [
        ("1", "Rochford do not have the resources or skills to complete the project", "Jun-18", "High"),
        ("2", "Eduserv do not have the resources or skills to complete the project", "Feb-18", "High"),
        ("3", "Data Centre at Swindon fails", "Aug-18", "High"),
        ("4", "Lack of documentation for software and server install", "Oct-18", "Medium"),
        ("5", "UAT Resource not available", "Oct-18", "Medium"),
    ]


def test_benefits(drawn):
    monitored = "monthly monitoring"
    assert drawn["homelessness"].rows("benefits") == [
        ("1", "0 B & B placements", monitored, "Under Review"),
        ("2", "50% reduction in out of district emergency placements (Nightly Let/HMO)", monitored, "Under Review"),
        ("3", "50% increase in homeless preventions", monitored, "Under Review"),
    ]
    assert drawn["ict"].rows("benefits") == [
        ("1", "Remote access enabling flexible working.", "Nov-18", "Completed"),
        ("2", "Enterprise Licence will enable the use of Microsoft applications to improve efficiencies", "",
         "Completed"),
        ("3", "All servers are supported reducing risk of failure", "Nov-18", "On Target"),
        ("4", "Able to move forward with Transformation and Cultural change project", "Nov-18", "Under Review"),
    ]  # fmt: skip


def test_posts_streams_and_changes(drawn):
    posts = drawn["homelessness"].rows("resources")
    assert len(posts) == 9
    assert posts[0][0] == "Housing Options Team Leader"
    assert posts[4] == ("Housing Options officer", "Fixed term post grant funded 2018-21", "2018-21")
    assert posts[8] == ("Community Engagement officer", "Fixed term DWP funded post 2018-19", "2018-19")
    assert drawn["homelessness"].rows("reporting-streams") == [
        ("Communications Plan", "GOLD"),
        ("Stakeholder Engagement Strategy", "GOLD"),
    ]
    changes = drawn["homelessness"].rows("change-control")
    assert len(changes) == 11
    assert changes[1][4:] == ("17.7.18 Full Council via K Head report.", "17.7.18 Full Council via K Head report")
    assert "4.05% (£28,800)" in changes[1][3]
    ict = drawn["changes"].rows("change-control")
    assert [row[-1] for row in ict] == ["Jul-18", "Jul-18", "Nov-18", "Nov-18", "Apr-19"]
    assert [row[-2] for row in ict] == [""] * 5
    assert ict[4][0] == "Final Payment Milestone"


@pytest.mark.parametrize(
    ("slug", "figures"),
    [
        ("homelessness", ["August/September 2019", "June 2019", "Appendix 1", "PUBLIC DOCUMENT", "GOLD"]),
        ("ict", ["£642,848", "£620,271", "£7,581", "109", "3%", "Appendix 2", "PUBLIC DOCUMENT", "GOLD"]),
        (
            "cover",
            ["10 JULY 2019", "1 in every 6", "180", "October 2018", "3 servers", "100 staff", "RESOLVES", "11.1"],
        ),
    ],
)
def test_figures_of_the_text_and_the_masthead(drawn, slug, figures):
    for figure in figures:
        assert figure in drawn[slug].text


def test_headings_say_which_projects_fill_them(drawn):
    text = drawn["homelessness"].text
    for heading in (
        "PROJECT DETAIL - ALL PROJECTS",
        "BUDGETING AND FORECASTING - GOLD PROJECTS ONLY",
        "RISK CONSIDERATION - ALL PROJECTS",
        "MILESTONES AND INTERDEPENDENCIES - GOLD AND SILVER PROJECTS",
        "CRITICAL PATH - ALL PROJECTS",
        "PROJECT HIGH RISK REGISTER - GOLD AND SILVER PROJECTS ONLY",
        "BENEFITS REALISATION - ALL PROJECTS",
        "RESOURCE PLANNING AND FORECASTING - GOLD PROJECTS ONLY",
    ):
        assert heading in text


def test_a_tier_fills_its_sections_only(drawn):
    silver = {section.key for section in drawn["leisure-centre-sample"].built.sections}
    bronze = {section.key for section in drawn["garden-waste-sample"].built.sections}
    assert silver >= {"milestones", "high-risk-register", "benefits"}
    assert not silver & {"budget", "resources"}
    assert not bronze & {"budget", "resources", "high-risk-register"}
    titles = [section.title for section in drawn["garden-waste-sample"].built.sections]
    assert "CRITICAL PATH - ALL PROJECTS" in titles
    assert "GOLD ONLY" not in drawn["garden-waste-sample"].text


def test_what_a_tier_does_not_report_is_not_nought(drawn):
    fields = drawn["garden-waste-sample"].fields()
    assert fields["risk-consideration", "number of high risks"] == "Not reported"


def test_the_cover_report_has_its_eleven_sections(drawn):
    titles = [section.title for section in drawn["cover"].built.sections if section.key == "cover-section"]
    assert [title.split()[0] for title in titles] == [str(number) for number in range(1, 12)]
    numbers = [
        paragraph.number
        for section in drawn["cover"].built.sections
        if section.key == "cover-section"
        for passage in section.content.passages
        for paragraph in passage.paragraphs
    ]
    assert numbers == ["1.1", "2.1", "2.2", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "4.1", "5.1", "6.1", "7.1", "7.2",
                       "8.1", "9.1", "10.1", "11.1"]  # fmt: skip
    assert "Homelessness Project" in drawn["cover"].text
    assert "ICT Project" in drawn["cover"].text


def test_lists_and_documents_say_the_same(drawn):
    assert drawn["sums"]["homelessness"] == {"planned": "601400.00", "forecast": "594058.00"}
    assert drawn["sums"]["ict"] == {
        "planned": "642848.00",
        "actual": "494982.00",
        "committed": "102888.00",
        "emergency": "0.00",
    }


@pytest.mark.parametrize(
    "slug", ["homelessness", "ict", "leisure-centre-sample", "garden-waste-sample", "cover", "changes", "risks"]
)
def test_every_pdf_is_accessible(drawn, slug):
    assert_pdf_ua(drawn[slug].pdf)


def test_file_names_are_those_that_readers_see(drawn):
    assert drawn["homelessness"].built.file_name == "Appendix 1 - PMO Dashboard - Homelessness.pdf"
    assert drawn["cover"].built.file_name == "Cover report - Executive - 10 July 2019.pdf"


@pytest.mark.parametrize("slug", ["homelessness", "ict", "leisure-centre-sample", "garden-waste-sample", "cover"])
def test_every_heading_begins_at_its_margin(drawn, slug):
    """A heading below two columns of nearly the same height must not begin beside the longer one."""
    html = render_to_string("reporting/print.html", {"built": drawn[slug].built, "medium": "pdf"})
    style_sheet = drawing._style_sheet(drawing.document_styles())
    pages = drawing.Page(html).render(stylesheets=[style_sheet], font_config=drawing._fonts()).pages
    headings = [box for one in pages for box in one._page_box.descendants() if box.element_tag == "h2"]
    blocks = [box for box in headings if type(box).__name__ == "BlockBox"]
    assert blocks
    for box in blocks:
        first = next(inner for inner in box.descendants() if getattr(inner, "text", ""))
        assert first.position_x == pytest.approx(box.position_x), first.text
