"""Savings by year in a draft: stated by an officer, and carried on when a financial year ends."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from projects.actions.rows import add_row, section_state
from projects.actions.savings import change_savings
from projects.actions.writing import EditedMeanwhile
from projects.actions.year_end import end_savings_years
from projects.models import BenefitUpdate, Report, SavingLine, TemplateSection
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(project, officer):
    TemplateSection.objects.filter(organisation=project.organisation, key="benefits").update(
        options={"by_year": True, "also": ["slipped", "claimed", "validated"]}
    )
    return factories.draft(project, by=officer)


@pytest.fixture
def benefit(draft, officer):
    return add_row(draft, BenefitUpdate, by=officer, identity={"kind": "cashable"}, title="Cashable benefits")


def stated(row):
    return list(SavingLine.objects.filter(update_row=row).order_by("order").values_list("year", "target", "at_risk"))


def test_amounts_are_kept_by_year_and_an_empty_year_goes(benefit, officer):
    row = change_savings(
        benefit,
        {},
        {("target", 2020): Decimal(50_000), ("target", 2019): Decimal(60_000), ("at_risk", 2019): Decimal(-19_000)},
        by=officer,
    )
    assert stated(row) == [(2019, 60_000, -19_000), (2020, 50_000, None)]
    row = change_savings(row, {}, {("target", 2020): None}, by=officer)
    assert stated(row) == [(2019, 60_000, -19_000)]


def test_who_comes_too_late_changes_no_year(benefit, officer):
    version = benefit.version
    change_savings(benefit, {}, {("target", 2019): Decimal(1)}, version=version, by=officer)
    late = BenefitUpdate.objects.get(pk=benefit.pk)
    with pytest.raises(EditedMeanwhile):
        change_savings(late, {}, {("target", 2019): Decimal(2)}, version=version, by=officer)
    assert stated(benefit) == [(2019, 1, None)]


def box(row, name):
    return f"benefitupdate-{row.pk}-{name}"


def posted(row, **boxes):
    said = {"title": "Cashable benefits", **boxes}
    return {box(row, "version"): row.version, box(row, "typed"): "{}"} | {box(row, name): said[name] for name in said}


def test_an_officer_states_the_years_in_the_editor(client, draft, benefit, officer):
    client.force_login(officer)
    page = reverse("report-edit-section", args=[draft.pk, "benefits"])
    shown = client.get(page).content.decode()
    assert "2019/20: at risk, slipped or over-achieved" in shown
    assert "2021/22: target" in shown  # three years from the one that July 2019 falls in
    assert "2022/23" not in shown
    assert "minus, such as -19,000" in shown
    answer = client.post(
        page, posted(benefit, target_2019="£1.28m", at_risk_2019="-19,000", other_way_all="500", action="save")
    )
    assert answer.status_code == 302
    assert list(SavingLine.objects.values_list("year", "target", "at_risk", "other_way")) == [
        (2019, 1_280_000, -19_000, None),
        (None, None, None, 500),
    ]
    assert "1,280,000" in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        ({"at_risk_2019": "70", "slipped_2019": "80"}, "part of what is at risk in the year"),
        ({"claimed_2019": "70", "validated_2019": "71"}, "part of what is claimed for the year"),
        ({"at_risk_2019": "70", "slipped_2019": "-1"}, "cannot be less than nothing"),
        ({"target_2019": "a lot"}, "This is not an amount of money"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(client, draft, benefit, officer, boxes, said):
    client.force_login(officer)
    page = reverse("report-edit-section", args=[draft.pk, "benefits"])
    answer = client.post(page, posted(benefit, **boxes, target_2020="5", action="save"))
    shown = answer.content.decode()
    assert said in shown
    assert all(f'value="{typed}"' in shown for typed in boxes.values())
    assert SavingLine.objects.get(year=2020).target == 5  # what is right is kept


def test_a_section_whose_years_changed_is_changed(project, draft, benefit, officer):
    change_savings(benefit, {}, {("target", 2019): Decimal(5)}, by=officer)
    factories.approved(project, draft.period, draft)
    later = factories.draft(project, factories.next_period(draft.period), by=officer)
    assert section_state(later, "benefits") == "untouched"
    change_savings(BenefitUpdate.objects.of(later).get(), {}, {("target", 2019): Decimal(6)}, by=officer)
    assert section_state(later, "benefits") == "changed"


def test_at_a_years_end_what_is_short_is_carried(draft, benefit, officer):
    row = change_savings(
        benefit,
        {"brought_forward": Decimal(10)},
        {
            ("at_risk", 2019): Decimal(70),
            ("at_risk", 2020): Decimal(-60),
            ("other_way", None): Decimal(22),
            ("target", 2020): Decimal(100),
        },
        by=officer,
    )
    source = Report(organisation=draft.organisation, as_at_on=date(2020, 3, 31))
    Report.objects.filter(pk=draft.pk).update(as_at_on=date(2020, 4, 30))
    draft.refresh_from_db()
    end_savings_years(draft, source)
    row.refresh_from_db()
    assert row.brought_forward == 58  # 10 from before, and 70 less the 22 that came another way
    assert list(SavingLine.objects.filter(update_row=row).values_list("year", "at_risk", "other_way")) == [
        (2020, -60, None),
        (None, None, 0),
    ]


def test_within_a_year_nothing_is_carried(draft, benefit, officer):
    change_savings(benefit, {}, {("at_risk", 2018): Decimal(70)}, by=officer)
    end_savings_years(draft, Report(organisation=draft.organisation, as_at_on=date(2019, 6, 30)))
    assert SavingLine.objects.get().year == 2018


def test_the_paper_return_asks_for_every_year_blank_or_filled_in(client, benefit, officer):
    change_savings(
        benefit,
        {"brought_forward": Decimal(4_000)},
        {("target", 2019): Decimal(60_000), ("at_risk", 2019): Decimal(-19_000)},
        by=officer,
    )
    client.force_login(officer)
    address = reverse("report-print", args=[benefit.report_id])
    filled = client.get(address).content.decode()
    assert "Cashable benefits: savings by year, in pounds" in filled
    for words in ("<td>£60,000</td>", "<td>-£19,000</td>", "<dd>£4,000</dd>", '<th scope="col">Of which slipped to'):
        assert words in filled
    blank = client.get(address, {"blank": "1"}).content.decode()
    assert "60,000" not in blank
    assert "Another benefit: savings by year, in pounds" in blank
    assert blank.count('<th scope="row">2021/22</th>') == filled.count('<th scope="row">2021/22</th>') + 1
