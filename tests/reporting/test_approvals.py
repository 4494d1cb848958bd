"""Approving many reports at once: their findings beside them, each on its own, one given back."""

import pytest
from django.urls import reverse

from projects.actions.organisations import close_period
from projects.actions.reports import approve_report, pull_back_report, submit_report
from projects.models import Report
from tests import factories

pytestmark = pytest.mark.django_db


def url(organisation):
    return reverse("approvals", args=[organisation.slug, organisation.slug])


def submitted(organisation, slug, officer, **milestone):
    report = factories.draft(factories.project(organisation, slug=slug, title=slug.capitalize()))
    if milestone:
        factories.milestone(report, **milestone)
    return submit_report(report, by=officer)


@pytest.fixture
def three(organisation, officer):
    """Three that wait; the second has a milestone that is long past and still on track."""
    green = factories.status(organisation, "milestone", "Green")
    return [
        submitted(organisation, "arts", officer),
        submitted(organisation, "baths", officer, title="Roof on", finish="1/3/2019", status=green),
        submitted(organisation, "clinic", officer),
    ]


def sent(client, organisation, *reports, **more):
    """What the page would send with these ticked."""
    page = client.get(url(organisation))
    seen = {f"seen-{entry['report'].pk}": entry["seen"] for entry in page.context["entries"]}
    return {**seen, "action": "approve", "report": [report.pk for report in reports], **more}


def states():
    return dict(Report.objects.values_list("node__slug", "state"))


def test_each_stands_with_what_the_checks_find_in_it(client, pmo, organisation, three):
    client.force_login(pmo)
    entries = {entry["report"].node.slug: entry for entry in client.get(url(organisation)).context["entries"]}
    assert set(entries) == {"arts", "baths", "clinic"}
    found = [finding.subject.words for group in entries["baths"]["groups"] for finding in group["findings"]]
    assert "Roof on" in str(found)
    assert "Roof on" not in str(entries["arts"]["groups"])
    assert "Roof on" in client.get(url(organisation)).text


def test_those_ticked_are_approved_and_no_other(client, pmo, organisation, three):
    client.force_login(pmo)
    answer = client.post(url(organisation), sent(client, organisation, three[0], three[1]), follow=True)
    assert states() == {"arts": "approved", "baths": "approved", "clinic": "submitted"}
    assert "2 reports are approved: Arts, July 2019; Baths, July 2019." in answer.text
    assert Report.objects.get(node__slug="arts").approved_by == pmo


def test_one_that_cannot_be_approved_does_not_keep_the_others(client, pmo, officer, organisation, three):
    client.force_login(pmo)
    form = sent(client, organisation, *three)
    pull_back_report(three[0], by=officer)
    approve_report(three[1], by=pmo)
    answer = client.post(url(organisation), form, follow=True)
    assert states() == {"arts": "draft", "baths": "approved", "clinic": "approved"}
    assert "Arts, July 2019 is draft by now: nothing was done." in answer.text
    assert "Baths, July 2019 is approved by now: nothing was done." in answer.text
    assert "1 report is approved: Clinic, July 2019." in answer.text


def test_what_was_sent_in_again_meanwhile_must_be_looked_at(client, pmo, officer, organisation, three):
    client.force_login(pmo)
    form = sent(client, organisation, three[0])
    submit_report(pull_back_report(three[0], by=officer), by=officer)
    answer = client.post(url(organisation), form, follow=True)
    assert "Arts, July 2019 was sent in again after you opened this page." in answer.text
    assert states()["arts"] == "submitted"


def test_a_locked_one_says_so(client, pmo, organisation, three):
    client.force_login(pmo)
    form = sent(client, organisation, *three)
    close_period(three[0].period, by=pmo)
    answer = client.post(url(organisation), form, follow=True)
    assert answer.text.count("Its reports are locked") == 3
    assert set(states().values()) == {"submitted"}


def test_one_is_returned_with_a_reason(client, pmo, organisation, three):
    client.force_login(pmo)
    form = sent(client, organisation, **{"action": f"return:{three[1].pk}", f"reason-{three[1].pk}": "Which roof?"})
    answer = client.post(url(organisation), form, follow=True)
    assert "Baths, July 2019 is returned to its officer with your reason." in answer.text
    assert (states()["baths"], Report.objects.get(pk=three[1].pk).return_reason) == ("returned", "Which roof?")


def test_without_a_reason_nothing_is_returned_and_ticks_and_words_stay(client, pmo, organisation, three):
    client.force_login(pmo)
    form = sent(
        client,
        organisation,
        three[0],
        **{"action": f"return:{three[1].pk}", f"reason-{three[1].pk}": " ", f"reason-{three[2].pk}": "Half a thought"},
    )
    answer = client.post(url(organisation), form)
    assert "Say why the report is returned." in answer.text
    assert "Half a thought" in answer.text
    assert [entry["report"].node.slug for entry in answer.context["entries"] if entry["is_ticked"]] == ["arts"]
    assert set(states().values()) == {"submitted"}


def test_nothing_ticked_is_said(client, pmo, organisation, three):
    client.force_login(pmo)
    answer = client.post(url(organisation), {"action": "approve"}, follow=True)
    assert "Tick the reports to approve first." in answer.text


def test_reports_of_others_are_not_reached(client, pmo, organisation, three, officer):
    part = factories.person("part@example.org", organisation, "pmo", node=three[0].node)
    client.force_login(part)
    where = reverse("approvals", args=[organisation.slug, three[0].node.slug])
    client.post(where, {"action": "approve", "report": [three[1].pk], f"seen-{three[1].pk}": "x"})
    client.post(where, {"action": f"return:{three[1].pk}", f"reason-{three[1].pk}": "Mine now"})
    assert states()["baths"] == "submitted"


def test_two_reports_and_twenty_cost_the_same(client, pmo, officer, organisation, count_queries):
    client.force_login(pmo)

    def cost():
        client.get(url(organisation))
        with count_queries() as counted:
            assert client.get(url(organisation)).status_code == 200
        return len(counted)

    for number in range(2):
        submitted(organisation, f"p{number}", officer, finish="1/3/2019")
    two = cost()
    for number in range(2, 20):
        submitted(organisation, f"p{number}", officer, finish="1/3/2019")
    assert cost() == two
