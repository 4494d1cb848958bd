"""Checkpoint reports in the editor: actions with owners, changes proposed that open requests, closing evidence."""

import pytest
from django.urls import reverse

from projects.actions.checkpoints import propose_change
from projects.actions.reports import approve_report, open_draft, publish_report, submit_report
from projects.actions.rows import add_row, change_row, section_state
from projects.forms.editing import SectionForms, section_of_report
from projects.models import (
    Baseline,
    ChangeRequest,
    Narrative,
    Node,
    NodeBaseline,
    PlanItem,
    PlanItemUpdate,
    ProposedChange,
    Recommendation,
    RecommendationUpdate,
    Report,
    ReportIsFrozen,
    Status,
)
from projects.rules.dates import parse_written_date
from reporting.documents.catalogue import built_checkpoint, built_project_plan, built_tracker
from tests import factories

pytestmark = pytest.mark.django_db

COUNCIL = "norwich"  # that `loaded` puts into the database


@pytest.fixture
def organisation(loaded, db):
    return loaded


@pytest.fixture
def draft(organisation, officer):
    """The open report of theme B for the first half of May."""
    theme = Node.objects.get(slug="theme-b")
    series = theme.series.select_related("template", "calendar", "node").get()
    return open_draft(series, series.calendar.periods.get(slug="2009-05-a"), by=officer)


def test_a_text_that_the_last_report_did_not_have_is_no_change_until_something_is_said(client, officer, draft):
    assert section_state(draft, "benefits-progress") == "untouched"
    client.force_login(officer)
    assert (
        "<li>Benefits</li>" in client.get(reverse("report-submit", args=[draft.pk])).content.decode()
    )  # not looked at
    row = Narrative.objects.of(draft).get(section="benefits-progress")
    change_row(row, {"text": "Rents are collected sooner."}, by=officer)
    assert section_state(draft, "benefits-progress") == "changed"


def test_dates_that_cannot_be_are_said_to_be_odd_and_their_rows_stand_open(client, officer, draft):
    rows = PlanItemUpdate.objects.of(draft)
    change_row(rows.get(ref="B.2"), PlanItemUpdate.start.values(parse_written_date("32 May 2009")), by=officer)
    dates = PlanItemUpdate.start.values(parse_written_date("4 June 2009"))
    dates |= PlanItemUpdate.finish.values(parse_written_date("1 May 2009"))
    change_row(rows.get(ref="B.3"), dates, by=officer)
    client.force_login(officer)
    page = client.get(reverse("report-edit-section", args=[draft.pk, "milestones"])).content.decode()
    assert page.count('<details class="details" open>') == 2
    assert "Kept as words; it looks like a date but cannot be read as one." in page
    assert "Read as: 1 May 2009. It lies before the start." in page


def proposed(**changed):
    said = {
        "about": "plan",
        "item_words": "New service access framework",
        "description": "Six months later.",
        "justification": "The review took longer.",
        "action": "",
        "finish": "",
    }
    return said | changed


def test_a_change_proposed_opens_a_draft_on_the_route_of_the_rules(client, officer, draft):
    client.force_login(officer)
    action = PlanItem.objects.get(ref="B.6")
    page = client.post(
        reverse("report-propose-change", args=[draft.pk]), proposed(action=action.pk, finish="May 2010"), follow=True
    )
    change = ChangeRequest.objects.get(report=draft)
    assert (change.state, change.route.name, change.node) == ("draft", "Plan of a theme", draft.node)
    assert change.planitembaseline_items.get().finish_words == "May 2010"
    assert "Plan of a theme: Project Manager, then Director of Regeneration" in page.content.decode()
    record = client.get(reverse("changes", args=["norwich", "housing-improvement"])).content.decode()
    assert "New service access framework" in record
    assert "Plan of a theme" in client.get(reverse("change", args=[change.pk])).content.decode()


@pytest.mark.parametrize(
    ("said", "route"),
    [
        (proposed(about="service"), "Service or policy"),
        (proposed(), "Minor change"),
        (proposed(action="B.6", finish="May 2010"), "Significant milestone"),
    ],
)
def test_other_changes_go_other_ways(client, officer, draft, said, route):
    action = PlanItem.objects.get(ref="B.6")
    if said["action"]:
        PlanItem.objects.filter(pk=action.pk).update(is_significant=True)
        said = said | {"action": action.pk}
    client.force_login(officer)
    client.post(reverse("report-propose-change", args=[draft.pk]), said)
    assert ChangeRequest.objects.get(report=draft).route.name == route


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (proposed(justification=""), "Give the reasons: whoever decides reads them."),
        (proposed(about=""), "Say whether the plan changes, or a service or policy."),
        (proposed(finish="May 2010"), "Choose the action whose date this is."),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(client, officer, draft, said, sentence):
    client.force_login(officer)
    page = client.post(reverse("report-propose-change", args=[draft.pk]), said)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert "New service access framework" in page.content.decode()
    assert not ChangeRequest.objects.filter(report=draft).exists()


