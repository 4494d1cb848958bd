"""A scorecard in the report editor: stated totals and their counts, sub-workstreams, findings, the two days of time."""

from datetime import date

import pytest
from django.urls import reverse

from projects.actions.reports import open_draft
from projects.models import (
    Node,
    Report,
    ResourcePosition,
    ReviewFindingUpdate,
    Status,
    Tally,
    TallyLine,
    Tranche,
)
from projects.permissions import top_node
from reporting.drawing import Reader, build_document
from tests import factories

pytestmark = pytest.mark.django_db

COUNCIL = "somerset"  # that `loaded` puts into the database


@pytest.fixture
def pmo(loaded, db):
    return factories.person("pmo@somerset.example.org", loaded, "pmo")


def opened(council, slug, by) -> Report:
    """July's draft of a node, a copy of June's report."""
    node = Node.objects.select_related("headline_series").get(organisation=council, slug=slug)
    return open_draft(node.headline_series, node.headline_series.calendar.periods.get(slug="2022-07"), by=by)


def url(report, section):
    return reverse("report-edit-section", args=[report.pk, section])


def answers(client, report, section):
    """What the section's page would send back untouched."""
    page = client.get(url(report, section))
    assert page.status_code == 200
    sent = {}
    for form in page.context["forms"].forms:
        sent[form.version_name] = str(form.row.version)
        sent[form.typed_name] = form.typed_json
        sent |= {form.add_prefix(name): text for name, text in form.in_record.items() if text}
    return sent


def test_every_section_of_the_scorecard_opens(loaded, pmo, client):
    client.force_login(pmo)
    for slug in ("lgr", "service-alignment"):
        report = opened(loaded, slug, pmo)
        for section in report.template.sections.all():
            page = client.get(url(report, section.key))
            assert page.status_code == 200, section.key
            assert page.context["is_editable"], section.key
        assert client.get(reverse("report-print", args=[report.pk])).status_code == 200
        assert client.get(reverse("report", args=[report.pk])).status_code == 200


def test_counts_of_a_tally_are_saved_and_the_page_draws_them(loaded, pmo, client):
    client.force_login(pmo)
    report = opened(loaded, "lgr", pmo)
    tally = Tally.objects.of(report).get(key="milestones")
    line = tally.lines.get(label="Delivered", column="Tranche 1")
    assert line.count == 129  # carried forward
    sent = answers(client, report, "delivery")
    box = f"tally-{tally.pk}"
    sent |= {f"{box}-total": "700", f"{box}-count_{line.pk}": "140", f"{box}-as_of_words": "31 July 2022"}
    assert client.post(url(report, "delivery"), sent).status_code == 302
    tally.refresh_from_db()
    line.refresh_from_db()
    assert (tally.total, tally.as_of, line.count) == (700, date(2022, 7, 31), 140)
    assert TallyLine.objects.get(tally__key="milestones", tally__report__period__slug="2022-06",
                                 label="Delivered", column="Tranche 1").count == 129  # fmt: skip
    built = build_document("scorecard", report.node, Reader(only_published=False, sees_exempt=True), report=report)
    table = next(each for each in built.sections if each.title.startswith("Product and Milestone")).tables[1]
    assert [cell.text for cell in table.printed_rows[1].cells[:3]] == ["Delivered", "151", "140"]
    page = client.get(url(report, "delivery")).content.decode()
    assert "Changed since last period" in page


@pytest.mark.parametrize(
    ("box", "typed", "sentence"),
    [
        ("total", "many", "Give the number in figures, such as 712."),
        ("total", "-1", "greater than or equal to 0"),
        ("as_of_words", "July", "Give one day, such as 30 June 2022."),
    ],
)
def test_what_cannot_be_read_is_said_and_kept(loaded, pmo, client, box, typed, sentence):
    client.force_login(pmo)
    report = opened(loaded, "lgr", pmo)
    tally = Tally.objects.of(report).get(key="products")
    sent = answers(client, report, "delivery") | {f"tally-{tally.pk}-{box}": typed}
    page = client.post(url(report, "delivery"), sent).content.decode()
    assert sentence in page
    assert f'value="{typed}"' in page


def test_a_new_tally_has_a_line_for_each_status_by_tranche(loaded, pmo, client):
    client.force_login(pmo)
    report = opened(loaded, "lgr", pmo)
    client.post(url(report, "delivery"), {**answers(client, report, "delivery"), "new-tally-title": "Deliverables"})
    tally = Tally.objects.of(report).get(title="Deliverables")
    assert (tally.section, tally.key) == ("delivery", "deliverables")
    lines = list(tally.lines.values_list("label", "column", "kinds"))
    assert ("Total", "Tranche 1", []) in lines
    assert ("On Hold/Not yet Started", "All", ["not_started", "on_hold"]) in lines
    assert ("Delivered", "Tranche 3", ["done"]) in lines
    client.post(
        url(report, "resource-counts"), {**answers(client, report, "resource-counts"), "new-tally-title": "Teams"}
    )
    teams = Tally.objects.of(report).get(title="Teams")
    assert list(teams.lines.values_list("label", "column")) == [
        ("Sufficiently Resourced", ""),
        ("Borderline Resources", ""),
        ("Inadequately Resourced", ""),
    ]


