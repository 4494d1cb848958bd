"""The government's portfolio of major projects: a row a project, much of it withheld with its reason."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.urls import reverse

from projects.imports.needs import make_needed
from projects.imports.plan import plan_workbook
from projects.imports.undo import undo_import
from projects.imports.wording import layout_named
from projects.models import (
    BudgetPosition,
    DimensionRating,
    Import,
    ImportedValue,
    Narrative,
    Node,
    NodeAlias,
    NodeKind,
    Report,
    ReportTemplate,
)
from reporting.documents.catalogue.project_dashboard import built_dashboard
from reporting.documents.render import render_pdf, render_xlsx
from tests import factories
from tests.projects.imports.record import bring_in, counts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_in_this_process")]

DATA = Path(__file__).parents[4] / "shared" / "data"
SCALE = "(A Delivery Confidence Assessment of the project at a fixed point in time, using a three-point scale)"
HEADINGS = [
    "GMPP ID Number",
    "Project Name",
    "Department",
    "Annual Report Category",
    "Description / Aims",
    f"IPA Delivery Confidence Assessment \n{SCALE}",
    f"SRO Delivery Confidence Assessment \n{SCALE}",
    "Departmental commentary on actions planned or taken on the IPA RAG rating.",
    "Project - Start Date \n(Latest Approved Start Date)",
    "Project - End Date \n(Latest Approved End Date)",
    "Departmental narrative on schedule, including any deviation from planned schedule (if necessary)",
    "Financial Year Baseline (£m) (including Non-Government Costs)",
    "Financial Year Forecast (£m) (including Non-Government Costs)",
    "Financial Year Variance (%)",
    "Departmental narrative on  budget/forecast variance for 2021/22 \n(if variance is more than 5%)",
    "TOTAL Baseline Whole Life Costs (£m) (including Non-Government Costs)",
    "Departmental Narrative on Budgeted Whole Life Costs",
]
EXEMPT = "Exempt under Section 43 of the Freedom of Information Act 2000 (Commercial Interests)"
EARLY = "Early planning GMPP project \r\n\r\n(The project has not yet passed SOC, or its programme equivalent)"
BRIDGE = ["DFX_0001_2021-Q1", "Estuary Bridge", "DFX", "Infrastructure", "A bridge.\nAnd its approaches.", "Amber", "",
          "Piling is late.", "2019-04-01", "2026-03-31", "One month later than planned.", "£33.73", "£30.50", "-10%",
          "Land was bought later.", "£1,277.66", "As agreed in spring."]  # fmt: skip
LINK = ["DFX_0002_2021-Q1", "Northern Link", "DFX", "Infrastructure", "A road.", "", "Green", "Goes to plan.",
        "2020-05-01", "2024-01-31", "None.", "£8.00", "£8.00", "0%", "", "£3,330", "None."]  # fmt: skip
LEDGER = ["HMX_0003_2021-Q2", "New Ledger", "HMX", "ICT", "A ledger.", EXEMPT, EXEMPT, EXEMPT, "2021-01-01", EXEMPT,
          EXEMPT, EXEMPT, EXEMPT, EXEMPT, EXEMPT, EXEMPT, EXEMPT]  # fmt: skip
GRID = ["HMX_0004_2122-Q3", "Data Grid", "HMX", "ICT", "A grid.", EARLY, EARLY, "Too early.", "2021-10-01",
        "2025-06-30", "None.", "£2", "£2.44", "22%", "More staff.", "", ""]  # fmt: skip


def published(tmp_path, *rows, name="major-2022.csv", headings=HEADINGS):
    path = tmp_path / name
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([headings, *rows])
    return path


@pytest.fixture
def office():
    """An organisation as it was founded, with nothing in it."""
    return factories.council("Infrastructure Office", "office", clock_on=date(2023, 9, 1))


@pytest.fixture
def ready(office):
    make_needed(office, layout_named(office, "major-projects"), by=None)
    return office


def report_of(title) -> Report:
    return Report.objects.filter(node__title=title).in_order().last()


def ratings(reports) -> Counter:
    """How many have each status, the withheld ones by what their reason begins with."""
    rows = DimensionRating.objects.filter(report__in=reports).values_list("status__label", "marks")
    return Counter(
        " ".join(marks["status"]["reason"].split()[:2]) if marks["status"]["kind"] == "withheld" else label
        for label, marks in rows
    )


def test_an_administrator_of_an_empty_organisation_brings_it_in_by_the_browser(client, office, tmp_path):
    client.force_login(factories.person("admin@example.org", office, "administrator"))
    path = published(tmp_path, BRIDGE, LINK, LEDGER, GRID)
    sent = {"organisation": "office", "file": SimpleUploadedFile(path.name, path.read_bytes())}
    address = client.post(reverse("import-new"), sent).url
    said = client.get(address).content.decode()
    assert "Make what it needs" in said
    assert "“Description and aims”" in said
    client.post(f"{address}needs/")
    assert ReportTemplate.objects.get(name="Major project return").dimensions.get().scheme.name == "Delivery confidence"
    said = client.get(address).content.decode()
    assert "4 of them are new and will be added." in said
    assert "Year 2021/22" in said
    rows = [row["key"] for part in Import.objects.get().plan["parts"] for row in part["rows"]]
    client.post(f"{address}apply/", {"bring": rows})
    assert Import.objects.get().state == "applied"
    assert sorted(Node.objects.filter(kind=NodeKind.PORTFOLIO).values_list("title", "parent__title")) == [
        ("DFX", "Government Major Projects Portfolio"),
        ("Government Major Projects Portfolio", "Infrastructure Office"),
        ("HMX", "Government Major Projects Portfolio"),
    ]
    assert Node.objects.get(title="Estuary Bridge").parent.title == "DFX"
    assert ratings(Report.objects.all()) == {"Amber": 1, "Green": 1, "Exempt under": 1, "Early planning": 1}
    top = Node.objects.get(title="Government Major Projects Portfolio")
    listed = client.get(reverse("portfolio", args=["office", top.slug])).content.decode()
    assert listed.count("Withheld") >= 2
    page = client.get(reverse("node", args=["office", "new-ledger"])).content.decode()
    assert f"Withheld: {EXEMPT}" in page


def test_money_dates_and_text_are_what_the_row_says(ready, tmp_path):
    bring_in(published(tmp_path, BRIDGE, LINK), ready)
    report = report_of("Estuary Bridge")
    budget = BudgetPosition.objects.get(report=report)
    assert (report.as_at_on, report.state, report.origin) == (date(2022, 3, 31), "approved", "imported")
    assert (report.start_on, report.finish_on) == (date(2019, 4, 1), date(2026, 3, 31))
    assert report.whole_life_cost == Decimal("1277660000.00")
    assert (budget.planned, budget.forecast) == (Decimal("33730000.00"), Decimal("30500000.00"))
    texts = dict(Narrative.objects.filter(report=report).values_list("section", "text"))
    assert texts["aims"] == "A bridge.\nAnd its approaches."
    assert texts["commentary"] == "Piling is late."
    assert texts["schedule"] == "One month later than planned."
    cost = ImportedValue.objects.get(row_id=report.pk, table="report", field="whole_life_cost")
    assert (cost.cell, report.marks["whole_life_cost"]["cell"]) == ("P2", "P2")


def test_what_is_withheld_is_neither_nought_nor_lost(ready, tmp_path):
    bring_in(published(tmp_path, LEDGER, GRID), ready)
    report = report_of("New Ledger")
    budget = BudgetPosition.objects.get(report=report)
    assert (report.finish_on, report.whole_life_cost, budget.planned) == (None, None, None)
    assert report.marks["whole_life_cost"]["kind"] == "withheld"
    assert report.marks["finish"]["reason"] == EXEMPT
    built = built_dashboard(report, sees_exempt=True, day=date(2023, 9, 1))
    detail, status, *_ = [section.content for section in built.sections]
    said = {row.label: row.text for row in (*detail.rows, *status.rows)}
    withheld = f"Withheld: {EXEMPT}"
    assert (said["Project Finish Date"], said["Whole-life cost"], said["Delivery confidence"]) == (withheld,) * 3
    assert said["Project Start Date"] == "2021-01-01"
    for drawn in (render_xlsx(built), render_pdf(built)):
        assert len(drawn) > 1000
    assert report_of("Data Grid").summary.overall.label == "Withheld"
    assert report_of("Data Grid").summary.public_overall.label == "Withheld"  # the word tells a reader nothing


def next_year(tmp_path):
    """The year after: other headings in another order, two more columns, a project gone, one renamed, two new."""
    headings = [
        "Department Name", "GMPP ID", "Project Title", "Category", "Project Description", "NISTA DCA", "SRO DCA",
        "Commentary on the DCA RAG", "Start Date", "End Date", "Schedule narrative", "FY Baseline (£m)",
        "FY Forecast (£m)", "FY Variance (%)", "Budget variance narrative", "Baseline Whole Life Cost (£m)",
        "Narrative on Whole Life Costs", "Total Baseline Benefits (£m)", "Benefits narrative",
    ]  # fmt: skip

    def row(old, **changes):
        ref, title, department, *rest = old
        values = {"ref": ref, "title": title, "rating": rest[2], "cost": rest[12], **changes}
        rest[2], rest[12] = values["rating"], values["cost"]
        return [department, values["ref"], values["title"], *rest, "£12", "Shorter journeys."]

    new = [*BRIDGE]
    new[0], new[1] = "DFX_0009_2223-Q1", "Estuary Bridge Tolls"
    same_name = [*BRIDGE]
    same_name[0], same_name[1] = "DFX_0010_2223-Q1", "New Ledger"  # another thing of that name
    rows = [
        row(BRIDGE, title="Estuary Bridge and Approaches", rating="Red", cost="£1,400"),
        row(LEDGER, rating="Green", cost="£55.5"),
        row(new),
        row(same_name),
    ]
    return published(tmp_path, *rows, name="major-2023.csv", headings=headings)


def test_the_next_year_matches_on_identity_and_keeps_the_year_before(ready, tmp_path):
    bring_in(published(tmp_path, BRIDGE, LINK, LEDGER), ready)
    plan = plan_workbook(next_year(tmp_path), ready)
    told = [(part.node_title, part.is_new_node, part.period_label) for part in plan.parts]
    assert told == [
        ("Estuary Bridge", False, "Year 2022/23"),
        ("New Ledger", False, "Year 2022/23"),
        ("Estuary Bridge Tolls", True, "Year 2022/23"),
        ("New Ledger", True, "Year 2022/23"),
    ]
    assert {one.reason for one in plan.ignored} == {"its column “Total Baseline Benefits (£m)” is not in the layout"}
    bring_in(next_year(tmp_path), ready)
    bridge = Node.objects.get(reference="DFX_0001_2021-Q1")
    assert bridge.title == "Estuary Bridge"  # the name is a person's to change
    assert list(Report.objects.filter(node=bridge).in_order().values_list("as_at_on", "whole_life_cost")) == [
        (date(2022, 3, 31), Decimal("1277660000.00")),
        (date(2023, 3, 31), Decimal("1400000000.00")),
    ]
    ledger = Node.objects.get(reference="HMX_0003_2021-Q2")
    reports = Report.objects.filter(node=ledger).in_order()
    assert [one.summary.overall.label for one in reports] == ["Withheld", "Green"]
    assert [one.marks["whole_life_cost"]["kind"] for one in reports] == ["withheld", "provenance"]
    assert Node.objects.filter(title="New Ledger").count() == 2
    assert Report.objects.filter(node__title="Northern Link").count() == 1  # left the file: stays as it was
    assert Node.objects.get(title="Estuary Bridge Tolls").parent.title == "DFX"


def test_two_columns_that_say_different_ratings_are_said(ready, tmp_path):
    row = [*BRIDGE]
    row[6] = "Red"
    plan = plan_workbook(published(tmp_path, row, LINK), ready)
    assert ("G2", "“Red” stands here and “Amber” in F2; the first is taken.") in [
        (one.cell, one.message) for one in plan.warnings
    ]


def test_it_is_taken_back_with_the_portfolios_it_made(ready, tmp_path):
    before = counts()
    imported = bring_in(published(tmp_path, BRIDGE, LEDGER), ready)
    undo_import(imported, by=None)
    kept = ("AuditLine", "AuditEvent", "Import", "ImportedValue", "Period", "PeriodStanding")
    after = counts()
    assert {name: after[name] for name in after if name not in kept and after[name] != before[name]} == {}


def test_a_project_with_another_name_for_a_heading_is_known_by_its_alias(ready, tmp_path):
    bring_in(published(tmp_path, BRIDGE, LINK), ready)
    bridge = Node.objects.get(title="Estuary Bridge")
    NodeAlias.objects.create(organisation=ready, node=bridge, printed_as="The Crossing")
    row = [*BRIDGE]
    row[0], row[1] = "DFX_7777_2223-Q1", "The Crossing"
    (part,) = plan_workbook(published(tmp_path, row, name="major-2023.csv"), ready).parts
    assert part.node_id == bridge.pk


@pytest.mark.skipif(not (DATA / "gmpp-2022.csv").is_file(), reason="the portfolio of 2022 is not on this machine")
def test_the_portfolio_of_2022_whole(ready):
    bring_in(DATA / "gmpp-2022.csv", ready)
    reports = Report.objects.all()
    assert Node.objects.filter(kind=NodeKind.PROJECT).count() == 235
    assert Node.objects.filter(kind=NodeKind.PORTFOLIO).count() == 1 + 18  # departments, and what they stand in
    said = ratings(reports)
    assert (said["Amber"], said["Red"], said["Green"]) == (170, 27, 24)
    assert (said["Exempt under"], said["Early planning"], said["The project"]) == (11, 2, 1)
    assert reports.filter(start_on__isnull=False).count() == 224
    assert reports.filter(finish_on__isnull=False).count() == 218
    assert reports.filter(whole_life_cost__isnull=False).count() == 191
    assert reports.aggregate(sum=Sum("whole_life_cost"))["sum"] == Decimal("494181000000")
    assert reports.filter(whole_life_cost=0).count() == 0
