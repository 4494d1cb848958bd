"""Change control: a request is raised, boards become aware of it, and what it proposes is decided."""

from django.apps import apps
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from projects.actions.writing import all_or_nothing, check_same_organisation, save_changes, save_new
from projects.audit import acting
from projects.models import (
    OPEN_STATES,
    Baseline,
    BaselineLine,
    ChangeApproval,
    ChangeAwareness,
    ChangeRequest,
    ChangeTouch,
    state_models,
)
from projects.rules.dates import parse_written_date


class ChangeIsDecided(Exception):
    """A decided request does not change; raise another."""


class BaselineMoved(Exception):
    """The baseline a proposal was based on is no longer in force: another change was approved meanwhile."""


def raise_change(
    node,
    *,
    by,
    item_words,
    description,
    justification="",
    financial_implications="",
    sort=ChangeRequest.Sort.LOGGED,
    awareness=None,
    touches=(),
    baselines=(),
    report=None,
    route=None,
    ref="",
    at=None,
    reason="",
    **exempt,
) -> ChangeRequest:
    """Raise a request. A logged change is noted at once; one to a baseline waits as a draft.

    `awareness` is {board: words or ""}; `touches` are dicts that name one item each, such as
    {"plan_item": item, "before_words": "Feb-18", "after_words": "Mar-18"}; `baselines` are
    unsaved baseline rows with their identity and new values. `exempt` keeps it from the public: is_exempt,
    exempt_paragraph, exempt_reason, exempt_until.
    """
    with transaction.atomic():
        last = ChangeRequest.objects.filter(node=node).aggregate(last=Max("order"))["last"] or 0
        request = save_new(
            ChangeRequest(
                organisation_id=node.organisation_id,
                node=node,
                sort=sort,
                state=ChangeRequest.State.NOTED if sort == ChangeRequest.Sort.LOGGED else ChangeRequest.State.DRAFT,
                ref=ref or str(last + 1),
                order=last + 1,
                item_words=item_words,
                description=description,
                justification=justification,
                financial_implications=financial_implications,
                route=route,
                report=report,
                raised_at=at or timezone.now(),
                raised_by=by,
                **exempt,
            ),
            by=by,
            reason=reason,
        )
        for board, words in (awareness or {}).items():
            set_awareness(request, board, words, by=by)
        for touch in touches:
            save_new(ChangeTouch(organisation_id=node.organisation_id, change_request=request, **touch), by=by)
        for baseline in baselines:
            propose_baseline(baseline, change_request=request, by=by)
        return request


def change_change(request: ChangeRequest, changes: dict, *, version=None, by) -> ChangeRequest:
    """Edit the words of a request; a baseline change only until it is decided."""
    if request.state in (ChangeRequest.State.APPROVED, ChangeRequest.State.REJECTED):
        raise ChangeIsDecided(f"This change is {request.get_state_display().lower()}; raise another.")
    return save_changes(request, changes, version=version, by=by)


def set_awareness(request: ChangeRequest, board, words: str, *, by, version=None) -> ChangeAwareness:
    """Say when a board became aware, in words; blank means not yet and is chased.

    A decided change may still be told.
    """
    organisation = request.organisation
    written = parse_written_date(
        words, day_first=organisation.is_day_first, fy_start_month=organisation.financial_year_start
    )
    columns = ChangeAwareness.aware.values(written)
    entry = ChangeAwareness.objects.filter(change_request=request, board=board).first()
    if entry is None:
        return save_new(
            ChangeAwareness(organisation_id=request.organisation_id, change_request=request, board=board, **columns),
            by=by,
        )
    return save_changes(entry, columns, version=version, by=by)


def propose_baseline(baseline: Baseline, *, change_request: ChangeRequest, by) -> Baseline:
    """Save a proposed version, based on the one in force."""
    model = type(baseline)
    versions = model.objects.filter(**{model.identity_field: getattr(baseline, model.identity_field)})
    baseline.organisation_id = change_request.organisation_id
    baseline.change_request = change_request
    baseline.state = Baseline.State.PROPOSED
    baseline.number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
    baseline.based_on = versions.in_force().first()
    baseline.created_by = by
    check_same_organisation(baseline)
    with acting(by):
        baseline.save(force_insert=True)
    return baseline


def set_first_baseline(baseline: Baseline, lines: list[BaselineLine] = (), *, by, at=None) -> Baseline:
    """Put the first version of a thing in force; from then on it moves by change control only.

    ValueError if the thing has a version already.
    """
    model = type(baseline)
    if model.objects.filter(**{model.identity_field: getattr(baseline, model.identity_field)}).exists():
        raise ValueError(f"{baseline} is not the first version: raise a change request.")
    with transaction.atomic(), acting(by):
        baseline.created_by = by
        check_same_organisation(baseline)
        baseline.save(force_insert=True)
        for line in lines:
            line.baseline = baseline
            line.organisation_id = baseline.organisation_id
            line.save(force_insert=True)
        baseline.state = Baseline.State.IN_FORCE
        baseline.in_force_from = at or timezone.now()
        baseline.save(update_fields=["state", "in_force_from"])
        _quote_in_drafts(baseline)
    return baseline