def test_an_approved_report_keeps_what_it_proposed_whatever_becomes_of_it(organisation, officer, pmo, draft):
    words = {"item_words": "Office hours", "description": "Open late.", "justification": "Tenants ask for it."}
    change = propose_change(draft, **words, affects_service_or_policy=True, by=officer)
    submit_report(draft, by=officer)
    report = approve_report(draft, by=pmo)
    printed = ProposedChange.objects.get(report=report)
    assert printed.route_words == "Service or policy: Housing Improvement Project Board, then Executive"
    ChangeRequest.objects.filter(pk=change.pk).update(state="withdrawn", item_words="Something else")
    built = built_checkpoint(report, sees_exempt=True, day=report.as_at_on)
    assert "Office hours" in str(built)
    assert "Something else" not in str(built)
    assert "28 May 2009" in str(built.sections[0].content)
    with pytest.raises(ReportIsFrozen):
        propose_change(report, **words, affects_service_or_policy=True, by=officer)


def test_an_action_is_edited_with_its_owner_and_a_new_one_gets_the_next_reference(client, officer, draft):
    client.force_login(officer)
    row = PlanItemUpdate.objects.get(report=draft, ref="B.24")
    part, _, _ = section_of_report(draft, "milestones")
    form = next(form for form in SectionForms(draft, part).forms if form.row == row)
    green = Status.objects.get(
        scheme__slug="milestone", label="Green", is_archived=False, organisation=draft.organisation
    )
    client.post(
        reverse("report-edit-section", args=[draft.pk, "milestones"]),
        {
            form.version_name: form.shown_version,
            form.typed_name: form.typed_json,
            form.add_prefix("ref"): "B.24",
            form.add_prefix("title"): row.title,
            form.add_prefix("owner_words"): "Voids Manager",
            form.add_prefix("finish"): "October 2009",
            form.add_prefix("status"): green.pk,
            "new-planitemupdate-title": "Publish the standard for empty homes",
            "action": "add",
        },
    )
    row.refresh_from_db()
    assert (row.owner_words, row.finish_words, row.status) == ("Voids Manager", "October 2009", green)
    assert PlanItemUpdate.objects.get(report=draft, title="Publish the standard for empty homes").ref == "B.30"


def test_a_recommendation_is_closed_only_with_evidence(client, pmo, organisation):
    client.force_login(pmo)
    thing = Recommendation.objects.get(source="Audit Commission Inspection", ref="R3")
    address = reverse("register-item-edit", args=["norwich", "housing-improvement", "recommendations", thing.pk])
    page = client.get(address)
    form = page.context["form"]
    closed = Status.objects.get(
        scheme__slug="recommendation", label="Closed", is_archived=False, organisation=organisation
    )
    said = {
        form.version_name: form.shown_version,
        form.typed_name: form.typed_json,
        "row-ref": "R3",
        "row-title": thing.title,
        "row-status": closed.pk,
        "row-evidence": "",
    }
    assert "Say what shows that it is done" in client.post(address, said).content.decode()
    client.post(address, said | {"row-evidence": "Minute 7 of the board."})
    row = RecommendationUpdate.objects.get(recommendation=thing, report__state="draft")
    assert (row.status, row.evidence) == (closed, "Minute 7 of the board.")


def test_which_actions_answer_a_recommendation_is_edited_by_their_references(client, pmo, organisation):
    client.force_login(pmo)
    thing = Recommendation.objects.get(source="Audit Commission Review", ref="R1")
    address = reverse("register-item-about", args=["norwich", "housing-improvement", "recommendations", thing.pk])
    form = client.get(address).context["form"]
    said = {
        form.version_name: form.shown_version,
        form.typed_name: form.typed_json,
        form.add_prefix("source"): thing.source,
        form.add_prefix("made_on"): "1 April 2009",
    }
    refused = client.post(address, said | {form.add_prefix("actions"): "B.29, Z.1"}).content.decode()
    assert "No action is known as Z.1." in refused
    assert "B.29, Z.1" in refused
    client.post(address, said | {form.add_prefix("actions"): "b 28, B29"})
    assert sorted(thing.plan_items.values_list("ref", flat=True)) == ["B.28", "B.29"]


def test_a_version_of_the_initiation_document_is_proposed_in_its_sections(client, pmo, organisation):
    client.force_login(pmo)
    project = Node.objects.get(slug="housing-improvement")
    address = reverse("change-new", args=["norwich", project.slug])
    page = client.get(address, {"sort": "baseline", "words": "1", "item": f"project-{project.pk}"})
    form = page.context["proposal_forms"][0]
    assert form.initial["section_aim"] == "A 2 star housing service by March 2011."
    said = {form.add_prefix(name): "" if value is None else value for name, value in form.initial.items()}
    said |= {
        form.add_prefix("section_aim"): "A 3 star housing service.",
        form.add_prefix("label"): "Three stars",
        form.add_prefix("document_on"): "1 June 2009",
        "change-item_words": "Initiation document",
        "change-description": "A higher aim.",
        "action": "save",
    }
    client.post(f"{address}?sort=baseline&words=1&item=project-{project.pk}", said)
    proposal = NodeBaseline.objects.get(node=project, state=Baseline.State.PROPOSED)
    assert (proposal.number, proposal.label, proposal.document_on_words) == (6, "Three stars", "1 June 2009")
    assert proposal.sections.get(key="aim").text == "A 3 star housing service."
    assert proposal.sections.count() == NodeBaseline.objects.get(node=project, number=5).sections.count() == 19


