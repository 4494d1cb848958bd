"""Indicators as a register: figures go into the draft in words and in numbers; lists of factors are scored there."""

from decimal import Decimal

import pytest
from django.urls import reverse

from projects.actions.change_control import set_first_baseline
from projects.actions.indicators import add_indicator, change_indicator
from projects.actions.reports import open_draft
from projects.actions.writing import EditedMeanwhile
from projects.models import (
    Checklist,
    ChecklistFactor,
    ChecklistScore,
    Indicator,
    IndicatorBaseline,
    IndicatorTarget,
    IndicatorUpdate,
    StatedFigure,
)
from projects.rules.indicators import CannotBeRead
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def july(project):
    return factories.draft(project)


def measured(report, title="Calls dropped", *, actual="", target="", by=None, **about):
    by = by or factories.system_user()
    identity = {"unit": "percent", "direction": "lower", "tolerance_percent": Decimal(10), **about}
    row = add_indicator(report, by=by, identity={"ref": "C014", "title": title, **identity}, ref="C014", title=title)
    figures = {name: words for name, words in {"actual_words": actual, "target_words": target}.items() if words}
    return change_indicator(row, figures, by=by) if figures else row


def test_figures_are_kept_in_words_and_in_numbers_and_the_status_follows(july):
    row = measured(july, actual="10.89 %", target="10.00%")
    assert (row.current.actual, row.current.actual_words, row.current.target) == (Decimal("10.89"), "10.89 %", 10)
    assert row.status.label == "Near target"
    row = change_indicator(row, {"actual_words": "13.14%"}, by=factories.system_user())
    assert row.status.label == "Off target"
    assert change_indicator(row, {"actual_words": ""}, by=factories.system_user()).status.label == "No data"


def test_a_status_chosen_otherwise_stays_when_the_figures_change(july, organisation):
    row = measured(july, actual="13%", target="10%")
    chosen = factories.status(organisation, "indicator", "On target")
    row = change_indicator(row, {"status": chosen}, by=factories.system_user())
    row = change_indicator(row, {"actual_words": "14%"}, by=factories.system_user())
    assert row.status == chosen


def test_a_figure_that_cannot_be_read_changes_nothing(july):
    row = measured(july, actual="13%")
    with pytest.raises(CannotBeRead):
        change_indicator(row, {"actual_words": "many"}, by=factories.system_user())
    assert IndicatorUpdate.objects.get(pk=row.pk).actual_words == "13%"


def test_figures_of_two_people_do_not_overwrite_each_other(july):
    row = measured(july, actual="13%")
    late = IndicatorUpdate.objects.select_related("indicator", "report").get(pk=row.pk)
    change_indicator(row, {"actual_words": "12%"}, by=factories.system_user())
    with pytest.raises(EditedMeanwhile):
        change_indicator(late, {"actual_words": "11%"}, by=factories.system_user())
    assert IndicatorUpdate.objects.get(pk=row.pk).actual_words == "12%"


def test_the_next_draft_has_a_place_for_its_period_with_the_target_in_force(july, project, organisation):
    row = measured(july, actual="10%", target="12%")
    baseline = IndicatorBaseline(organisation=organisation, indicator=row.indicator)
    targets = [
        IndicatorTarget(organisation=organisation, measured="", amount=9, words="9%"),
        IndicatorTarget(organisation=organisation, measured="August 2019", amount=8, words="8%"),
    ]
    set_first_baseline(baseline, targets, by=factories.system_user())
    factories.published(project, report=july)
    august = factories.draft(project, factories.next_period(july.period))
    drafted = IndicatorUpdate.objects.of(august).get()
    assert [value.measured for value in drafted.values] == [july.period_label, august.period_label]
    assert (drafted.before_words, drafted.actual_words, drafted.target_words) == ("10%", "", "8%")
    assert drafted.status.label == "No data"
    assert IndicatorUpdate.objects.of(july).get().actual_words == "10%"  # what was published stays


def test_the_oldest_period_goes_when_eight_are_kept(july, project):
    measured(july, actual="10%")
    report, period = july, july.period
    for _ in range(9):
        factories.published(project, report=report)
        period = factories.next_period(period)
        report = open_draft(project.headline_series, period, by=factories.system_user())
    values = IndicatorUpdate.objects.of(report).get().values
    assert len(values) == 8
    assert values[-1].measured == report.period_label


# ---- pages ----


def page(node, name="register", *more):
    return reverse(name, args=[node.organisation.slug, node.slug, "indicators", *more])


def test_the_register_tells_figures_and_way(client, officer, project, july):
    measured(july, actual="13%", target="10%")
    factories.published(project, report=july)
    august = factories.draft(project, factories.next_period(july.period))
    change_indicator(IndicatorUpdate.objects.of(august).get(), {"actual_words": "9%"}, by=officer)
    client.force_login(officer)
    words = client.get(page(project)).content.decode()
    assert "Off target" in words
    assert "Actual: 13%" in words  # the draft's side
    cells = [cell.words for cell in client.get(page(project)).context["lines"][0].cells]
    assert cells[4:6] == ["13%", "10%"]


