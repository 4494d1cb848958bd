"""Agenda items 4 to 9, the minutes and the work programme against the source: figures, titles, days, numbers.

Everything expected here was typed from the printed agenda, not taken from what the portal draws.
"""

import pytest

from projects.models import CommitteeReport
from reporting.boards import board_document
from reporting.documents.catalogue.cover_report import built_cover_report

COVERS = {  # item: (subject, last numbered paragraph before the comments, initials of the reviewers)
    "4": ("SMARTER WORKING PROGRAMME", 23, ["KK", "GB"]),
    "5": ("DATA CENTRE MODERNISATION (CLOUD) PROGRAMME UPDATE", 23, ["CEH", "SES"]),
    "6": ("PROJECT MANAGEMENT METHODOLOGY USE IN ICT SERVICES", 17, ["CEH", "CSB"]),
    "7": (
        "PROGRESS REPORT ON DELIVERY OF IMPROVEMENT AND CHANGE PROGRAMMES, PROJECTS AND SAVINGS",
        22,
        ["SLB", "SES"],
    ),
    "8": ("ICT PROGRAMMES AND PERFORMANCE QUARTER 2 2018-19", 16, ["CEH", "SES"]),
    "9": ("WORK PROGRAMME", 6, ["SLB", "NS"]),
}
PROFILES = {
    "Original profile": (
        ("ICT Equipment", "1,090", "1,005", "579", "2,674"),
        ("Furniture & Refurbishment", "350", "437", "148", "935"),
        ("Total", "1,440", "1,442", "727", "3,609"),
    ),
    "Revised profile (Dec 17)": (
        ("ICT Equipment", "1,290", "1,005", "379", "2,674"),
        ("Furniture & Refurbishment", "350", "437", "148", "935"),
        ("Total", "1,640", "1,442", "527", "3,609"),
    ),
    "Potential profile (Nov 18)": (
        ("ICT Equipment", "1,290", "1,384", "0", "2,674"),
        ("Furniture & Refurbishment", "350", "437", "148", "935"),
        ("Total", "1,640", "1,821", "148", "3,609"),
    ),
}
HISTORY = (("71", "9"), ("80", "9"), ("81", "8.67"), ("89", "9"), ("86", "8.2"), ("84", "8.1"))
PROGRAMME = {
    "7 January 2019": (
        "Transformation Strategy",
        "Online Services",
        "Departmental Update on Improvement & Change",
        "Council Plan – Six Monthly Review of Progress",
    ),
    "4 March 2019": (
        "Programmes, projects and savings - Quarter 3",
        "ICT Programmes and Performance – Quarter 3",
    ),
    "30 April 2019": ("Departmental Update on Improvement & Change", "Smarter Working Programme Update"),
    "24 June 2019": (
        "Council Plan – Review of Progress Quarter 4",
        "Programmes, projects and savings - Quarter 4",
        "ICT Programmes and Performance – Quarter 4",
        "Departmental Update on Improvement & Change",
    ),
}
FIGURES = {  # item: figures of its text
    "4": ("£3.6m", "£0.2m", "356", "1,144", "256", "800", "100"),
    "5": ("600", "11,500", "20%", "£4.1 million", "£1.550m", "£1.750m", "£800k", "£50k", "£200k", "5 phases"),
    "6": ("6 areas", "12 months"),
    "7": (
        "£25.6m", "£6m", "£17.8m", "£6.7m", "£2.4m", "£25k", "£686k", "£3m", "£272k", "£1.12m", "£250k", "£70k",
        "£251k", "£86k", "28 people", "5-6", "£124k", "12 moves", "£60k", "£1.080m", "3.1%", "£34.9m", "£400k",
        "£520k", "£10k", "£160k",
    ),
    "8": ("£300k", "2 years", "1000", "67%", "85%", "4.5", "£140k", "September 30th", "July 2019"),
}  # fmt: skip


COUNCIL = "nottinghamshire"  # that `loaded` puts into the database


@pytest.fixture
def council(loaded, db):
    return loaded


