"""The housing improvement project of May 2009, typed from the source's text, against the record and its documents."""

import io
import re
from datetime import date

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from projects.models import (
    Board,
    ChangeRequest,
    CommitteeReport,
    Node,
    NodeBaseline,
    Period,
    PlanItem,
    PlanItemUpdate,
    ProposedChange,
    Recommendation,
    Report,
    RiskAssessment,
    RiskBand,
    RiskMatrix,
    Status,
)
from reporting.documents.render import render_pdf, render_xlsx
from reporting.drawing import Reader, build_document
from reporting.packs import pack_documents
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db

COUNCIL = "norwich"  # that `loaded` puts into the database
STAFF = Reader(only_published=False, sees_exempt=True)

NOVEMBER = "Must be fully implemented by November 2009"
APRIL = "Must be fully implemented by April 2010"
OCTOBER = "Must be fully implemented by October 2009"
FINISHES = {
    "A.13": NOVEMBER, "B.6": NOVEMBER, "B.12": APRIL, "B.18": APRIL, "B.26": APRIL, "B.27": APRIL, "B.29": OCTOBER,
    "C.1": NOVEMBER, "D.2": NOVEMBER, "D.4": NOVEMBER, "D.5": NOVEMBER, "F.4": NOVEMBER, "G": NOVEMBER,
}  # fmt: skip
PARTS = {"A.8": 7, "B.1": 10, "B.7": 10, "B.13": 6, "B.29": 2, "C.1": 5, "C.2": 4, "D.1": 3, "D.4": 6, "D.5": 4,
         "F.2": 3, "F.4": 2, "G": 2}  # fmt: skip
# "Link to supporting recommendation" of every action that has one: R1 to R6 are the inspection's, H the HQN report's.
ANSWERS = {
    "A.1": "R1", "A.2": "R1 R6", "A.3": "R1", "A.5": "R1 R2", "A.6": "R2", "A.8": "R1 R2 R6", "A.9": "R1 R6",
    "A.10": "R1 R2 R6", "A.11": "R1 R6", "A.12": "R1 R6", "A.13": "R1 R6", "A.14": "R1 R6",
    "B.1": "R1 R2 R6", "B.2": "R1 R2", "B.3": "R1 R2", "B.4": "R1 R2", "B.5": "R1 R2", "B.6": "R1 R2", "B.7": "R3",
    "B.8": "R3", "B.9": "R2 R3", "B.10": "R3", "B.11": "R3", "B.12": "R3", "B.13": "H R4 R5", "B.14": "R4 R5",
    "B.15": "R2 R4 R5", "B.16": "R4 R5", "B.17": "R4 R5", "B.18": "R4 R5", "B.19": "H R5", "B.20": "R5",
    "B.21": "R2 R5", "B.22": "R5", "B.23": "R5", "B.24": "R5", "B.25": "H R2", "B.26": "R2", "B.27": "R2",
    "B.28": "R1 R2", "B.29": "Review R1", "C.1": "H R5", "C.2": "H", "C.3": "H R5", "D.1": "R1 R2 R6",
    "D.2": "R1 R2 R6", "D.4": "R1 R2 R6", "D.5": "R1 R6", "E.1": "R6", "F.1": "H R6", "F.2": "R2 R6",
    "F.3": "Serious case review", "F.4": "H R6",
}  # fmt: skip
# The other actions that an action's words name, as the source writes them.
NAMED = {
    "A.9": "A.2, A.3", "A.10": "A.6", "B.1": "C.1", "B.2": "A.2, A.3", "B.3": "A.6", "B.8": "A.2, A.3", "B.9": "A.6",
    "B.14": "A.2, A.3", "B.15": "A.6", "B.20": "A.2, A.3", "B.21": "A.6", "C.1": "D.4, D.5", "E.2": "A.6", "F.2": "D.5",
}  # fmt: skip


@pytest.fixture
def council(loaded, db):
    return loaded


@pytest.fixture
def project(council):
    return Node.objects.select_related("organisation", "headline_series", "sponsor_post", "lead_post").get(
        slug="housing-improvement"
    )


def rows(period="2009-04-b", **narrowed):
    return PlanItemUpdate.objects.filter(report__period__slug=period, **narrowed)


def drawn(name, project, period=""):
    return build_document(name, project, STAFF, period=period)


# ---- the plan ----


