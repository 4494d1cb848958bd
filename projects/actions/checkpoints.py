"""What a checkpoint report sets going: the changes it proposes are opened as requests of change control."""

from collections.abc import Iterable

from django.db import transaction

from projects.actions.change_control import proposals_of, raise_change, route_for
from projects.actions.proposed_changes import SECTION
from projects.actions.reports import refuse_unless_open
from projects.actions.rows import unconfirm
from projects.actions.writing import save_changes
from projects.models import Baseline, ChangeRequest, Report


def propose_change(
    report: Report,
    *,
    item_words: str,
    description: str,
    justification: str,
    affects_service_or_policy: bool,
    baselines: Iterable[Baseline] = (),
    by,
    at=None,
) -> ChangeRequest:
    """Open a drafted request for a change that a report proposes, on the route that the council's rules choose.

    `baselines` are unsaved versions of what it moves, such as an action's dates. Refused as every edit of a report
    that is not open.
    """
    with transaction.atomic():
        refuse_unless_open(report)
        request = raise_change(
            report.node,
            by=by,
            item_words=item_words,
            description=description,
            justification=justification,
            sort=ChangeRequest.Sort.BASELINE,
            affects_service_or_policy=affects_service_or_policy,
            baselines=baselines,
            report=report,
            at=at,
        )
        route, because = route_for(request, proposals_of(request))
        request = save_changes(request, {"route": route, "route_because": because}, by=by)
        unconfirm(report, SECTION)
        return request
