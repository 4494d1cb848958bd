"""A closed period is locked, but for its named exceptions, corrections and what is entered of the past."""

from datetime import date

import pytest

from projects.actions.locks import ExceptionRefused, PeriodIsLocked, end_exception, grant_exception, reportable
from projects.actions.organisations import close_period, reopen_period
from projects.actions.registers import draft_to_edit
from projects.actions.reports import approve_report, correct_report, open_draft, submit_report
from projects.actions.rows import change_row
from projects.models import Calendar, Origin, Report, Series
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(project):
    return factories.draft(project)


@pytest.fixture
def closed(draft, pmo):
    return close_period(draft.period, by=pmo)


def anew(report):
    return Report.objects.get(pk=report.pk)


def first_row(report):
    return anew(report).dimensionrating_rows.first()


def test_nothing_of_a_closed_period_is_opened(project, closed, pmo):
    other = factories.project(project.organisation, slug="pool", title="Pool")
    with pytest.raises(PeriodIsLocked, match="July 2019 was closed on"):
        open_draft(other.headline_series, closed, by=pmo)


def test_nothing_of_a_closed_period_is_edited_or_submitted(draft, closed, officer):
    with pytest.raises(PeriodIsLocked):
        change_row(first_row(draft), {"comment": "Late thought"}, by=officer)
    with pytest.raises(PeriodIsLocked):
        submit_report(anew(draft), by=officer)
    assert anew(draft).state == "draft"


def test_nothing_of_a_closed_period_is_approved(draft, officer, pmo):
    submitted = submit_report(draft, by=officer)
    close_period(submitted.period, by=pmo)
    with pytest.raises(PeriodIsLocked):
        approve_report(anew(draft), by=pmo)
    assert anew(draft).state == "submitted"


def test_an_exception_lets_one_series_through_and_no_other(draft, closed, officer, pmo):
    other = factories.project(draft.organisation, slug="pool", title="Pool")
    grant_exception(closed, draft.series, until_on=date(2019, 8, 9), reason="The lead was ill", by=pmo)
    change_row(first_row(draft), {"comment": "In after all"}, by=officer)
    approve_report(submit_report(anew(draft), by=officer), by=pmo)
    with pytest.raises(PeriodIsLocked):
        open_draft(other.headline_series, closed, by=pmo)


@pytest.mark.parametrize(("today", "is_locked"), [(date(2019, 8, 9), False), (date(2019, 8, 10), True)])
def test_an_exception_holds_to_the_end_of_its_last_day(draft, closed, officer, pmo, today, is_locked):
    grant_exception(closed, draft.series, until_on=date(2019, 8, 9), reason="The lead was ill", by=pmo)
    organisation = draft.organisation
    organisation.clock_on = today
    organisation.save()
    assert list(reportable(Series.objects.get(pk=draft.series_id), today).values_list("slug", flat=True))[-1:] != (
        ["2019-07"] if is_locked else []
    )
    if is_locked:
        with pytest.raises(PeriodIsLocked):
            change_row(first_row(draft), {"comment": "Too late"}, by=officer)
    else:
        change_row(first_row(draft), {"comment": "In time"}, by=officer)


def test_an_exception_that_is_ended_lets_nothing_through(draft, closed, officer, pmo):
    exception = grant_exception(closed, draft.series, until_on=None, reason="Until we say so", by=pmo)
    change_row(first_row(draft), {"comment": "Still in"}, by=officer)
    end_exception(exception, by=pmo)
    with pytest.raises(PeriodIsLocked):
        change_row(first_row(draft), {"comment": "Out"}, by=officer)


def test_exceptions_that_make_no_sense_are_refused(draft, pmo):
    july = draft.period
    with pytest.raises(ExceptionRefused, match="is open"):
        grant_exception(july, draft.series, until_on=None, reason="Why not", by=pmo)
    close_period(july, by=pmo)
    with pytest.raises(ExceptionRefused, match="passed"):
        grant_exception(july, draft.series, until_on=date(2019, 8, 5), reason="Yesterday", by=pmo)
    grant_exception(july, draft.series, until_on=None, reason="Once", by=pmo)
    with pytest.raises(ExceptionRefused, match="already"):
        grant_exception(july, draft.series, until_on=None, reason="Twice", by=pmo)
    other = Calendar.objects.create(organisation=draft.organisation, name="Weekly", slug="weekly", cadence="weekly")
    draft.series.calendar = other
    with pytest.raises(ExceptionRefused, match="calendar"):
        grant_exception(july, draft.series, until_on=None, reason="Elsewhere", by=pmo)


def test_corrections_stay_possible(project, pmo):
    july = factories.approved(project)
    close_period(july.period, by=pmo)
    correction = correct_report(anew(july), by=pmo, reason="A wrong figure")
    change_row(first_row(correction), {"comment": "The right one"}, by=pmo)
    assert approve_report(submit_report(anew(correction), by=pmo), by=pmo).state == "approved"


def test_reports_of_the_past_stay_possible(project, closed, pmo):
    other = factories.project(project.organisation, slug="pool", title="Pool")
    draft = open_draft(other.headline_series, closed, by=pmo, origin=Origin.IMPORTED)
    change_row(first_row(draft), {"comment": "As printed"}, by=pmo)


def test_reopening_opens_it_for_everybody(draft, closed, officer, pmo):
    reopen_period(closed, by=pmo, reason="Closed too early")
    change_row(first_row(draft), {"comment": "In"}, by=officer)


def test_a_register_edit_goes_into_the_next_period_where_the_draft_is_locked(draft, closed, officer):
    assert draft_to_edit(draft.series, by=officer, today=date(2019, 8, 6)).period.slug == "2019-08"