def test_sixty_actions_in_seven_themes_with_their_parts(council):
    actions = PlanItem.objects.filter(kind="action", parent=None)
    counts = {letter: actions.filter(node__reference=letter).count() for letter in "ABCDEFG"}
    assert counts == {"A": 14, "B": 29, "C": 3, "D": 5, "E": 4, "F": 4, "G": 1}
    assert actions.count() == sum(counts.values()) == 60
    assert {each.ref: each.children.count() for each in actions if each.children.exists()} == PARTS
    assert set(PlanItem.objects.exclude(parent=None).values_list("ref", flat=True)) == {""}


def test_finishes_are_words_and_dates_and_nothing_else_was_stated(council):
    assert dict(rows().exclude(finish_words="").values_list("ref", "finish_words")) == FINISHES
    assert {str(row.finish_on) for row in rows(finish_words=NOVEMBER)} == {"2009-11-30"}
    assert {str(row.finish_on) for row in rows(finish_words=APRIL)} == {"2010-04-30"}
    assert not rows().exclude(status=None).exists()
    assert not rows().exclude(start_words="").exists()
    scheme = Status.objects.filter(scheme__slug="milestone", scheme__organisation=council, is_archived=False)
    assert list(scheme.values_list("label", "kind")) == [
        ("Purple", "done"), ("Green", "on_track"), ("Amber", "at_risk"), ("Red", "off_track"),
    ]  # fmt: skip
    assert [status.definition for status in scheme[:2]] == ["Completed.", "On target."]


def test_recommendations_are_known_by_source_and_reference(council):
    inspection = Recommendation.objects.filter(source="Audit Commission Inspection")
    assert sorted(inspection.values_list("ref", flat=True)) == [f"R{number}" for number in range(1, 7)]
    first, second = Recommendation.objects.filter(ref="R1").order_by("source")
    assert (first.source, second.source) == ("Audit Commission Inspection", "Audit Commission Review")
    told = {}
    for item in PlanItem.objects.exclude(recommendations=None).prefetch_related("recommendations"):
        told[item.ref] = " ".join(sorted(_short(each) for each in item.recommendations.all()))
    assert told == ANSWERS


def _short(recommendation):
    source = recommendation.source
    if source.startswith("HQN"):
        return "H"
    if source.startswith("Serious"):
        return "Serious case review"
    return f"Review {recommendation.ref}" if source.endswith("Review") else recommendation.ref


def test_the_plan_prints_every_action_with_its_links(project):
    built = drawn("project-plan", project, "2009-04-30")
    counted = next(table for table in built.sections[1].tables)
    assert [(row["area"][:1], row["actions"], row["unrated"]) for row in counted.rows] == [
        ("A", 14, 14), ("B", 29, 29), ("C", 3, 3), ("D", 5, 5), ("E", 4, 4), ("F", 4, 4), ("G", 1, 1),
    ]  # fmt: skip
    assert counted.totals[0]["actions"] == 60
    printed = {
        row["ref"]: row
        for section in built.sections
        if section.key == "plan-area"
        for row in section.content.table.rows
        if row["ref"]
    }
    assert len(printed) == 60
    assert {ref: row["related"].words for ref, row in printed.items() if row["related"]} == NAMED
    anchors = {row["anchor"] for row in printed.values()}
    linked = {part.anchor for row in printed.values() if row["related"] for part in row["related"].parts if part.anchor}
    assert linked <= anchors
    assert printed["B.29"]["answers"] == "Audit Commission Review R1"
    assert printed["C.1"]["answers"] in (
        "Audit Commission Inspection R5; HQN report / consultant's plan",
        "HQN report / consultant's plan; Audit Commission Inspection R5",
    )
    assert printed["A.13"]["finish"].words == NOVEMBER
    pdf = render_pdf(built)
    assert_pdf_ua(pdf)
    assert "A.14" in pdf_text(pdf)
    book = load_workbook(io.BytesIO(render_xlsx(built)))
    words = {str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line if cell.value}
    assert {NOVEMBER, APRIL, OCTOBER, "Audit Commission Review R1", "A.2, A.3"} <= words


