"""Findings on the page, who may see and accept them, and what an acceptance covers."""

from datetime import date, datetime, timedelta

import pytest
from auditlog.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from projects.actions.change_control import raise_change
from projects.facts import facts_of
from projects.models import Node, PlanItemUpdate, Report
from projects.rules.dates import parse_written_date
from reporting.assurance.acceptance import (
    AcceptanceHasExpired,
    AcceptanceNeedsReason,
    accept_finding,
    withdraw_acceptance,
)
from reporting.assurance.examine import examine, examine_report
from reporting.models import FindingAcceptance
from tests import factories
from tests.beginnings import handed_out

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def beginning(founded):
    """A published report of July 2019 with one milestone that was due in March and is still on track."""
    project = factories.project(founded)
    report = factories.draft(project)
    factories.milestone(report, finish="Mar-19", status=factories.status(founded, "milestone", "Green"), ref="1")
    return {"project": project, "late": factories.published(project, report=report)}


(late,) = handed_out("late")


def finding_of(node, code="MIL-01"):
    [each] = examine(Node.objects.filter(pk=node.pk))
    return next(judged.finding for judged in each.judged if judged.finding.code == code)


def accept(node, by, *, expires_on=date(2019, 9, 30), reason="The date is being agreed"):
    return accept_finding(finding_of(node), node=node, reason=reason, expires_on=expires_on, by=by)


def accepted_codes(node):
    [each] = examine(Node.objects.filter(pk=node.pk))
    return [judged.finding.code for judged in each.accepted]


def test_an_accepted_finding_is_listed_apart_until_its_last_day(organisation, project, late, pmo):
    accept(project, pmo, expires_on=organisation.clock_on)
    assert accepted_codes(project) == ["MIL-01"]
    organisation.clock_on += timedelta(days=1)
    organisation.save()
    assert accepted_codes(project) == []


def test_an_acceptance_holds_in_the_next_report(organisation, project, late, pmo):
    accept(project, pmo)
    draft = factories.draft(project, factories.next_period(late.period))
    judged = examine_report(draft).judged
    assert [each.acceptance is not None for each in judged if each.finding.code == "MIL-01"] == [True]


def test_an_acceptance_covers_no_other_row(organisation, project, late, pmo):
    accept(project, pmo)
    draft = factories.draft(project, factories.next_period(late.period))
    factories.milestone(draft, finish="Mar-19", status=factories.status(organisation, "milestone", "Green"), ref="2")
    assert [finding.subject.words for finding in examine_report(draft).standing if finding.code == "MIL-01"] == [
        "Milestone 2: Doors open"
    ]


def test_an_acceptance_needs_a_reason_and_a_day_to_come(organisation, project, late, pmo):
    with pytest.raises(AcceptanceNeedsReason):
        accept(project, pmo, reason="  ")
    with pytest.raises(AcceptanceHasExpired):
        accept(project, pmo, expires_on=organisation.clock_on - timedelta(days=1))
    assert not FindingAcceptance.objects.exists()


def test_accepting_again_replaces_and_withdrawing_lets_it_stand(project, late, pmo):
    first, second = accept(project, pmo), accept(project, pmo, reason="Agreed by the board")
    first.refresh_from_db()
    assert first.withdrawn_by == pmo
    withdraw_acceptance(second, by=pmo)
    assert accepted_codes(project) == []


def test_an_acceptance_is_in_the_audit_trail(project, late, pmo):
    acceptance = accept(project, pmo)
    line = LogEntry.objects.get_for_object(acceptance).get()
    assert line.actor == pmo
    assert line.additional_data["reason"] == "The date is being agreed"
    assert line.additional_data["node"] == project.pk


# ---- pages ----


def address(node, name="assurance", **asked):
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return reverse(name, args=[node.organisation.slug, node.slug]) + (f"?{query}" if query else "")


def accept_address(node):
    finding = finding_of(node)
    return address(node, "assurance-accept", code=finding.code, subject=finding.subject.key, report=finding.report_id)


@pytest.mark.parametrize(
    ("role", "sees", "accepts"),
    [("officer", 200, 403), ("sponsor", 200, 403), ("director", 200, 403), ("administrator", 200, 403),
     ("pmo", 200, 200), ("member", 403, 403), ("reader", 403, 403), ("stranger", 404, 404)],
)  # fmt: skip
def test_who_may_see_and_accept(request, client, project, late, role, sees, accepts):
    client.force_login(request.getfixturevalue(role))
    assert client.get(address(project)).status_code == sees
    assert client.get(accept_address(project)).status_code == accepts


def test_the_page_leads_to_the_row_and_to_the_form(client, project, late, pmo):
    client.force_login(pmo)
    page = client.get(address(project)).content.decode()
    item = PlanItemUpdate.objects.get(report=late).plan_item_id
    assert f'href="/nodes/westshire/library/registers/milestones/{item}/"' in page
    assert accept_address(project).replace("&", "&amp;").replace("milestone/", "milestone%2F") in page


