"""The way of a report."""

import pytest

from projects.rules.workflow import ReportState, next_states, transition, transitions, who


@pytest.mark.parametrize(
    ("state", "requires_sign_off", "targets"),
    [
        ("draft", False, {"submitted"}),
        ("draft", True, {"submitted"}),
        ("submitted", False, {"draft", "returned", "approved"}),
        ("submitted", True, {"draft", "returned", "signed_off"}),
        ("signed_off", True, {"returned", "approved"}),
        ("signed_off", False, {"returned", "approved"}),
        ("approved", True, {"published"}),
        ("published", True, set()),
        ("returned", True, {"draft", "submitted"}),
    ],
)
def test_next_states(state, requires_sign_off, targets):
    assert set(next_states(state, requires_sign_off)) == targets


def test_only_a_return_needs_a_reason():
    for state in ReportState:
        for requires_sign_off in (True, False):
            for step in transitions(state, requires_sign_off):
                assert step.needs_reason is (step.target is ReportState.RETURNED)


def test_an_approved_report_never_goes_back():
    for state in (ReportState.APPROVED, ReportState.PUBLISHED):
        assert set(next_states(state, True)) <= {ReportState.PUBLISHED}


@pytest.mark.parametrize(
    ("source", "target", "requires_sign_off", "roles"),
    [
        ("draft", "submitted", True, {"officer", "pmo"}),
        ("submitted", "draft", True, {"officer", "pmo"}),
        ("submitted", "signed_off", True, {"sponsor"}),
        ("submitted", "signed_off", False, set()),
        ("submitted", "returned", True, {"sponsor", "pmo"}),
        ("submitted", "returned", False, {"pmo"}),
        ("signed_off", "approved", True, {"pmo"}),
        ("submitted", "approved", True, set()),
        ("submitted", "approved", False, {"pmo"}),
        ("approved", "published", False, {"pmo"}),
        ("draft", "published", False, set()),
    ],
)
def test_who_may_take_each_step(source, target, requires_sign_off, roles):
    assert set(who(source, target, requires_sign_off)) == roles
    assert (transition(source, target, requires_sign_off) is None) == (not roles)
