"""The common order of statuses."""

import pytest

from projects.rules.kinds import SEVERITY, Band, Kind, band_of, severity_of, worst_of


def test_every_kind_has_a_severity_from_0_to_5():
    assert set(SEVERITY) == set(Kind)
    assert min(SEVERITY.values()) == 0
    assert max(SEVERITY.values()) == 5


@pytest.mark.parametrize(
    ("kind", "band"),
    [
        ("on_track", Band.GREEN),
        ("done", Band.GREEN),
        ("watch", Band.AMBER),
        ("at_risk", Band.AMBER),
        ("on_hold", Band.AMBER),
        ("off_track", Band.RED),
        ("not_rated", None),
        (None, None),
    ],
)
def test_band_of_a_kind(kind, band):
    assert band_of(kind) is band


@pytest.mark.parametrize(
    ("kinds", "worst"),
    [
        ([], None),
        ([None, "not_rated"], None),
        (["done", "on_track"], Kind.ON_TRACK),
        (["on_track", "watch", "at_risk", None], Kind.AT_RISK),
        (["off_track", "at_risk"], Kind.OFF_TRACK),
        (["watch", "on_hold"], Kind.WATCH),
    ],
)
def test_worst_of(kinds, worst):
    assert worst_of(kinds) is worst


def test_nothing_rated_is_less_than_anything_rated():
    assert severity_of(None) == severity_of("not_rated") < severity_of("done")