def drawn(council, item):
    report = CommitteeReport.objects.get(organisation=council, agenda_item=item)
    return built_cover_report(report, sees_exempt=False, day=council.clock_on)


def paragraphs(built):
    return [
        paragraph
        for section in built.sections
        if section.key == "cover-section"
        for passage in section.content.passages
        for paragraph in passage.paragraphs
    ]


def tables(built):
    return {table.caption: [tuple(cell.text for cell in row.cells) for row in table.printed_rows]
            for _, table in built.tables}  # fmt: skip


@pytest.mark.parametrize("item", COVERS)
def test_the_reports_of_the_agenda(council, item):
    subject, last, initials = COVERS[item]
    report = CommitteeReport.objects.get(organisation=council, agenda_item=item)
    assert report.subject == subject
    assert list(report.clearances.values_list("initials", flat=True)) == initials
    numbered = [each.number for each in paragraphs(drawn(council, item)) if each.number.endswith(".")]
    # the comments go on with the two numbers after the report's own
    assert numbered == [f"{number}." for number in range(1, last + 3)]


@pytest.mark.parametrize(("item", "figure"), [(item, figure) for item, all_ in FIGURES.items() for figure in all_])
def test_the_figures_of_the_text(council, item, figure):
    words = "\n".join(f"{each.text}\n{'; '.join(each.bullets)}" for each in paragraphs(drawn(council, item)))
    assert figure in words


def test_the_profiles_of_the_smarter_working_programme(council):
    found = tables(drawn(council, "4"))
    for caption, rows in PROFILES.items():
        assert tuple(found[caption]) == rows


def test_five_phases_and_three_models_of_the_cloud(council):
    found = tables(drawn(council, "5"))
    assert [row[0] for row in found["Phases of the programme"]] == [
        "Phase 1 (discovery)", "Phase 2 (requirements)", "Phase 3 (procurement)", "Phase 4 (design & build)",
        "Phase 5 (implementation)",
    ]  # fmt: skip
    assert len(found["Models of cloud service"]) == 3


def test_milestones_and_delivery_scores_by_quarter_and_the_agilometer(council):
    found = tables(drawn(council, "6"))
    assert tuple(row[1:] for row in found["Milestones delivered and project delivery scores"]) == HISTORY
    assert found["Agilometer"][-1] == ("Suitability of Agile", "0.00")
    assert len(found["Agilometer"]) == 7


def test_the_work_programme_as_at_25_october(council):
    built = board_document("work-programme", council, only_published=True, sees_exempt=False)
    assert built.masthead.as_at == "as at 25 October 2018"
    assert {
        section.title: tuple(row.cells[0].text for row in section.content.printed_rows) for section in built.sections
    } == PROGRAMME
    assert drawn(council, "9").sections[-1].title == (
        "Improvement and Change Sub-Committee - work programme (as at 25 October 2018)"
    )


def test_the_minutes_of_4_september(council):
    built = board_document("minutes", council, only_published=True, sees_exempt=False, period="2018-09-04")
    facts = {row.label: row.text for row in built.sections[0].content.rows}
    assert facts["Date"] == "4 September 2018 (commencing at 10.30 am)"
    passages = [
        passage for section in built.sections if section.key == "cover-section" for passage in section.content.passages
    ]
    resolved = [passage for passage in passages if passage.heading]
    assert [passage.heading for passage in resolved] == [f"Resolved 2018/0{number}" for number in (15, 16, 17, 18)]
    assert resolved[-1].paragraphs[-1].bullets == (
        "7 January 2019: Departmental Update on Improvement & Change",
        "30 April 2019: Departmental Update on Improvement & Change",
    )
    assert passages[-1].paragraphs[0].text == "The meeting closed at 11.50 am."


def test_appendices_of_item_7_are_documents(council):
    report = CommitteeReport.objects.get(organisation=council, agenda_item="7")
    assert [(each.label, each.document) for each in report.appendices.all()] == [
        *(("Appendix A", "portfolio-update"),) * 4,
        ("Appendix B", "portfolio-status"),
        ("Appendix C", "programme-status"),
    ]