def submit_change(request: ChangeRequest, *, by, version=None) -> ChangeRequest:
    """Send a drafted baseline change for decision."""
    if request.state != ChangeRequest.State.DRAFT:
        raise ChangeIsDecided(f"This change is {request.get_state_display().lower()} already.")
    return save_changes(request, {"state": ChangeRequest.State.SUBMITTED}, version=version, by=by)


def withdraw_change(request: ChangeRequest, *, by, reason="", version=None) -> ChangeRequest:
    """Take back a request that is not decided; its proposals are rejected."""
    if request.state not in (ChangeRequest.State.DRAFT, ChangeRequest.State.SUBMITTED):
        raise ChangeIsDecided(f"This change is {request.get_state_display().lower()} and cannot be withdrawn.")
    with all_or_nothing(by=by):
        for proposal in proposals_of(request):
            type(proposal).objects.filter(pk=proposal.pk).update(state=Baseline.State.REJECTED)
        return save_changes(request, {"state": ChangeRequest.State.WITHDRAWN}, version=version, by=by, reason=reason)


def proposals_of(request: ChangeRequest) -> list[Baseline]:
    """The baseline versions a request proposes, of every type."""
    return [
        row
        for model in apps.get_app_config("projects").get_models()
        if issubclass(model, Baseline)
        for row in model.objects.filter(change_request=request).select_related("based_on")
    ]


def decide_change(
    request: ChangeRequest, *, by, approve: bool, words="", board=None, at=None, version=None
) -> ChangeRequest:
    """Approve or reject a submitted request. Approval puts every proposal in force and closes what it replaces.

    BaselineMoved if another approved change replaced what a proposal was based on.
    """
    moment = at or timezone.now()
    with all_or_nothing(by=by):
        locked = ChangeRequest.objects.select_for_update().get(pk=request.pk)
        if locked.state != ChangeRequest.State.SUBMITTED:
            raise ChangeIsDecided(
                f"This change is {locked.get_state_display().lower()}: it is not awaiting a decision."
            )
        for proposal in proposals_of(locked):
            if approve:
                _put_in_force(proposal, moment, by)
            else:
                type(proposal).objects.filter(pk=proposal.pk).update(state=Baseline.State.REJECTED)
        save_new(
            ChangeApproval(
                organisation_id=locked.organisation_id,
                change_request=locked,
                board=board,
                is_approval=approve,
                at=moment,
                by=by,
                words=words,
            ),
            by=by,
        )
        outcome = ChangeRequest.State.APPROVED if approve else ChangeRequest.State.REJECTED
        return save_changes(
            locked,
            {"state": outcome, "decided_at": moment, "decided_by": by, "decision_reason": words},
            version=version,
            by=by,
            reason=words,
        )


def _put_in_force(proposal: Baseline, moment, by) -> None:
    model = type(proposal)
    versions = model.objects.select_for_update().filter(
        **{model.identity_field: getattr(proposal, model.identity_field)}
    )
    in_force = versions.in_force().first()
    if (in_force.pk if in_force else None) != proposal.based_on_id:
        raise BaselineMoved(
            f"{proposal} was based on version {proposal.based_on.number if proposal.based_on else 'none'},"
            f" but version {in_force.number} is in force now. Look at both and raise the change again."
        )
    with acting(by):
        if in_force:
            in_force.state = Baseline.State.SUPERSEDED
            in_force.in_force_to = moment
            in_force.save(update_fields=["state", "in_force_to"])
        proposal.state = Baseline.State.IN_FORCE
        proposal.in_force_from = moment
        proposal.save(update_fields=["state", "in_force_from"])
        _quote_in_drafts(proposal)


def _quote_in_drafts(baseline: Baseline) -> None:
    """Have the rows of open drafts quote a baseline just put in force; what is handed in, or corrects an earlier
    report, goes on quoting the one it was written under."""
    for model in state_models():
        if not hasattr(model, "baseline") or model.baseline.field.related_model is not type(baseline):
            continue
        thing = getattr(baseline, model.identity_field)
        for row in model.objects.filter(
            report__state__in=OPEN_STATES, report__corrects=None, **{model.identity_field: thing}
        ):
            row.baseline = baseline
            row.save(update_fields=["baseline"])


def archive_change(request: ChangeRequest, *, by, reason, version=None) -> ChangeRequest:
    """Take a request raised by mistake off the record's pages; published reports keep printing it."""
    return save_changes(request, {"is_archived": True}, version=version, by=by, reason=reason)
