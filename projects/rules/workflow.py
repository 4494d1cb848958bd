"""The way of a highlight report from draft to publication, and who may take each step."""

from dataclasses import dataclass
from enum import StrEnum


class ReportState(StrEnum):
    """Where a report stands. Approved and published ones never change."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SIGNED_OFF = "signed_off"
    APPROVED = "approved"
    PUBLISHED = "published"
    RETURNED = "returned"


@dataclass(frozen=True)
class Transition:
    """A step: what it is called, where it leads, the roles that may take it, whether it needs a reason."""

    verb: str
    source: ReportState
    target: ReportState
    who: tuple[str, ...]
    needs_reason: bool = False


_OFFICER = ("officer", "pmo")  # the PMO writes on behalf
_SPONSOR = ("sponsor",)
_PMO = ("pmo",)

_SUBMIT = Transition("submit", ReportState.DRAFT, ReportState.SUBMITTED, _OFFICER)
_RESUBMIT = Transition("submit", ReportState.RETURNED, ReportState.SUBMITTED, _OFFICER)
_REOPEN = Transition("reopen", ReportState.RETURNED, ReportState.DRAFT, _OFFICER)
_PULL_BACK = Transition("pull back", ReportState.SUBMITTED, ReportState.DRAFT, _OFFICER)
_SIGN_OFF = Transition("sign off", ReportState.SUBMITTED, ReportState.SIGNED_OFF, _SPONSOR)
_RETURN_SUBMITTED = Transition("return", ReportState.SUBMITTED, ReportState.RETURNED, _PMO, True)
_SPONSOR_RETURN = Transition("return", ReportState.SUBMITTED, ReportState.RETURNED, (*_SPONSOR, *_PMO), True)
_RETURN_SIGNED = Transition("return", ReportState.SIGNED_OFF, ReportState.RETURNED, _PMO, True)
_APPROVE_SUBMITTED = Transition("approve", ReportState.SUBMITTED, ReportState.APPROVED, _PMO)
_APPROVE_SIGNED = Transition("approve", ReportState.SIGNED_OFF, ReportState.APPROVED, _PMO)
_PUBLISH = Transition("publish", ReportState.APPROVED, ReportState.PUBLISHED, _PMO)


def transitions(state: ReportState | str, requires_sign_off: bool) -> tuple[Transition, ...]:
    """The steps open to a report in `state`; `requires_sign_off` is the template's."""
    if requires_sign_off:
        steps = (_SUBMIT, _RESUBMIT, _REOPEN, _PULL_BACK, _SIGN_OFF, _SPONSOR_RETURN, _RETURN_SIGNED,
                 _APPROVE_SIGNED, _PUBLISH)  # fmt: skip
    else:
        # a report signed off before the template ceased to ask for it still goes on
        steps = (_SUBMIT, _RESUBMIT, _REOPEN, _PULL_BACK, _RETURN_SUBMITTED, _RETURN_SIGNED,
                 _APPROVE_SUBMITTED, _APPROVE_SIGNED, _PUBLISH)  # fmt: skip
    return tuple(step for step in steps if step.source == ReportState(state))


def next_states(state: ReportState | str, requires_sign_off: bool) -> tuple[ReportState, ...]:
    """The states that a report in `state` can go to."""
    return tuple(step.target for step in transitions(state, requires_sign_off))


def transition(source: ReportState | str, target: ReportState | str, requires_sign_off: bool) -> Transition | None:
    """The step from one state to another; None where there is none."""
    target = ReportState(target)
    return next((step for step in transitions(source, requires_sign_off) if step.target is target), None)


def who(source: ReportState | str, target: ReportState | str, requires_sign_off: bool) -> tuple[str, ...]:
    """The roles that may take a report from one state to the other; () where it cannot go there."""
    step = transition(source, target, requires_sign_off)
    return step.who if step else ()