def test_the_plan_of_today_has_what_the_sample_checkpoint_says_and_marks_it(project):
    built = drawn("project-plan", project)
    (beside,) = [section.content for section in built.sections if section.key == "plan-beside"]
    assert [words for words, _ in beside.links] == [
        "Initiation document: version 5, in force from 30 April 2009", "Risk register: April 2009",
    ]  # fmt: skip
    areas = [section.content for section in built.sections if section.key == "plan-area"]
    assert [area.checkpoint for area in areas] == ["1 to 14 May 2009 (SAMPLE DATA)", *["17 to 30 April 2009"] * 6]
    statuses = {row["ref"]: row["status"].label for row in areas[0].table.rows if row["ref"]}
    assert [statuses[ref] for ref in ("A.1", "A.2", "A.8", "A.9", "A.4")] == [
        "Purple", "Green", "Amber", "Red", "Not rated",
    ]  # fmt: skip


# ---- checkpoint reports ----


def test_the_sample_checkpoint_prints_every_part_of_the_template(council):
    theme = Node.objects.get(slug="theme-a")
    built = drawn("checkpoint", theme)
    assert built.masthead.marking == "SAMPLE DATA"
    assert [section.title for section in built.sections] == [
        "Work area/theme", "Actions", "Activities", "Products completed", "Benefits", "Deviations/problems/risks",
        "Any changes proposed", "Work planned", "Products to be completed", "What the statuses mean",
    ]  # fmt: skip
    head = {row.label: row.text for row in built.sections[0].content.fields.rows}
    assert head == {
        "Senior responsible owner": "Director of Regeneration & Development",
        "Project manager/coordinator": "Project Manager",
        "Work area/theme": "A. Consultation, Communication, Engagement and Vision",
        "Lead officer for work area/theme": "Lead Officer - Communication, consultation and vision",
        "Date of this checkpoint report": "14 May 2009",
        "Date of next checkpoint report": "28 May 2009",
    }
    assert "norwich/theme-a" in built.sections[0].content.location
    pdf = render_pdf(built)
    assert_pdf_ua(pdf)
    text = pdf_text(pdf)
    for words in (
        "Plan of a theme: Project Manager, then Director",
        "Housing Improvement Project Board, then Executive",
    ):
        assert words in text


def test_every_theme_stands_in_the_checkpoints_of_the_project(project):
    built = drawn("checkpoint", project)
    heads = [section.title for section in built.sections if section.key == "checkpoint-head"]
    assert [title[0] for title in heads] == list("ABCDEFG")
    of_b = next(section for section in built.sections if section.title.startswith("B. "))
    assert of_b.content.fields.notes[0].startswith("Not reported: activities, products completed, benefits")
    assert_pdf_ua(render_pdf(built))


def test_changes_proposed_are_drafted_requests_on_the_route_of_the_rules(council):
    plan, service = ChangeRequest.objects.order_by("pk")
    assert {plan.state, service.state} == {"draft"}
    assert (plan.route.name, service.route.name) == ("Plan of a theme", "Service or policy")
    moved = plan.planitembaseline_items.get()
    assert (moved.plan_item.ref, moved.finish_words) == ("A.13", "January 2010")
    printed = ProposedChange.objects.order_by("order").values_list("about", "change_request")
    assert list(printed) == [("plan", plan.pk), ("service", service.pk)]


def test_who_decides_by_sections_4_4_5_and_4_7(council):
    steps = {
        route.name: [str(step) for step in route.steps.select_related("board", "post")]
        for route in council_routes(council)
    }
    owner = "Director of Regeneration & Development"
    assert steps == {
        "Service or policy": ["Housing Improvement Project Board", "Executive"],
        "Significant milestone": ["Housing Improvement Project Board", "Executive"],
        "Plan of a theme": ["Project Manager", owner],
        "Minor change": [owner],
    }


def council_routes(council):
    return ChangeRequest._meta.get_field("route").related_model.objects.filter(organisation=council)


def test_reports_are_due_48_hours_before_the_team_meets_and_boards_meet_by_month_and_quarter(council):
    for period in Period.objects.filter(calendar__slug="checkpoint", organisation=council).select_related("meeting"):
        hours = (period.meeting.starts_at - period.due_at).total_seconds() / 3600
        assert hours == 48, period
        assert timezone.localdate(period.meeting.starts_at) == period.ends_on
    cadences = dict(Board.objects.filter(organisation=council).values_list("name", "cadence"))
    assert cadences["Housing Improvement Project Team"] == "fortnightly"
    assert cadences["Housing Improvement Project Board"] == "monthly"
    assert cadences["Executive"] == "quarterly"
    series = Report.objects.filter(node__slug="housing-improvement").values_list("template__slug", flat=True)
    assert set(series) == {"board-report"}
    calendars = {
        each.template.slug: each.calendar.cadence for each in Node.objects.get(slug="housing-improvement").series.all()
    }
    assert calendars == {"board-report": "monthly", "executive-update": "quarterly"}


