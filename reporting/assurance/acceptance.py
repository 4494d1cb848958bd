"""Accept a finding for a time, or take the acceptance back. The only writes of assurance, into its own table."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from projects.actions.writing import save_changes, save_new
from projects.clock import today_for
from projects.models import Node
from reporting.assurance.registry import Finding
from reporting.models import FindingAcceptance


class AcceptanceNeedsReason(ValueError):
    """A finding is not accepted without a reason."""


class AcceptanceHasExpired(ValueError):
    """An acceptance must reach beyond today."""


def accept_finding(finding: Finding, *, node: Node, reason: str, expires_on: date, by) -> FindingAcceptance:
    """Leave the finding as it is until `expires_on`; an acceptance that there was is replaced.

    AcceptanceNeedsReason without a reason, AcceptanceHasExpired where the day has passed.
    """
    if not reason.strip():
        raise AcceptanceNeedsReason("Say why this may be left as it is.")
    if expires_on < today_for(node.organisation):
        raise AcceptanceHasExpired("Choose a day that has not passed.")
    with transaction.atomic():
        before = FindingAcceptance.objects.select_for_update(no_key=True).filter(
            node=node, check_code=finding.code, subject_key=finding.subject.key, withdrawn_at=None
        )
        for acceptance in before:
            withdraw_acceptance(acceptance, by=by)
        return save_new(
            FindingAcceptance(
                organisation=node.organisation,
                node=node,
                check_code=finding.code,
                subject_key=finding.subject.key,
                subject_words=finding.subject.words,
                reason=reason.strip(),
                expires_on=expires_on,
                accepted_by=by,
            ),
            by=by,
            reason=reason.strip(),
        )


def withdraw_acceptance(acceptance: FindingAcceptance, *, by) -> FindingAcceptance:
    """Let the finding stand again."""
    return save_changes(acceptance, {"withdrawn_at": timezone.now(), "withdrawn_by": by}, by=by)
