"""Roll-ups, exceptions and the common severity: what is counted and summed where, for whom, as at which day."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from projects.actions.nodes import archive_node
from projects.actions.reports import publish_report
from projects.actions.rows import change_row
from projects.as_at import as_at
from projects.models import BenefitUpdate, DimensionRating, Narrative, NodeKind, SavingLine, Status, StatusScheme
from projects.permissions import top_node
from reporting.documents.catalogue.severity import mapping_of, mixed_mapping
from reporting.exceptions import exceptions_of
from reporting.queries import periods_now
from reporting.rollup import roll_up
from tests import factories
from tests.beginnings import handed_out

pytestmark = pytest.mark.django_db

JULY = date(2019, 7, 31)
TODAY = date(2019, 8, 6)


def said(node, label, *, period=None, savings=(), details="", is_exempt=False):
    """An approved report of the node: its status, its savings as (year, target, at risk, other way), its commentary.

    `is_exempt`: all three are kept from the public.
    """
    exempt = {"is_exempt": True, "exempt_paragraph": "3", "exempt_reason": "Trade"} if is_exempt else {}
    report = factories.draft(node, period)
    row = DimensionRating.objects.get(report=report, dimension__is_overall=True)
    status = Status.objects.get(scheme=row.dimension.scheme, label=label, is_archived=False)
    change_row(row, {"status": status, "chosen_because": "The board agreed it", **exempt}, by=factories.system_user())
    if details:
        text = Narrative.objects.get(report=report, section="commentary")
        change_row(text, {"text": details, **exempt}, by=factories.system_user())
    if savings:
        update = BenefitUpdate.objects.of(report).first() or factories.benefit(report, "Cash", **exempt)
        update.lines.all().delete()
        for order, (year, *pounds) in enumerate(savings):
            columns = dict(zip(("target", "at_risk", "other_way"), pounds, strict=True))
            SavingLine.objects.create(
                organisation=report.organisation, report=report, update_row=update, year=year, order=order, **columns
            )
    return factories.approved(node, report=report)


@pytest.fixture(scope="module")
def beginning(founded):
    """A portfolio of two programmes and a project beside them; the first programme reports itself."""
    top = factories.project(founded, "people", "People", kind=NodeKind.PORTFOLIO, with_series=False)
    care = factories.project(founded, "care", "Care", parent=top, kind=NodeKind.PROGRAMME)
    homes = factories.project(founded, "homes", "Homes", parent=top, kind=NodeKind.PROGRAMME, with_series=False)
    said(care, "Green")
    k = Decimal(1000)
    said(
        factories.project(founded, "carers", "Carers", parent=care), "Red",
        savings=[(2019, 60 * k, 60 * k, None), (2020, None, -60 * k, None)], details="The scheme is hard to grow.",
    )  # fmt: skip
    said(factories.project(founded, "meals", "Meals", parent=care), "Green", savings=[(2019, 40 * k, None, None)])
    said(
        factories.project(founded, "extra", "Extra care", parent=homes), "Amber",
        savings=[(2019, 100 * k, -30 * k, None), (None, None, None, 5 * k), (2015, 999 * k, 999 * k, None)],
    )  # fmt: skip
    said(factories.project(founded, "beds", "Beds", parent=top), "Green")
    return {"portfolio": top}


(portfolio,) = handed_out("portfolio")


def rolled(user, node, **asked):
    expected = periods_now([node.organisation], lambda _: TODAY)
    return roll_up(user, node, expected, published=False, sees_exempt=True, today=TODAY, **asked)


def counted(part):
    return {count.label: count.count for count in part.level.counts}


def thousands(sums, *names):
    return tuple(None if sums.get(name) is None else int(sums[name] / 1000) for name in names)


def test_each_part_has_its_counts_and_sums_the_worst_first(portfolio, director):
    found = rolled(director, portfolio)
    assert [part.level.title for part in found.parts] == ["Care", "Homes", "Beds"]
    care, homes, beds = found.parts
    assert counted(care) == {"Red": 1, "Green": 1}  # not the programme's own report
    assert (care.own.label, care.is_leaf, homes.own, beds.is_leaf) == ("Green", False, None, True)
    names = ("target", "gross_at_risk", "gross_over", "other_way", "net")
    assert thousands(care.sums, *names) == (100, 60, -60, None, 0)
    assert thousands(homes.sums, *names) == (100, None, -30, 5, -35)  # the line of 2015/16 is before the window
    assert thousands(found.sums, *names) == (200, 60, -90, 5, -35)
    assert (found.nodes, found.reported, found.exceptions) == (4, 4, 2)


def test_the_order_of_the_tree_is_there_for_the_asking(portfolio, director):
    found = rolled(director, portfolio, is_in_order=True)
    assert [part.level.title for part in found.parts] == ["Care", "Homes", "Beds"]
    (care, *_) = rolled(director, top_node(portfolio.organisation)).parts
    assert care.level.nodes == 4


def test_what_is_archived_is_in_no_sum(portfolio, director):
    archive_node(portfolio.children.get(slug="homes").children.get(), by=factories.system_user(), reason="Over")
    assert thousands(rolled(director, portfolio).sums, "target") == (100,)


def test_exempt_savings_are_in_the_sums_of_those_alone_who_may_see_them(portfolio, director, organisation):
    secret = factories.project(organisation, "site", "Site", parent=portfolio)
    said(secret, "Red", savings=[(2019, Decimal(7000), None, None)], details="The bidder.", is_exempt=True)
    expected = periods_now([organisation], lambda _: TODAY)

    def target(sees_exempt):
        found = roll_up(director, portfolio, expected, published=False, sees_exempt=sees_exempt, today=TODAY)
        return found.sums["target"]

    assert (target(True), target(False)) == (207000, 200000)


def test_a_roll_up_costs_the_same_however_many_parts(portfolio, director, organisation, count_queries):
    rolled(director, portfolio)  # what the person may do is asked once
    with count_queries() as few:
        rolled(director, portfolio)
    for number in range(8):
        programme = factories.project(
            organisation, f"p{number}", f"P{number}", parent=portfolio, kind=NodeKind.PROGRAMME
        )
        said(programme, "Amber")
        said(factories.project(organisation, f"q{number}", f"Q{number}", parent=programme), "Red")
    with count_queries() as many:
        found = rolled(director, portfolio)
    assert len(found.parts) == 11
    assert len(many) == len(few)


def test_the_page_leads_down_and_back(client, portfolio, director):
    client.force_login(director)
    org = portfolio.organisation.slug
    words = client.get(reverse("rollup", args=[org, "people"])).content.decode()
    assert reverse("rollup", args=[org, "care"]) in words
    assert reverse("node", args=[org, "beds"]) in words
    back = client.get(reverse("rollup", args=[org, "care"])).content.decode()
    assert reverse("rollup", args=[org, "people"]) in back
    assert "common scale" not in words  # one scheme: nothing to map


def test_readers_see_what_is_published_alone(client, portfolio, reader):
    client.force_login(reader)
    address = reverse("rollup", args=[portfolio.organisation.slug, "people"])
    assert "0 of 4 reported" in client.get(address).content.decode()
    for report in portfolio.children.get(slug="beds").reports.all():
        publish_report(report, by=factories.system_user())
    assert "1 of 4 reported" in client.get(address).content.decode()


def test_as_at_a_day_it_is_as_it_was(client, portfolio, director):
    client.force_login(director)
    address = reverse("rollup", args=[portfolio.organisation.slug, "people"])
    assert "Nothing had been reported here" in client.get(address, {"period": "2019-06-01"}).content.decode()
    words = client.get(address, {"period": "2019-07", "meaning": "known"}).content.decode()
    assert "as at July 2019" in words
    assert "2 at risk or off track" in words


# ---- exceptions ----


def found_in(user, node, **asked):
    asked = {"published": False, "sees_exempt": True, **asked}
    return exceptions_of(user, node, **asked)


def test_exceptions_stand_under_their_status_with_reasons_and_details(portfolio, director):
    found = found_in(director, portfolio)
    assert [(status.label, [each.node.title for each in listed]) for status, listed in found.by_status] == [
        ("Red", ["Carers"]),
        ("Amber", ["Extra care"]),
    ]
    carers = found.listed[0]
    assert carers.details == "The scheme is hard to grow."
    assert carers.reasons[:2] == ["No status before.", "The board agreed it"]


def test_what_was_an_exception_and_is_none_now_is_put_right(portfolio, director, organisation):
    august = factories.next_period(factories.period(organisation, JULY))
    carers = portfolio.children.get(slug="care").children.get(slug="carers")
    said(carers, "Green", period=august)
    extra = portfolio.children.get(slug="homes").children.get()
    said(extra, "Red", period=august)
    found = found_in(director, portfolio)
    assert [(each.node.title, each.before.label, each.status.label) for each in found.remediated] == [
        ("Carers", "Red", "Green")
    ]
    (worse,) = found.listed
    assert worse.reasons[0] == "Worse: was Amber in July 2019."


def test_an_exempt_status_with_its_commentary_is_not_told_to_who_may_not_see_it(portfolio, director, organisation):
    site = factories.project(organisation, "site", "Site", parent=portfolio)
    said(site, "Red", details="The bidder.", is_exempt=True)
    said(site, "Green", period=factories.next_period(factories.period(organisation, JULY)))
    assert "Site" in [each.node.title for each in found_in(director, portfolio).remediated]
    assert not found_in(director, portfolio, sees_exempt=False).remediated
    july = as_at("2019-07", "", organisation, published=False, now=timezone.now())
    assert "Site" in [each.node.title for each in found_in(director, portfolio, at=july).listed]
    assert "Site" not in [each.node.title for each in found_in(director, portfolio, at=july, sees_exempt=False).listed]


def test_readers_are_not_told_what_the_rules_or_the_officer_gave_as_reasons(portfolio, reader):
    carers = portfolio.children.get(slug="care").children.get(slug="carers")
    publish_report(carers.headline_series.current, by=factories.system_user())
    (told,) = found_in(reader, portfolio, published=True, sees_exempt=False).listed
    assert told.reasons == ["No status before."]
    assert told.details == "The scheme is hard to grow."


def test_exceptions_cost_the_same_however_many(portfolio, director, organisation, count_queries):
    found_in(director, portfolio)
    with count_queries() as few:
        found_in(director, portfolio)
    for number in range(6):
        said(factories.project(organisation, f"q{number}", f"Q{number}", parent=portfolio), "Red")
    with count_queries() as many:
        assert len(found_in(director, portfolio).listed) == 8
    assert len(many) == len(few)


def test_the_page_tells_exceptions_and_movers(client, portfolio, director, organisation):
    client.force_login(director)
    address = reverse("exceptions", args=[organisation.slug, "people"])
    words = client.get(address).content.decode()
    assert "The scheme is hard to grow." in words
    assert "to compare with" in words  # there is no report before
    carers = portfolio.children.get(slug="care").children.get(slug="carers")
    said(carers, "Green", period=factories.next_period(factories.period(organisation, JULY)))
    words = client.get(address, {"period": "2019-08"}).content.decode()
    assert "Movers since July 2019" in words
    assert "1 of 5 moved" in words


# ---- the common severity ----


def test_every_status_in_use_is_on_the_common_scale(organisation):
    table = mapping_of(organisation)
    known = Status.objects.filter(organisation=organisation, is_archived=False, scheme__is_archived=False)
    assert len(table.rows) == known.count()
    rag = [
        (row["status"].label, row["severity"]) for row in table.rows if row["about"] == "Project or programme status"
    ]
    assert rag[:2] == [("Red", "5: off track"), ("Amber", "4: at risk")]
    assert table.rows[0]["about"] == "Project or programme status"
    StatusScheme.objects.filter(organisation=organisation, subject="benefit").update(is_archived=True)
    assert len(mapping_of(organisation).rows) < len(table.rows)


def test_it_is_printed_only_where_schemes_meet(organisation):
    one, other = StatusScheme.objects.filter(organisation=organisation)[:2]
    assert mixed_mapping(organisation, {one.pk}) is None
    table = mixed_mapping(organisation, {one.pk, other.pk})
    assert {row["scheme"] for row in table.rows} == {one.name, other.name}


def test_the_page_leads_an_administrator_to_the_schemes(client, organisation, administrator, reader):
    address = reverse("severity-mapping", args=[organisation.slug])
    client.force_login(administrator)
    assert reverse("settings-schemes", args=[organisation.slug]) in client.get(address).content.decode()
    client.force_login(reader)
    words = client.get(address).content.decode()
    assert "5: off track" in words
    assert reverse("settings-schemes", args=[organisation.slug]) not in words