def test_a_sub_workstream_is_rated(loaded, pmo, client):
    client.force_login(pmo)
    report = opened(loaded, "service-alignment", pmo)
    row = ResourcePosition.objects.of(report).get(title="Sample sub-workstream C")
    short = Status.objects.get(organisation=loaded, label="Inadequately Resourced")
    sent = answers(client, report, "resources") | {f"resourceposition-{row.pk}-adequacy": str(short.pk)}
    client.post(url(report, "resources"), sent)
    row.refresh_from_db()
    assert row.adequacy == short


def test_next_months_draft_asks_for_the_progress_on_the_step_suggested_last(loaded, pmo, client):
    client.force_login(pmo)
    report = opened(loaded, "lgr", pmo)
    row = ReviewFindingUpdate.objects.of(report).get(title="Technology")
    june = ReviewFindingUpdate.objects.get(title="Technology", report__period__slug="2022-06")
    assert june.next_step
    assert (row.suggested_step, row.progress, row.next_step) == (june.next_step, "", "")
    achieved = ReviewFindingUpdate.objects.of(report).filter(kind="achievement")
    assert achieved.count() == 3
    sent = answers(client, report, "review-findings")
    sent |= {f"reviewfindingupdate-{row.pk}-progress": "A lead is named.", "new-reviewfindingupdate-title": "Data"}
    client.post(url(report, "review-findings"), sent)
    row.refresh_from_db()
    assert row.progress == "A lead is named."
    added = ReviewFindingUpdate.objects.of(report).get(title="Data")
    assert (added.kind, added.review_finding.node) == ("issue", report.node)


def test_the_two_days_of_time_are_the_reports_own(loaded, pmo, client):
    client.force_login(pmo)
    report = opened(loaded, "lgr", pmo)
    assert (report.start_on, report.finish_on) == (date(2021, 10, 1), date(2023, 4, 1))
    sent = answers(client, report, "time") | {f"report-{report.pk}-finish": "1 May 2023"}
    client.post(url(report, "time"), sent)
    report.refresh_from_db()
    assert report.finish_on == date(2023, 5, 1)
    built = build_document("scorecard", report.node, Reader(only_published=False, sees_exempt=True), report=report)
    time = next(each for each in built.sections if each.title == "Time").tables[0]
    assert time.rows[1]["now"] == "274 days (47%)"  # 31 July 2022 to 1 May 2023, of 577
    assert Report.objects.get(node=report.node, period__slug="2022-06").finish_on == date(2023, 4, 1)


def test_a_tranche_is_chosen_for_an_item_of_the_plan(loaded, pmo, client):
    client.force_login(pmo)
    report = opened(loaded, "governance", pmo)
    item = report.planitemupdate_rows.get(ref="GOV-2").plan_item
    address = reverse("register-item-about", args=["somerset", "governance", "milestones", item.pk])
    form = client.get(address).context["form"]
    sent = {form.version_name: item.version, form.typed_name: form.typed_json}
    sent |= {form.add_prefix(name): text for name, text in form.in_record.items() if text}
    first = Tranche.objects.get(organisation=loaded, name="Tranche 1")
    assert client.post(address, {**sent, form.add_prefix("tranche_id"): str(first.pk)}).status_code == 302
    item.refresh_from_db()
    assert item.tranche == first


def test_what_is_exempt_stays_out_of_readers_copies(loaded, pmo):
    report = Report.objects.get(node__slug="lgr", period__slug="2022-06")
    workstream = Node.objects.get(organisation=loaded, slug="finance")
    workstream.is_exempt = True
    workstream.save()
    kept = build_document("scorecard", report.node, Reader(only_published=True, sees_exempt=False))
    titles = [row["title"] for row in next(each for each in kept.sections if each.title.startswith("RAG")).content.rows]
    assert "Finance" not in titles
    assert len(titles) == 7
    whole = build_document("scorecard", report.node, Reader(only_published=False, sees_exempt=True))
    rows = next(each for each in whole.sections if each.title.startswith("RAG")).content.rows
    assert "Finance" in [row["title"] for row in rows]
    ahead = build_document("look-ahead", top_node(loaded), Reader(only_published=True, sees_exempt=False))
    assert "MTFP process launched" not in str(ahead)


def test_a_workstream_that_has_not_reported_is_told_and_the_page_stamped(loaded, pmo):
    report = opened(loaded, "lgr", pmo)
    built = build_document("scorecard", report.node, Reader(only_published=False, sees_exempt=True), report=report)
    position = next(each for each in built.sections if "Top Level Programme Scorecard" in each.title).content
    assert "[USING AVAILABLE DATA]" in position.passages[0].paragraphs[0].text
    ages = {row["what"]: row["age"] for row in position.tables[0].rows}
    assert ages["Statuses: 7 of 8 rows"] == 31  # June's, on 31 July
    assert any("Finance: last known June 2022." in note for note in position.tables[0].notes)