# ---- risks ----


def test_the_matrix_has_the_ten_labels_and_the_four_bands(council):
    matrix = RiskMatrix.objects.get(organisation=council)
    assert matrix.likelihood_labels == ["Remote", "Unlikely", "Possible", "Probable", "Highly probable"]
    assert matrix.impact_labels == ["Insignificant", "Minor", "Moderate", "Major", "Critical"]
    assert list(RiskBand.objects.filter(matrix=matrix).values_list("status__label", "from_score", "to_score")) == [
        ("Low risk", 1, 6), ("Moderate risk", 7, 10), ("High risk", 11, 16), ("Very high risk", 17, 25),
    ]  # fmt: skip
    rated = RiskAssessment.objects.values_list("ref", "residual_likelihood", "residual_impact", "residual_band__label")
    assert list(rated.order_by("ref"))[:3] == [
        ("A", 1, 1, "Low risk"), ("B", 3, 3, "Moderate risk"), ("C", 5, 5, "Very high risk"),
    ]  # fmt: skip


def test_the_risk_register_has_every_column_of_the_matrix_and_its_text_twin(project):
    built = drawn("risk-register", project)
    assert [(row.label, row.text) for row in built.sections[0].content.rows] == [
        ("Senior Responsible Owner", "Director of Regeneration & Development"), ("Project Sponsor", "Chief Executive"),
    ]  # fmt: skip
    matrix = built.sections[1].content
    assert matrix.impact_labels == ("1 Insignificant", "2 Minor", "3 Moderate", "4 Major", "5 Critical")
    assert [row.label for row in matrix.rows] == [
        "5 Highly probable", "4 Probable", "3 Possible", "2 Unlikely", "1 Remote",
    ]  # fmt: skip
    cells = {(cell.likelihood, cell.impact): cell for row in matrix.rows for cell in row.cells}
    assert (cells[5, 5].count, cells[5, 5].references, cells[5, 5].score) == (1, ("C",), 25)
    assert {score: _band_at(cells, score) for score in (6, 8, 10, 12, 16, 20)} == {
        6: "Low risk", 8: "Moderate risk", 10: "Moderate risk", 12: "High risk", 16: "High risk", 20: "Very high risk",
    }  # fmt: skip
    listed = built.sections[2].content
    assert [(row["score"], row["band"].label, row["risk"][0]) for row in listed.rows] == [
        (25, "Very high risk", "C"), (16, "High risk", "D"), (9, "Moderate risk", "B"), (1, "Low risk", "A"),
    ]  # fmt: skip
    assert [column.label for column in built.sections[3].content.columns] == [
        "Ref", "Details of risk", "Work area/theme", "Potential impact of risk", "Existing controls", "Impact",
        "Likelihood", "Net risk score", "Band", "Further actions required", "Person who will implement further action",
        "Timescale to implement further action", "Date when risk last reviewed", "Current status/progress",
    ]  # fmt: skip
    pdf = render_pdf(built)
    assert_pdf_ua(pdf)
    text = pdf_text(pdf)
    for words in ("Net risk score 1-6.", "Net risk score 7-10.", "Net risk score 11-16.", "Net risk score 17-25."):
        assert words in text


def _band_at(cells, score):
    return next(cell.band.label for cell in cells.values() if cell.score == score)


# ---- the initiation document and the recommendations ----