def test_parts_of_an_action_are_no_items_of_their_own_in_the_counts(organisation):
    report = Report.objects.get(node__slug="theme-a", period__slug="2009-05-a")
    assert sum(report.summary.counts["milestones"].values()) == 14


def test_another_council_sets_up_a_checkpoint_with_its_own_words(db):
    council = factories.council(name="Elsewhere Council", slug="elsewhere")
    project = factories.project(council)
    template = project.headline_series.template
    type(template).objects.filter(pk=template.pk).update(document="checkpoint")
    report = factories.draft(project)
    add_row(report, PlanItemUpdate, by=factories.system_user(), identity={"kind": "action"}, ref="1", title="Ask")
    built = built_checkpoint(report, sees_exempt=True, day=report.as_at_on)
    assert "Milestones and interdependencies" in [section.title for section in built.sections]
    assert "Ask" in str(built)


def test_an_action_becomes_part_of_another_and_a_significant_milestone(client, officer, draft):
    client.force_login(officer)
    row = PlanItemUpdate.objects.select_related("plan_item").get(report=draft, ref="B.24")
    address = reverse("register-item-about", args=["norwich", "theme-b", "milestones", row.plan_item_id])
    form = client.get(address).context["form"]
    said = {
        form.version_name: form.shown_version,
        form.typed_name: form.typed_json,
        form.add_prefix("kind"): "action",
        form.add_prefix("is_significant"): "on",
    }
    refused = client.post(address, said | {form.add_prefix("parent"): "A.1"}).content.decode()
    assert "No action of Service Access and Delivery that is whole is known as A.1." in refused
    client.post(address, said | {form.add_prefix("parent"): "b 23"})
    item = PlanItem.objects.get(pk=row.plan_item_id)
    assert (item.parent.ref, item.is_significant) == ("B.23", True)


def test_the_board_report_asks_for_every_column_of_the_matrix(client, pmo, organisation):
    project = Node.objects.get(slug="housing-improvement")
    series = project.series.select_related("template", "calendar", "node").get(template__slug="board-report")
    report = open_draft(series, series.calendar.periods.get(slug="2009-05"), by=pmo)
    client.force_login(pmo)
    page = client.get(reverse("report-edit-section", args=[report.pk, "risks"])).content.decode()
    for label in ("Potential impact", "Existing controls", "Likelihood", "Impact", "Further actions",
                  "Person responsible", "Timescale", "Last reviewed", "Status or progress"):  # fmt: skip
        assert label in page
    assert "5 Highly probable" in page
    assert "1 Insignificant" in page


def test_readers_are_told_nothing_exempt_of_plans_and_recommendations(client, reader, organisation, pmo):
    client.force_login(reader)
    addresses = [reverse("document", args=[name, "norwich", "housing-improvement"]) for name in
                 ("project-plan", "checkpoint", "recommendation-tracker")]  # fmt: skip
    assert all(client.get(address).status_code == 200 for address in addresses)
    pid = reverse("document", args=["pid", "norwich", "housing-improvement"])
    assert client.get(pid).status_code == 404  # nothing publishes it
    project = Node.objects.get(slug="housing-improvement")
    series = project.series.select_related("template", "calendar", "node").get(template__slug="board-report")
    report = open_draft(series, series.calendar.periods.get(slug="2009-05"), by=pmo)
    RecommendationUpdate.objects.filter(report=report, recommendation__source="Audit Commission Review").update(
        is_exempt=True
    )
    publish_report(approve_report(submit_report(report, by=pmo), by=pmo), by=pmo)
    plan, _, tracker = (client.get(address).content.decode() for address in addresses)
    assert "Audit Commission Inspection" in plan
    assert "Audit Commission Review" not in plan + tracker


@pytest.mark.parametrize("kind", ["plan", "tracker"])
def test_documents_cost_the_same_however_many_rows(organisation, pmo, count_queries, kind):
    draws = {"plan": lambda: built_project_plan(node, published=False, sees_exempt=True),
             "tracker": lambda: built_tracker(report, sees_exempt=True, day=report.as_at_on)}  # fmt: skip
    counts = []
    for number in (2, 22):
        node = factories.project(organisation, slug=f"plan-{number}")
        report = factories.draft(node, factories.period(organisation))
        for each in range(number):
            add_row(report, PlanItemUpdate, by=pmo, identity={"kind": "action"}, ref=f"X.{each}", title="Do it")
            add_row(report, RecommendationUpdate, by=pmo, identity={"source": "Peers"}, ref=str(each), title="Do it")
        factories.approved(node, report=report)
        node = Node.objects.select_related("organisation", "headline_series").get(pk=node.pk)
        with count_queries() as counted:
            draws[kind]()
        counts.append(len(counted))
    assert counts[0] == counts[1]