def test_accepting_on_the_page(client, project, late, pmo):
    client.force_login(pmo)
    page = client.post(accept_address(project), {"reason": "Agreed", "until": "30/9/2019"}, follow=True)
    assert "MIL-01 is accepted" in page.content.decode()
    acceptance = FindingAcceptance.objects.get()
    assert (acceptance.expires_on, acceptance.accepted_by) == (date(2019, 9, 30), pmo)
    client.post(reverse("assurance-withdraw", args=["westshire", "library", acceptance.pk]))
    acceptance.refresh_from_db()
    assert acceptance.withdrawn_by == pmo


@pytest.mark.parametrize(
    ("until", "sentence"), [("soon", "Write a day"), ("", "Write a day"), ("5/8/2019", "has not passed")]
)
def test_a_wrong_day_is_said_beside_it_and_nothing_typed_is_lost(client, project, late, pmo, until, sentence):
    client.force_login(pmo)
    page = client.post(accept_address(project), {"reason": "Because of the roof", "until": until})
    assert page.status_code == 200
    assert sentence in page.content.decode()
    assert "Because of the roof" in page.content.decode()
    assert not FindingAcceptance.objects.exists()


def test_a_finding_that_is_gone_cannot_be_accepted(client, project, late, pmo):
    client.force_login(pmo)
    assert client.get(address(project, "assurance-accept", code="MIL-01", subject="milestone/0")).status_code == 404


@pytest.mark.parametrize(("asked", "status"), [("2019-07", 200), ("1999-01", 404)])
def test_a_period_on_the_page(client, project, late, director, asked, status):
    client.force_login(director)
    assert client.get(address(project, period=asked)).status_code == status


@pytest.mark.parametrize(("ending", "start"), [("pdf", b"%PDF"), ("xlsx", b"PK")])
def test_downloads(client, project, late, director, ending, start):
    client.force_login(director)
    answer = client.get(address(project, format=ending))
    assert answer.content.startswith(start)
    assert f"Assurance findings - New library.{ending}" in answer["Content-Disposition"]


def test_before_any_report_the_page_says_so(client, project, director):
    client.force_login(director)
    assert "Findings stand here once the first report is approved." in client.get(address(project)).content.decode()


# ---- facts ----


def draft_after(late, finish):
    """The next draft with its milestone moved."""
    draft = factories.draft(late.node, factories.next_period(late.period))
    row = PlanItemUpdate.objects.get(report=draft)
    for name, value in PlanItemUpdate.finish.values(parse_written_date(finish)).items():
        setattr(row, name, value)
    row.save()
    return Report.objects.select_related("node__organisation", "organisation", "period", "tier").get(pk=draft.pk)


def test_a_move_is_a_finding_until_the_change_record_has_it(late, pmo):
    draft = draft_after(late, "Dec-19")
    moved = [finding.code for finding in examine_report(draft).standing]
    assert "MIL-02" in moved
    item = PlanItemUpdate.objects.get(report=draft).plan_item
    raise_change(
        late.node,
        by=pmo,
        item_words="Doors open",
        description="Moved to Dec-19",
        justification="Roof",
        financial_implications="None",
        touches=[{"plan_item": item, "report": draft}],
        report=draft,
    )
    assert "MIL-02" not in [finding.code for finding in examine_report(draft).standing]


@pytest.mark.parametrize(
    ("raised_on", "is_recorded"),
    [((2019, 7, 31), False), ((2019, 8, 1), True), ((2019, 8, 31), True), ((2019, 9, 1), False)],
)
def test_a_change_raised_elsewhere_covers_the_report_of_its_time(late, pmo, raised_on, is_recorded):
    draft = draft_after(late, "Dec-19")
    item = PlanItemUpdate.objects.get(report=draft).plan_item
    raise_change(
        late.node,
        by=pmo,
        item_words="Doors open",
        description="Moved to Dec-19",
        touches=[{"plan_item": item}],
        at=timezone.make_aware(datetime(*raised_on, 12)),  # noqa: DTZ001
    )
    assert facts_of([draft])[0].items[0].is_change_recorded == is_recorded


def test_the_facts_of_a_report_know_the_one_before(late):
    [facts] = facts_of([draft_after(late, "Dec-19")])
    assert facts.previous.report_id == late.pk
    assert facts.items[0].earlier_finishes == (date(2019, 3, 31),)
    assert facts.items[0].finish.on == date(2019, 12, 31)


def test_a_row_removed_from_the_report_is_no_fact(late):
    draft = draft_after(late, "Dec-19")
    PlanItemUpdate.objects.filter(report=draft).update(is_removed=True)
    assert facts_of([draft])[0].items == ()
