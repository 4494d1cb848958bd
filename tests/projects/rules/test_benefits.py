"""Savings: Nottinghamshire's status report of September 2018."""

from decimal import Decimal

import pytest

from projects.rules.benefits import SavingLine, net_at_risk, rate_benefit, totals
from projects.rules.kinds import Kind


@pytest.mark.parametrize(
    ("at_risk", "other_way", "net"),
    [(5, 3, 2), (-6_697, 0, -6_697), (5, None, 5), (None, 3, -3), (0, 0, 0), (None, None, None)],
)
def test_net_at_risk(at_risk, other_way, net):
    assert net_at_risk(at_risk, other_way) == net


def test_the_four_portfolios_come_to_an_over_achievement_of_6_million():
    net = totals(
        [
            SavingLine(target=Decimal(17_831), at_risk=Decimal(-6_697)),
            SavingLine(target=Decimal(2_356), at_risk=Decimal(-25)),
            SavingLine(target=Decimal(2_366), at_risk=Decimal(686)),
            SavingLine(target=Decimal(3_021), at_risk=Decimal(0)),
        ]
    )
    assert net.target == 25_574
    assert net.net_at_risk == -6_036
    assert (net.stated, net.lines) == (4, 4)


def test_what_no_line_states_stays_unknown():
    nothing = totals([SavingLine(), SavingLine(target=Decimal(5))])
    assert (nothing.at_risk, nothing.other_way, nothing.net_at_risk, nothing.slipped) == (None, None, None, None)
    assert (nothing.target, nothing.stated, nothing.lines) == (5, 0, 2)


@pytest.mark.parametrize(
    ("forecast", "status"),
    [
        ("110", Kind.ON_TRACK),
        ("100", Kind.ON_TRACK),
        ("95.01", Kind.ON_TRACK),
        ("95", Kind.AT_RISK),
        ("85.01", Kind.AT_RISK),
        ("85", Kind.OFF_TRACK),
        ("0", Kind.OFF_TRACK),
    ],
)
def test_rating_on_each_line(forecast, status):
    assert rate_benefit(Decimal(100), Decimal(forecast)).status is status


@pytest.mark.parametrize(
    ("target", "forecast"), [(None, 5), (5, None), (None, None), (Decimal(0), Decimal(5)), (Decimal(-5), Decimal(5))]
)
def test_what_cannot_be_measured_is_unrated(target, forecast):
    assert rate_benefit(target, forecast).status is None
