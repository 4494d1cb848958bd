"""A correction says what it changes and which later reports still carry the old value; a series stays in order."""

import itertools
import threading
from datetime import date

import pytest
from django.db import close_old_connections, connection

from projects.actions.corrections import carried_on, differences_of
from projects.actions.proposals import propose
from projects.actions.reports import approve_report, correct_report, open_draft, submit_report
from projects.actions.rows import change_row
from projects.models import Narrative, Notice, PlanItemUpdate, Report
from projects.rules.dates import parse_written_date
from tests import factories
from tests.projects.actions.test_levels import library, programme, rate  # noqa: F401

JULY, AUGUST, SEPTEMBER = date(2019, 7, 31), date(2019, 8, 31), date(2019, 9, 30)


def wrong_since_july(project):
    """Three months that all say Mar-20 of a milestone; the commentary is new each month."""
    reports = []
    for day in (JULY, AUGUST, SEPTEMBER):
        report = factories.draft(project, factories.period(project.organisation, day))
        if not reports:
            factories.milestone(report, ref="1", finish="Mar-20")
        text = Narrative.objects.of(report).get(section="commentary")
        change_row(text, {"text": f"What happened by {day}"}, by=factories.system_user())
        if day != SEPTEMBER:
            report = factories.approved(project, report=report)
        reports.append(report)
    return reports


def corrected(report):
    correction = correct_report(report, by=factories.system_user(), reason="The contract says May")
    row = PlanItemUpdate.objects.of(correction).get()
    finish = PlanItemUpdate.finish.values(parse_written_date("May-20"))
    change_row(row, finish, by=factories.system_user())
    text = Narrative.objects.of(correction).get(section="commentary")
    change_row(text, {"text": "Put right"}, by=factories.system_user())
    return correction


@pytest.mark.django_db
def test_a_correction_lists_what_it_changes_and_where_the_old_value_stands(project):
    july, august, september = wrong_since_july(project)
    correction = corrected(july)
    assert sorted((each.what, each.old_words, each.new_words) for each in differences_of(correction)) == [
        ("1 Doors open: target date", "Mar-20", "May-20"),
        ("Explanatory commentary: text", "What happened by 2019-07-31", "Put right"),
    ]
    _, carriers = carried_on(correction)
    told = [(each.report, [one.field for one in each.differences]) for each in carriers]
    assert told == [(august, ["finish_words"]), (september, ["finish_words"])]
    # the draft is put right, the approved August stays: so it is once the correction is approved too
    row = PlanItemUpdate.objects.of(september).get()
    finish = PlanItemUpdate.finish.values(parse_written_date("June 2020"))
    change_row(row, finish, by=factories.system_user())
    approved = factories.approved(project, report=correction)
    assert [each.report for each in carried_on(approved)[1]] == [august]


@pytest.mark.django_db
def test_parents_made_from_what_is_corrected_are_listed(programme, library):  # noqa: F811
    report = factories.draft(library, factories.period(library.organisation, JULY))
    factories.milestone(report, finish="15 July 2019")
    child = factories.approved(library, report=report)
    parent = open_draft(
        programme.headline_series, factories.period(library.organisation, JULY), by=factories.system_user()
    )
    rate(parent, "on_track")
    parent = factories.approved(programme, report=parent)
    assert Notice.objects.of(parent).get().source == child
    correction = correct_report(child, by=factories.system_user(), reason="It was 20 July")
    finish = PlanItemUpdate.finish.values(parse_written_date("20 July 2019"))
    change_row(PlanItemUpdate.objects.of(correction).get(), finish, by=factories.system_user())
    [carrier] = carried_on(correction)[1]
    assert (carrier.report, carrier.is_parent) == (parent, True)
    assert [each.old_words for each in carrier.differences] == ["15 July 2019"]


def standings(series):
    columns = ("known_from", "known_to", "approved_from", "approved_until")
    return list(Report.objects.frozen().filter(series=series).in_order().values_list("as_at_on", "revision", *columns))


@pytest.mark.usefixtures("transactional_db")
def test_approvals_at_once_keep_the_series_in_order():
    """Three reports and a correction of one series are approved at the same moment by four people."""
    organisation = factories.council()
    project = factories.project(organisation)
    people = [factories.person(f"pmo{number}@example.org", organisation, "pmo") for number in range(4)]
    july = factories.approved(project, factories.period(organisation, JULY))
    waiting = [factories.draft(project, factories.period(organisation, day)) for day in (SEPTEMBER, AUGUST)]
    waiting.append(factories.draft(project, factories.period(organisation, date(2019, 6, 30))))
    waiting.append(correct_report(july, by=people[0], reason="A figure"))
    for report in waiting:
        propose(report)
        submit_report(report, by=people[0])
    gate = threading.Barrier(len(waiting))
    refused = []

    def approve(report, by):
        try:
            gate.wait(20)
            approve_report(Report.objects.get(pk=report.pk), by=by)
        except Exception as wrong:  # told below: a thread's exception is nobody's otherwise
            refused.append(wrong)
        finally:
            connection.close()
            close_old_connections()

    threads = [threading.Thread(target=approve, args=pair) for pair in zip(waiting, people, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert refused == []
    told = standings(project.headline_series)
    assert [row[:2] for row in told] == [
        (date(2019, 6, 30), 1), (JULY, 1), (JULY, 2), (AUGUST, 1), (SEPTEMBER, 1),
    ]  # fmt: skip
    # as now known: of each date the newest revision, one after the other without gap or overlap
    known = [row[2:4] for row in told if row[2]]
    assert known == [
        (date(2019, 6, 30), JULY), (JULY, AUGUST), (AUGUST, SEPTEMBER), (SEPTEMBER, None),
    ]  # fmt: skip
    # as it stood then: one report at every moment since the first
    stood = sorted(row[4:] for row in told if row[4])
    assert stood[-1][1] is None
    assert all(earlier[1] == later[0] for earlier, later in itertools.pairwise(stood))
    project.headline_series.refresh_from_db()
    assert project.headline_series.current.as_at_on == SEPTEMBER
    assert (project.headline_series.previous.as_at_on) == AUGUST