def test_an_indicator_is_added_then_measured(client, officer, project, july):
    client.force_login(officer)
    about = {
        "about-unit": "seconds",
        "about-direction": "lower",
        "about-group": "Customer",
        "about-tolerance_percent": "",
    }
    sent = {"row-ref": "C011", "row-title": "Average call", "row-version": "1", "row-typed": "{}", **about}
    added = client.post(page(project, "register-add"), sent)
    assert added.status_code == 302
    indicator = Indicator.objects.get()
    assert (indicator.ref, indicator.unit, indicator.group) == ("C011", "seconds", "Customer")
    opened = client.get(page(project, "register-item-edit", indicator.pk))
    assert "Give minutes and seconds" in opened.content.decode()
    form = opened.context["form"]
    sent = {
        "row-version": form.row.version, "row-typed": form.typed_json, "row-ref": "C011", "row-title": "Average call",
        "row-actual_words": "five", "row-target_words": "6.00 mins",
    }  # fmt: skip
    wrong = client.post(page(project, "register-item-edit", indicator.pk), sent)
    assert "Give minutes and seconds as 5:44" in wrong.content.decode()
    assert 'value="five"' in wrong.content.decode()  # nothing typed is lost
    sent["row-actual_words"] = "5:41 mins"
    assert client.post(page(project, "register-item-edit", indicator.pk), sent).status_code == 302
    row = IndicatorUpdate.objects.get()
    assert (row.current.actual, row.current.target, row.status.label) == (341, 360, "On target")


def test_the_register_costs_the_same_for_two_rows_and_twenty_two(client, director, project, july, count_queries):
    for number in range(2):
        measured(july, f"Indicator {number}", actual="1%", target="2%")
    factories.published(project, report=july)
    client.force_login(director)
    client.get(page(project))
    with count_queries() as two:
        client.get(page(project))
    august = factories.draft(project, factories.next_period(july.period))
    for number in range(2, 22):
        measured(august, f"Indicator {number}", actual="1%", target="2%")
    factories.published(project, report=august)
    with count_queries() as many:
        client.get(page(project))
    assert len(many) == len(two)


# ---- scored lists ----


@pytest.fixture
def agilometer(organisation):
    checklist = Checklist.objects.create(
        organisation=organisation, name="Agilometer", slug="agilometer", highest_score=5
    )
    for order, label in enumerate(("Collaboration", "Communication"), start=1):
        ChecklistFactor.objects.create(organisation=organisation, checklist=checklist, label=label, order=order)
    return checklist


def listed(node, name="checklist"):
    return reverse(name, args=[node.organisation.slug, node.slug, "agilometer"])


def scores_of(client, project, first, second):
    forms = client.get(listed(project, "checklist-score")).context["forms"]
    sent = {}
    for form, score in zip(forms, (first, second), strict=True):
        sent |= {form.version_name: form.row.version, form.typed_name: form.typed_json, form.add_prefix("score"): score}
        sent[form.add_prefix("basis")] = ""
    return sent


def test_a_blank_list_prints_nought_and_scores_go_into_the_draft(client, officer, project, july, agilometer):
    client.force_login(officer)
    assert "Not scored yet: 0.00, none of 2 factors" in client.get(listed(project)).content.decode()
    assert client.post(listed(project, "checklist-score"), scores_of(client, project, "4", "")).status_code == 302
    words = client.get(listed(project)).content.decode()
    assert "Total 4, average 4.00" in words
    assert "1 of 2 scored" in words
    assert ChecklistScore.objects.of(july).count() == 2


def test_a_score_outside_the_scale_is_told_and_kept_in_its_box(client, officer, project, july, agilometer):
    client.force_login(officer)
    answer = client.post(listed(project, "checklist-score"), scores_of(client, project, "6", "3"))
    words = answer.content.decode()
    assert "Collaboration: Give a score from 0 to 5." in words
    assert 'value="6"' in words
    assert not ChecklistScore.objects.exists()


def test_two_people_who_score_a_factor_are_set_against_each_other(client, officer, pmo, project, july, agilometer):
    client.force_login(officer)
    client.post(listed(project, "checklist-score"), scores_of(client, project, "4", "1"))
    late = scores_of(client, project, "2", "1")
    client.force_login(pmo)
    client.post(listed(project, "checklist-score"), scores_of(client, project, "5", "1"))
    client.force_login(officer)
    assert client.post(listed(project, "checklist-score"), late).status_code == 409
    assert ChecklistScore.objects.get(factor__label="Collaboration").score == 5


def test_a_sum_known_without_its_factors_is_told_as_stated(client, director, project, july, agilometer):
    StatedFigure.objects.create(
        organisation=project.organisation, report=july, key="agilometer", words="8/9", amount=8, title="Agilometer"
    )
    factories.published(project, report=july)
    client.force_login(director)
    assert "Stated as 8/9; which factors it is made of is not known." in client.get(listed(project)).content.decode()
    overview = reverse("checklists", args=[project.organisation.slug, project.slug])
    assert "8/9, as stated" in client.get(overview).content.decode()