def test_the_initiation_document_has_its_versions_and_every_section(project):
    assert list(NodeBaseline.objects.filter(node=project).values_list("number", "document_on_words", "state")) == [
        (1, "06/0/09", "superseded"), (2, "23/03/09", "superseded"), (3, "31/03/09", "superseded"),
        (4, "09/04/09", "superseded"), (5, "30/04/09", "in_force"),
    ]  # fmt: skip
    built = drawn("pid", project)
    titles = [section.title for section in built.sections]
    assert titles == [
        "Who answers for it", "Document control and approvals", "Purpose of the document", "Overall aim",
        "Key principles", "Key definitions", "Project objectives", "Project outcomes", "Scope: included",
        "Scope: excluded", "Stages and key activities", "Plans", "Deliverables", "Benefits", "Dependencies",
        "Risk management", "Progress reports", "Any other information", "Roles and responsibilities: board",
        "Project team", "Key stakeholders",
    ]  # fmt: skip
    by_title = {section.title: section.content for section in built.sections}
    assert [passage.heading for passage in by_title["Key principles"].narrative.passages] == [
        "Tenant Involvement", "Access and Customer Service", "Equality and diversity",
        "Prioritisation, capacity, transparency", "Value for money", "Performance",
    ]  # fmt: skip
    stages = [passage.heading for passage in by_title["Stages and key activities"].narrative.passages]
    assert [stage.partition(":")[0] for stage in stages] == [f"Stage {number}" for number in range(1, 7)]
    activities = [
        len(passage.paragraphs[0].bullets) for passage in by_title["Stages and key activities"].narrative.passages
    ]
    assert activities == [9, 2, 5, 5, 3, 1]
    assert by_title["Overall aim"].narrative.passages[0].paragraphs[0].text == "A 2 star housing service by March 2011."
    deliverables = by_title["Deliverables"].narrative.tables[0].rows
    assert {row["0"].split()[0]: row["1"] for row in deliverables} == FINISHES
    assert len(by_title["Roles and responsibilities: board"].narrative.tables[0].rows) == 11
    assert [words for words, _ in by_title["Plans"].links] == ["Project plan: 60 actions in 7 work areas"]
    pdf = render_pdf(built)
    assert_pdf_ua(pdf)
    text = pdf_text(pdf)
    assert not re.search(r"\b01603|@|Massey|Andrews|Goddard|Loades|O'Keefe", text)


def test_the_document_of_an_earlier_day_is_the_version_then_in_force(project):
    built = drawn("pid", project, "2009-04-01")
    assert built.subtitle == "Version 3"


def test_the_tracker_lists_recommendations_by_source_with_closing_evidence(project):
    built = drawn("recommendation-tracker", project)
    listed = built.sections[1].content.rows
    assert [(row["source"], row["ref"]) for row in listed][:7] == [
        *(("Audit Commission Inspection", f"R{number}") for number in range(1, 7)),
        ("Audit Commission Review", "R1"),
    ]
    by_key = {(row["source"], row["ref"]): row for row in listed}
    assert by_key["Audit Commission Inspection", "R3"]["actions"] == "B.7, B.8, B.9, B.10, B.11, B.12"
    assert by_key["Audit Commission Review", "R1"]["actions"] == "B.29"
    closed = [row for row in listed if row["status"].label == "Closed"]
    assert all(row["source"].startswith("SAMPLE DATA") and row["evidence"] for row in closed)
    assert_pdf_ua(render_pdf(built))


# ---- the report to the Executive ----


def test_the_report_to_the_executive_has_the_headings_facts_and_papers_of_the_source(council):
    built = drawn("cover-report", Node.objects.get(slug="norwich"), "2009-05-13")
    head = built.sections[0].content
    assert (head.report_to, head.meeting, head.subject) == (
        "Executive", date(2009, 5, 13), "Housing Improvement Plan - Update",
    )  # fmt: skip
    assert dict(head.more) == {
        "Agenda item": "6",
        "Executive Member": "Housing and Adult Services; Sustainable City Development",
        "Ward": "All",
    }
    assert [section.title for section in built.sections[1:]] == [
        "Purpose", "Recommendations", "Financial Consequences", "Risk Assessment",
        "Strategic Priority and Outcome/Service Priorities", "Housing Improvement Plan", "Contact Officers",
        "Background Documents", "Appendices",
    ]  # fmt: skip
    by_title = {section.title: section.content for section in built.sections}
    numbered = by_title["Housing Improvement Plan"].passages[0].paragraphs
    assert [paragraph.number for paragraph in numbered] == ["1.", "2.", "3.", "4."]
    for place, words in enumerate(("22 April 2009", "60 action points", "working document", "Appendix A")):
        assert words in numbered[place].text
    papers = [
        paragraph.text for passage in by_title["Background Documents"].passages for paragraph in passage.paragraphs
    ]
    assert papers == [
        "HQN summary September 2008",
        "Audit Commission inspection of landlord services report April 2009",
        "Audit Commission audit of the letting of council houses April 2009",
    ]
    report = CommitteeReport.objects.get(slug="executive-2009-05-13")
    pack = list(pack_documents([report], public=True, day=date(2009, 5, 13)))
    assert pack[1].built.title == "Project plan: Norwich Housing Improvement Project"
    assert pack[1].built.sections[1].tables[0].totals[0]["actions"] == 60
