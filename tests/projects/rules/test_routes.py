"""Routes of decision: Norwich's four, and each condition just under, on and over its line."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from projects.rules.drift import drift_of
from projects.rules.routes import Asked, Move, RouteRule, choose, reasons_of

# Norwich PID 4.4.5 and 4.7: impact on service or policy; significant milestones; a theme's own plan; minor changes.
SERVICE, SIGNIFICANT, THEME, MINOR = NORWICH = (
    RouteRule(service_or_policy=True),
    RouteRule(significant=True),
    RouteRule(kinds=("plan_item",), node_kinds=("workstream",)),
    RouteRule(),
)


def drifted(*days):
    return drift_of([date(2009, 5, 1) + timedelta(days=each) for each in days])


def moved(days=10, **more):
    return Move("plan_item", "Tenant survey", days=days, **more)


@pytest.mark.parametrize(
    ("asked", "route"),
    [
        (Asked((moved(is_significant=True),), affects_service_or_policy=True), SERVICE),
        (Asked((moved(is_significant=True),), node_kind="workstream"), SIGNIFICANT),
        (Asked((moved(),), node_kind="workstream"), THEME),
        (Asked((moved(),), node_kind="project"), MINOR),
        (Asked((Move("benefit", "Savings"),), node_kind="workstream"), MINOR),
        (Asked((moved(days=0, is_significant=True),), node_kind="project"), MINOR),  # its date stays
        (Asked(), MINOR),
    ],
)
def test_norwich_routes_by_what_a_change_touches(asked, route):
    assert NORWICH[choose(NORWICH, asked).place] == route


def test_the_reasons_are_said():
    asked = Asked((moved(is_significant=True),), affects_service_or_policy=True)
    assert choose(NORWICH, asked).because == ("It has an impact on service or policy.",)
    assert choose(NORWICH[1:], asked).because == ("Tenant survey is a significant milestone.",)
    assert choose(NORWICH[3:], asked).because == ("No other route applies.",)
    theme = Asked((moved(),), node_kind="workstream")
    assert choose(NORWICH, theme).because == ("It changes the plan.", "It is raised on a workstream.")


def test_where_no_route_applies_that_is_said():
    assert choose([SERVICE], Asked((moved(),))) == choose([SERVICE], Asked())
    assert choose([SERVICE], Asked()).place is None
    assert choose([], Asked()).because == ()


@pytest.mark.parametrize(
    ("rule", "move", "applies"),
    [
        (RouteRule(days_from=30), moved(29), False),
        (RouteRule(days_from=30), moved(30), True),
        (RouteRule(days_from=30), moved(-30), True),  # earlier is a move as well
        (RouteRule(days_from=30), moved(None), False),
        (RouteRule(pounds_from=Decimal(5000)), Move("budget", "Fund", pounds=Decimal("4999.99")), False),
        (RouteRule(pounds_from=Decimal(5000)), Move("budget", "Fund", pounds=Decimal(-5000)), True),
        (RouteRule(percent_from=Decimal(10)), Move("budget", "Fund", percent=Decimal("9.99")), False),
        (RouteRule(percent_from=Decimal(10)), Move("budget", "Fund", percent=Decimal(10)), True),
        (RouteRule(percent_from=Decimal(10)), Move("budget", "Fund", pounds=Decimal(10)), False),
        (RouteRule(drift="amber"), moved(10, drift=drifted(0, 17, 27)), False),
        (RouteRule(drift="amber"), moved(10, drift=drifted(0, 18, 28)), True),
        (RouteRule(drift="red"), moved(10, drift=drifted(0, 73, 83)), False),
        (RouteRule(drift="red"), moved(10, drift=drifted(0, 74, 84)), True),
        (RouteRule(drift="amber"), moved(-10, drift=drifted(0, 100, 90)), False),  # it brings the date nearer
        (RouteRule(kinds=("budget",), days_from=30), moved(90), False),
    ],
)
def test_each_condition_on_its_line(rule, move, applies):
    assert (reasons_of(rule, Asked((move,))) is not None) is applies


def test_drift_gives_its_reason():
    assert reasons_of(RouteRule(drift="amber"), Asked((moved(10, drift=drifted(0, 20, 30)),))) == (
        "Tenant survey: drift since the first baseline is 30 days; AMBER from 28 days, over 2 changes.",
    )


@pytest.mark.parametrize(
    "rule", [RouteRule(), *NORWICH, RouteRule(("budget",), (), False, True, 30, Decimal("5000.50"), Decimal(5), "red")]
)
def test_a_rule_is_kept_and_read_again(rule):
    assert RouteRule.read(rule.kept()) == rule
