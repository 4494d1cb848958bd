"""A parent's report in the editor, on its page and on the home of the PMO."""

from datetime import date

import pytest
from django.urls import reverse

from projects.actions.reports import correct_report, open_draft, submit_report
from projects.actions.rows import change_row
from projects.models import BudgetPosition, DimensionRating, Notice, PlanItemUpdate
from projects.rules.dates import parse_written_date
from reporting.documents.catalogue import built_dashboard
from tests import factories
from tests.projects.actions.test_levels import baths, july, library, opened, programme, rate  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def parent(programme, library, baths):  # noqa: F811
    """A draft made from the library's report; the baths have not reported."""
    report = july(library)
    factories.milestone(report, "Roof on", "15 July 2019")
    factories.approved(library, report=report)
    return opened(programme)


def page(client, user, name, report, *more):
    client.force_login(user)
    return client.get(reverse(name, args=[report.pk, *more]))


def test_the_editor_shows_where_each_row_comes_from(client, pmo, parent):
    source = Notice.objects.of(parent).get().source
    said = page(client, pmo, "report-edit-section", parent, "deviations").content.decode()
    assert "16 days past its date, 15 July 2019." in said
    assert f'<a href="/reports/{source.pk}/">New library, July 2019</a>' in said


def test_a_row_of_its_own_is_added_in_the_section(client, pmo, parent):
    client.force_login(pmo)
    address = reverse("report-edit-section", args=[parent.pk, "escalations"])
    client.post(address, {"new-notice-title": "Contractor may stop", "action": "add"})
    row = Notice.objects.of(parent).get(source=None)
    assert (row.kind, row.title) == ("escalation", "Contractor may stop")
    elsewhere = client.get(reverse("report-edit-section", args=[parent.pk, "deviations"])).content.decode()
    assert f"row-notice-{row.pk}" not in elsewhere


def test_the_reports_below_say_who_has_not_reported_and_what_is_new(client, pmo, parent, baths):  # noqa: F811
    said = page(client, pmo, "report-below", parent).content.decode()
    assert "Never reported" in said
    assert "Take over what is new" not in said
    late = july(baths)
    factories.milestone(late, "Pool filled", "1 July 2019")
    factories.approved(baths, report=late)
    assert "1 report below has come in or changed" in page(client, pmo, "report-edit", parent).content.decode()
    assert "Take over what is new (1)" in page(client, pmo, "report-below", parent).content.decode()
    answer = client.post(reverse("report-take-over", args=[parent.pk]), follow=True)
    assert "From the reports below: 1 taken over" in answer.content.decode()
    assert Notice.objects.of(parent).filter(title="Pool filled").exists()


def test_nothing_is_taken_over_into_an_approved_report(client, pmo, parent, programme):  # noqa: F811
    rate(parent, "on_track")
    factories.approved(programme, report=parent)
    client.force_login(pmo)
    answer = client.post(reverse("report-take-over", args=[parent.pk]), follow=True)
    assert "never changes" in answer.content.decode()


def test_an_overtaken_report_says_so_to_staff_and_on_the_home_of_the_pmo(
    client, pmo, reader, parent, programme, library  # noqa: F811
):  # fmt: skip
    rate(parent, "on_track")
    parent = factories.published(programme, report=parent)
    first = Notice.objects.of(parent).get().source
    factories.approved(library, report=correct_report(first, by=pmo, reason="The roof was on"))
    said = page(client, pmo, "report", parent).content.decode()
    assert "Overtaken below since this report was approved" in said
    assert "The roof was on" in said
    client.force_login(pmo)
    assert "Reports overtaken by a correction" in client.get("/").content.decode()
    assert "Overtaken below" not in page(client, reader, "report", parent).content.decode()


def test_a_correction_says_why_and_where_the_old_value_stands(client, pmo, library):  # noqa: F811
    report = july(library)
    factories.milestone(report, "Roof on", "Mar-20")
    first = factories.approved(library, report=report)
    august = factories.approved(library, factories.period(library.organisation, date(2019, 8, 31)))
    correction = correct_report(first, by=pmo, reason="The contract says May")
    finish = PlanItemUpdate.finish.values(parse_written_date("May-20"))
    change_row(PlanItemUpdate.objects.of(correction).get(), finish, by=pmo)
    for _ in range(2):  # before approval, and after
        said = page(client, pmo, "report-edit", correction).content.decode()
        assert "The contract says May" in said
        assert f'<a href="/reports/{august.pk}/">New library, August 2019</a>' in said
        assert "Roof on: target date" in said
        if not correction.is_frozen:
            correction = factories.approved(library, report=correction)
    assert "Approved, revision 2" in said
    assert "Correction opened" in said


def overspent(node, because=""):
    report = july(node)
    factories.budget(report, planned=100, forecast=120)
    rating = DimensionRating.objects.get(report=report, dimension__is_overall=True)
    if because:
        change_row(rating, {"chosen_because": because}, by=factories.system_user())
    return report


def status_note(report):
    built = built_dashboard(report, sees_exempt=False, day=report.as_at_on)
    section = next(each for each in built.sections if each.key == "project-status")
    return section.content.rows[0].note


def test_the_editor_and_the_submit_page_show_the_proposal(client, officer, library):  # noqa: F811
    report = overspent(library)
    said = page(client, officer, "report-edit-section", report, "project-status").content.decode()
    assert "The rules propose" in said
    assert "Spend over plan is 20%; RED from 10%" in said
    assert "the report cannot be submitted without" in said
    assert "Say why the project status differs" in page(client, officer, "report-submit", report).content.decode()


def test_both_statuses_are_printed_with_their_reasons(library):  # noqa: F811
    assert status_note(factories.approved(library, report=overspent(library, "The grant comes in May."))) == (
        "Green chosen: The grant comes in May. Red proposed, because The worst of the dimensions is RED: Finance; "
        "not rated: Schedule, Risk, Benefits; Finance: Project budget. Spend over plan is 20%; RED from 10%."
    )


def test_nothing_more_is_printed_where_the_chosen_is_the_proposed_or_was_chosen_on_paper(library, officer):  # noqa: F811
    report = overspent(library)
    change_row(BudgetPosition.objects.of(report).get(), {"forecast": 100}, by=officer)
    assert status_note(submit_report(report, by=officer)) == ""
    old = open_draft(
        library.headline_series, factories.period(library.organisation, date(2019, 6, 30)), by=officer,
        origin="back_filled",
    )  # fmt: skip
    rate(old, "on_track")
    factories.budget(old, planned=100, forecast=120)
    assert DimensionRating.objects.get(report=old, dimension__is_overall=True).proposed_status.kind == "off_track"
    assert status_note(old) == ""


def test_a_published_programme_links_only_what_readers_may_open(programme, parent):  # noqa: F811
    def links(report):
        built = built_dashboard(report, sees_exempt=False, day=report.as_at_on)
        return next(each for each in built.sections if each.title == "Deviations").content.sources

    assert [words for words, _ in links(parent)] == ["New library, July 2019"]
    rate(parent, "on_track")
    assert links(factories.published(programme, report=parent)) == ()
