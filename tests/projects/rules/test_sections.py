"""Sections by tier: the headings of Rochford's sheet are the matrix."""

import pytest

from projects.rules.sections import SectionPlace, sections_for

GOLD_SILVER, GOLD = frozenset({"gold", "silver"}), frozenset({"gold"})
ROCHFORD = (
    SectionPlace("benefits", 6),
    SectionPlace("project-detail", 1),
    SectionPlace("budget", 2, GOLD),
    SectionPlace("risk-consideration", 3),
    SectionPlace("milestones", 4, GOLD_SILVER),
    SectionPlace("high-risk-register", 5, GOLD_SILVER),
    SectionPlace("resource-planning", 7, GOLD),
)


@pytest.mark.parametrize(
    ("tier", "keys"),
    [
        ("gold", "project-detail budget risk-consideration milestones high-risk-register benefits resource-planning"),
        ("silver", "project-detail risk-consideration milestones high-risk-register benefits"),
        ("bronze", "project-detail risk-consideration benefits"),
        (None, "project-detail risk-consideration benefits"),
    ],
)
def test_a_tier_decides_the_sections(tier, keys):
    assert sections_for(tier, ROCHFORD) == tuple(keys.split())
