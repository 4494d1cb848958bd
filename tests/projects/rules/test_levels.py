"""What reports below propose for a parent, across the words of several schemes."""

import pytest

from projects.rules.kinds import Band, Kind
from projects.rules.levels import ChildStatus, band_of_severity, nearest, propose_from_children


def child(title, severity, **more):
    return ChildStatus(title, {0: "", 2: "Green", 3: "Watch", 4: "Amber", 5: "Red"}[severity], severity, **more)


@pytest.mark.parametrize(
    ("severity", "band"),
    [(0, None), (1, Band.GREEN), (2, Band.GREEN), (3, Band.AMBER), (4, Band.AMBER), (5, Band.RED)],
)
def test_a_common_severity_has_a_colour(severity, band):
    assert band_of_severity(severity) is band


@pytest.mark.parametrize(
    ("severities", "kind", "because"),
    [
        ((2, 2), Kind.ON_TRACK, "Each of the 2 reports below is GREEN"),
        ((2, 4, 2), Kind.ON_TRACK, "Only B of the 3 reports below is AMBER, so one step better: GREEN"),
        ((4,), Kind.AT_RISK, "The worst of the reports below is AMBER: 1 of 1"),
        ((2, 3, 4), Kind.AT_RISK, "The worst of the reports below is AMBER: 2 of 3"),
        ((2, 4, 5, 0), Kind.OFF_TRACK, "The worst of the reports below is RED: 1 of 3"),
        ((0,), None, "No report below gives a status"),
        ((), None, "No report below gives a status"),
    ],
)
def test_the_worst_one_step_better_where_only_one_is_amber(severities, kind, because):
    proposal = propose_from_children(child("ABCD"[place], severity) for place, severity in enumerate(severities))
    assert (proposal.status, proposal.because) == (kind, because)


def test_the_reasons_name_who_is_worse_old_unrated_or_missing():
    proposal = propose_from_children(
        [
            child("Roads", 5, scheme="RAG"),
            child("Baths", 4, scheme="Six statuses", last_known="May 2019"),
            child("Parks", 0),
        ],
        ["Library"],
    )
    assert proposal.reasons == (
        "RED: Roads (Red)",
        "AMBER: Baths (Amber)",
        "Not reported since: Baths (last known May 2019)",
        "Not rated: Parks",
        "Never reported: Library",
        "Different status words are compared by their common severity: RAG, Six statuses",
    )


def test_a_long_list_is_cut_and_counted():
    proposal = propose_from_children(child(str(number), 5) for number in range(7))
    assert proposal.reasons == ("RED: 0 (Red); 1 (Red); 2 (Red); 3 (Red); 4 (Red); and 2 more",)


OFFERED = [(Kind.NOT_RATED, 0), (Kind.ON_TRACK, 2), (Kind.WATCH, 3), (Kind.OFF_TRACK, 5), (Kind.OFF_TRACK, 5)]


@pytest.mark.parametrize(
    ("kind", "offered", "place"),
    [
        (Kind.OFF_TRACK, OFFERED, 3),
        (Kind.AT_RISK, OFFERED, 3),  # 3 and 5 are as near to 4: the worse one
        (Kind.ON_TRACK, OFFERED, 1),
        (Kind.AT_RISK, [(Kind.NOT_RATED, 0)], None),
        (Kind.AT_RISK, [], None),
    ],
)
def test_the_nearest_status_of_a_scheme(kind, offered, place):
    assert nearest(kind, offered) == place
