"""Change control: a request is raised, boards become aware of it, and what it proposes is decided step by step."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from auditlog.models import LogEntry
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from projects.actions.writing import (
    EditedMeanwhile,
    all_or_nothing,
    check_same_organisation,
    save_changes,
    save_new,
)
from projects.audit import acting
from projects.models import (
    OPEN_STATES,
    Baseline,
    BaselineLine,
    BenefitBaseline,
    Board,
    ChangeApproval,
    ChangeAwareness,
    ChangeRequest,
    ChangeRoute,
    ChangeRouteStep,
    ChangeTouch,
    Node,
    NodeBaseline,
    PlanItemBaseline,
    state_models,
)
from projects.rules.dates import parse_written_date
from projects.rules.routes import Asked, RouteRule, choose
from projects.versions import SORT_OF, SORTS, moves_of, node_of, thing_of

State = ChangeRequest.State
UNDECIDED = (State.DRAFT, State.SUBMITTED)
# Changes that boards are to be made aware of: not those still being written, nor those that came to nothing.
CHASED = (State.SUBMITTED, State.APPROVED, State.NOTED)
# What a baseline in force also settles of the thing itself, where it says anything of it.
SETTLES = {PlanItemBaseline: "tranche", NodeBaseline: "tier", BenefitBaseline: "measure"}
RULE, PERSON = "rule", "person"  # who chose a route, in ChangeRequest.route_because


class ChangeIsDecided(Exception):
    """A decided request does not change; raise another."""


class BaselineMoved(Exception):
    """The baseline a proposal was based on is no longer in force: another change was approved meanwhile."""


class NotOfThisNode(Exception):
    """A change proposes baselines of its own node only."""


def raise_change(
    node,
    *,
    by,
    item_words,
    description,
    justification="",
    financial_implications="",
    sort=ChangeRequest.Sort.LOGGED,
    affects_service_or_policy=False,
    awareness=None,
    touches=(),
    baselines=(),
    report=None,
    ref="",
    at=None,
    reason="",
    **exempt,
) -> ChangeRequest:
    """Raise a request. A logged change is noted at once; one to a baseline waits as a draft.

    `awareness` is {board: words or ""}; `touches` are dicts that name one item each, such as
    {"plan_item": item, "before_words": "Feb-18", "after_words": "Mar-18"}; `baselines` are
    unsaved baseline rows with their identity and new values, or (row, its unsaved lines). `exempt` keeps it from the
    public: is_exempt, exempt_paragraph, exempt_reason, exempt_until.
    """
    with transaction.atomic():
        Node.objects.select_for_update(no_key=True).get(pk=node.pk)  # its changes are numbered one by one
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
                affects_service_or_policy=affects_service_or_policy,
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
        for each in baselines:
            baseline, lines = each if isinstance(each, tuple) else (each, ())
            propose_baseline(baseline, lines, change_request=request, by=by)
        return request


def change_change(request: ChangeRequest, changes: dict, *, version=None, by) -> ChangeRequest:
    """Edit the words of a request; a baseline change only until it is decided.

    Where its impact on service or policy is seen otherwise, a request sent for decision takes the route that fits.
    """
    if request.state in (State.APPROVED, State.REJECTED):
        raise ChangeIsDecided(f"This change is {request.get_state_display().lower()}; raise another.")
    impact = changes.get("affects_service_or_policy", request.affects_service_or_policy)
    is_other_impact = impact != request.affects_service_or_policy
    if is_other_impact and request.state == State.SUBMITTED and not is_route_chosen_by_a_person(request):
        route, because = route_for(request, proposals_of(request), affects_service_or_policy=impact)
        changes = {**changes, "route": route, "route_because": because}
    return save_changes(request, changes, version=version, by=by)


def set_awareness(request: ChangeRequest, board, words: str, *, by, version=None) -> ChangeAwareness:
    """Say when a board became aware, in words; blank means not yet and is chased.

    A decided change may still be told. `version` 0 is for a board of which nothing was said yet.
    """
    organisation = request.organisation
    written = parse_written_date(
        words, day_first=organisation.is_day_first, fy_start_month=organisation.financial_year_start
    )
    columns = ChangeAwareness.aware.values(written)
    with all_or_nothing(by=by):
        ChangeRequest.objects.select_for_update(no_key=True).get(
            pk=request.pk
        )  # each board is told once, whoever is first
        entry = ChangeAwareness.objects.filter(change_request=request, board=board).first()
        if entry is None:
            entry = ChangeAwareness(organisation_id=request.organisation_id, change_request=request, board=board)
            for name, value in columns.items():
                setattr(entry, name, value)
            return save_new(entry, by=by)
        return save_changes(entry, columns, version=version, by=by)


def propose_baseline(
    baseline: Baseline, lines: Iterable[BaselineLine] = (), *, change_request: ChangeRequest, by
) -> Baseline:
    """Save a proposed version with its lines, based on the one in force. NotOfThisNode for another node's thing."""
    model = type(baseline)
    thing = thing_of(baseline)
    if node_of(thing).pk != change_request.node_id:
        raise NotOfThisNode(f"{thing} is not of {change_request.node}.")
    with transaction.atomic(), acting(by):
        type(thing).objects.select_for_update(no_key=True).get(pk=thing.pk)  # its versions are numbered one by one
        versions = model.objects.filter(**{model.identity_field: thing})
        baseline.organisation_id = change_request.organisation_id
        baseline.change_request = change_request
        baseline.state = Baseline.State.PROPOSED
        baseline.number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
        baseline.based_on = versions.in_force().first()
        baseline.created_by = by
        check_same_organisation(baseline)
        baseline.save(force_insert=True)
        _save_lines(baseline, lines)
    return baseline


def _save_lines(baseline: Baseline, lines: Iterable[BaselineLine]) -> None:
    for order, line in enumerate(lines, start=1):
        line.baseline, line.organisation_id, line.order = baseline, baseline.organisation_id, order
        line.save(force_insert=True)


def change_proposals(
    request: ChangeRequest, proposed: Iterable[tuple[Baseline, dict, list[BaselineLine]]], *, version=None, by
) -> ChangeRequest:
    """Rewrite what a drafted request proposes: (its proposal, new columns, all its lines).

    ChangeIsDecided once it has been sent for decision: whoever decides has read it.
    """
    if request.state != State.DRAFT:
        raise ChangeIsDecided(f"This change is {request.get_state_display().lower()}; what it proposes stays.")
    with all_or_nothing(by=by), acting(by):
        request = _as_read(request, version, {})
        for proposal, columns, lines in proposed:
            for name, value in columns.items():
                setattr(proposal, name, value)
            check_same_organisation(proposal)
            proposal.save()
            if of_lines := SORT_OF[type(proposal)].lines:
                getattr(proposal, of_lines).all().delete()
                _save_lines(proposal, lines)
    return request


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
        _save_lines(baseline, lines)
        baseline.state = Baseline.State.IN_FORCE
        baseline.in_force_from = at or timezone.now()
        baseline.save(update_fields=["state", "in_force_from"])
        _quote_in_drafts(baseline)
    return baseline


def back_fill_versions(versions: Iterable[tuple[Baseline, list[BaselineLine], datetime]], *, by) -> list[Baseline]:
    """Put the versions that a thing had before the portal knew it in force one after the other, each from its moment.

    No request stands behind them. ValueError if the thing has a version already.
    """
    entered: list[Baseline] = []
    with transaction.atomic(), acting(by):
        for number, (baseline, lines, at) in enumerate(versions, start=1):
            if not entered:
                entered.append(set_first_baseline(baseline, lines, by=by, at=at))
                continue
            before = entered[-1]
            baseline.number, baseline.based_on, baseline.created_by = number, before, by
            check_same_organisation(baseline)
            baseline.save(force_insert=True)
            _save_lines(baseline, lines)
            type(before).objects.filter(pk=before.pk).update(state=Baseline.State.SUPERSEDED, in_force_to=at)
            baseline.state, baseline.in_force_from = Baseline.State.IN_FORCE, at
            baseline.save(update_fields=["state", "in_force_from"])
            entered.append(baseline)
    return entered


def submit_change(request: ChangeRequest, *, by, version=None) -> ChangeRequest:
    """Send a drafted baseline change for decision, on the route that the council's rules choose.

    BaselineMoved if a proposal was overtaken while it was being written.
    """
    if request.state != State.DRAFT:
        raise ChangeIsDecided(f"This change is {request.get_state_display().lower()} already.")
    proposals = proposals_of(request)
    _refuse_overtaken(proposals)
    columns = {"state": State.SUBMITTED}
    if not is_route_chosen_by_a_person(request):
        columns["route"], columns["route_because"] = route_for(request, proposals)
    return save_changes(request, columns, version=version, by=by)


def withdraw_change(request: ChangeRequest, *, by, reason="", version=None) -> ChangeRequest:
    """Take back a request that is not decided; its proposals are rejected."""
    if request.state not in UNDECIDED:
        raise ChangeIsDecided(f"This change is {request.get_state_display().lower()} and cannot be withdrawn.")
    with all_or_nothing(by=by):
        for proposal in proposals_of(request):
            type(proposal).objects.filter(pk=proposal.pk).update(state=Baseline.State.REJECTED)
        return save_changes(request, {"state": ChangeRequest.State.WITHDRAWN}, version=version, by=by, reason=reason)


def proposals_of(request: ChangeRequest) -> list[Baseline]:
    """The baseline versions a request proposes, of every kind."""
    return [
        row for sort in SORTS.values() for row in sort.versions(change_request=request).order_by(sort.thing, "number")
    ]


# ---- the route ----


def route_for(
    request: ChangeRequest, proposals: list[Baseline], *, affects_service_or_policy: bool | None = None
) -> tuple[ChangeRoute | None, list[dict]]:
    """The route that the council's rules choose for a request, and why, as `route_because` keeps it.

    `affects_service_or_policy` replaces what the request says of it.
    """
    routes = list(ChangeRoute.objects.filter(organisation_id=request.organisation_id, is_archived=False))
    impact = request.affects_service_or_policy if affects_service_or_policy is None else affects_service_or_policy
    asked = Asked(moves_of(proposals, request.organisation), impact, request.node.kind)
    chosen = choose([RouteRule.read(route.rule) for route in routes], asked)
    because = [{"by": RULE, "words": words} for words in chosen.because]
    return (None if chosen.place is None else routes[chosen.place]), because


def is_route_chosen_by_a_person(request: ChangeRequest) -> bool:
    """Whether somebody put the request on another route than the rules would."""
    return any(reason["by"] == PERSON for reason in request.route_because)


def choose_route(request: ChangeRequest, route: ChangeRoute | None, *, by, reason: str, version=None) -> ChangeRequest:
    """Put an undecided request on another route, saying why. Steps already decided by the same board or post stand."""
    if request.state not in UNDECIDED:
        raise ChangeIsDecided(f"This change is {request.get_state_display().lower()}: its route stays.")
    instead = f" instead of {request.route}" if request.route else ""
    words = f"{by} chose {route or 'one decision by the PMO'}{instead}: {reason}"
    because = [*request.route_because, {"by": PERSON, "words": words}]
    return save_changes(request, {"route": route, "route_because": because}, version=version, by=by, reason=reason)


@dataclass(frozen=True)
class StepStanding:
    """How a step of a request's route stands. `step` is None for the one decision of a request without a route;
    `approval` is None until it is decided."""

    step: ChangeRouteStep | None
    approval: ChangeApproval | None
    is_next: bool = False

    @property
    def title(self) -> str:
        return str(self.step or "Decision")


def steps_of(request: ChangeRequest) -> list[StepStanding]:
    """Every step of the way a request takes, in order, with what was decided; the first undecided one is next.

    A decision counts for any step of the same board or post, so that a request put on another route keeps it.
    """
    approvals = list(request.approvals.select_related("step", "board", "by").order_by("pk"))
    steps = list(request.route.steps.select_related("board", "post__holder").all()) if request.route else []
    told = []
    for step in steps or [None]:
        approval = next((each for each in approvals if _decides(each, step)), None)
        is_next = request.state == State.SUBMITTED and approval is None and not any(each.is_next for each in told)
        told.append(StepStanding(step, approval, is_next))
    return told


def _decides(approval: ChangeApproval, step: ChangeRouteStep | None) -> bool:
    if step is None or approval.step is None:
        return step is None
    return (approval.step.board_id, approval.step.post_id) == (step.board_id, step.post_id)


def next_step(request: ChangeRequest) -> StepStanding | None:
    """The step that is waited for; None where nothing is."""
    return next((each for each in steps_of(request) if each.is_next), None)


def waiting_since(request: ChangeRequest):
    """When the step that is waited for began to wait: the last decision, else when it was sent for decision."""
    decided = request.approvals.order_by("-pk").first()
    if decided:
        return decided.at
    sent = LogEntry.objects.get_for_object(request).filter(changes__has_key="state").order_by("-pk").first()
    return sent.timestamp if sent else request.raised_at


def decide_change(
    request: ChangeRequest, *, by, approve: bool, words="", board=None, at=None, version=None
) -> ChangeRequest:
    """Decide the step that is next. A rejection ends the request; after the last approval every proposal comes into
    force and closes what it replaces. A board that decides is aware.

    BaselineMoved if another approved change replaced what a proposal was based on.
    """
    moment = at or timezone.now()
    with all_or_nothing(by=by):
        locked = ChangeRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
        if locked.state != State.SUBMITTED:
            raise ChangeIsDecided(
                f"This change is {locked.get_state_display().lower()}: it is not awaiting a decision."
            )
        proposals = proposals_of(locked)
        if approve:
            _refuse_overtaken(proposals)
        standing = next_step(locked)
        step = standing.step if standing else None  # None too where its route lost steps after they were decided
        save_new(
            ChangeApproval(
                organisation_id=locked.organisation_id,
                change_request=locked,
                step=step,
                board=board or (step.board if step else None),
                is_approval=approve,
                at=moment,
                by=by,
                words=words,
            ),
            by=by,
        )
        if step and step.board:
            _now_aware(locked, step.board, moment, by)
        columns = _outcome(locked, proposals, approve)
        if "state" in columns:
            columns |= {"decided_at": moment, "decided_by": by, "decision_reason": words}
            for proposal in proposals:
                if approve:
                    _put_in_force(proposal, moment, by)
                else:
                    type(proposal).objects.filter(pk=proposal.pk).update(state=Baseline.State.REJECTED)
        if not columns:  # another step is to come
            return _as_read(locked, version, {"decision_reason": words})
        return save_changes(locked, columns, version=version, by=by, reason=words)


def _as_read(request: ChangeRequest, version: int | None, attempted: dict) -> ChangeRequest:
    """Count another version of a request whose own columns stay. EditedMeanwhile if it is not as it was read."""
    expected = request.version if version is None else version
    if not ChangeRequest.objects.filter(pk=request.pk, version=expected).update(version=expected + 1):
        raise EditedMeanwhile(ChangeRequest.objects.get(pk=request.pk), attempted)
    request.version = expected + 1
    return request


def _outcome(request: ChangeRequest, proposals: list[Baseline], approve: bool) -> dict:
    """What a decision does to a request: its end, a longer route, or nothing while another step is to come."""
    if not approve:
        return {"state": State.REJECTED}
    if request.route and not is_route_chosen_by_a_person(request):
        route, because = route_for(request, proposals)
        if route and (route.order, route.pk) < (request.route.order, request.route.pk):
            return {"route": route, "route_because": because}  # the drift or the rules have grown meanwhile
    return {} if next_step(request) else {"state": State.APPROVED}


def _now_aware(request, board, moment, by):
    entry = request.awareness.filter(board=board).first()
    if entry is None or not entry.aware_words:
        day = timezone.localdate(moment)
        set_awareness(request, board, f"{day.day} {day:%B %Y}", by=by)


def _refuse_overtaken(proposals: list[Baseline]) -> None:
    for proposal in proposals:
        in_force = in_force_now(proposal)
        if (in_force.pk if in_force else None) != proposal.based_on_id:
            raise BaselineMoved(
                f"{thing_of(proposal)}: the proposal was based on version "
                f"{proposal.based_on.number if proposal.based_on else 'none'}, but version "
                f"{in_force.number if in_force else 'none'} is in force now. Look at both and base it anew."
            )


def in_force_now(proposal: Baseline) -> Baseline | None:
    """The version in force of what a proposal is about."""
    sort = SORT_OF[type(proposal)]
    return sort.versions(**{sort.thing: thing_of(proposal), "state": Baseline.State.IN_FORCE}).first()


def raise_anew(request: ChangeRequest, *, by, version=None) -> ChangeRequest:
    """Withdraw an undecided request that was overtaken and draft it again, based on what is in force now."""
    with all_or_nothing(by=by):
        ChangeRequest.objects.select_for_update(no_key=True).get(pk=request.pk)  # first, as whoever decides it does
        proposals = [(_copy_of(each), _copied_lines(each)) for each in proposals_of(request)]
        said = {entry.board: entry.aware_words for entry in request.awareness.select_related("board")}
        new = raise_change(
            request.node,
            by=by,
            sort=request.sort,
            awareness=said,
            baselines=proposals,
            report=request.report,
            reason=f"Change {request.ref} based anew",
            **{
                name: getattr(request, name)
                for name in (
                    "item_words", "description", "justification", "financial_implications",
                    "affects_service_or_policy", "is_exempt", "exempt_paragraph", "exempt_reason", "exempt_until",
                )
            },
        )  # fmt: skip
        withdraw_change(request, by=by, version=version, reason=f"Overtaken; raised anew as change {new.ref}")
        return new


_KEPT_BY_BASELINES = {field.name for field in Baseline._meta.get_fields()} - {"label", "organisation"}


def _copy_of(proposal: Baseline) -> Baseline:
    model = type(proposal)
    said = [field for field in model._meta.concrete_fields if field.name not in _KEPT_BY_BASELINES | {"id"}]
    return model(**{field.attname: getattr(proposal, field.attname) for field in said})


def _copied_lines(proposal: Baseline) -> list[BaselineLine]:
    of_lines = SORT_OF[type(proposal)].lines
    if not of_lines:
        return []
    rows = list(getattr(proposal, of_lines).all())
    for row in rows:
        row.pk = None
        row._state.adding = True
    return rows


def others_on(things: Iterable, requests, *, but: ChangeRequest | None = None) -> dict:
    """{thing: [request]} of the undecided requests, of those given (a QuerySet), that propose something for it."""
    told = defaultdict(list)
    by_model = defaultdict(list)
    for thing in things:
        by_model[type(thing)].append(thing)
    for sort in SORTS.values():
        found = sort.model.objects.filter(
            state=Baseline.State.PROPOSED,
            change_request__in=requests.filter(state__in=UNDECIDED),
            **{f"{sort.thing}__in": by_model[sort.thing_model]},
        ).select_related("change_request", sort.thing)
        for proposal in found.exclude(change_request=but) if but else found:
            told[thing_of(proposal)].append(proposal.change_request)
    return dict(told)


def _put_in_force(proposal: Baseline, moment, by) -> None:
    """Put a proposal in force, under a lock of what it is about, and close the version it replaces."""
    model, thing = type(proposal), thing_of(proposal)
    type(thing).objects.select_for_update(no_key=True).get(pk=thing.pk)
    _refuse_overtaken([proposal])
    in_force = in_force_now(proposal)
    if in_force:
        moment = max(moment, in_force.in_force_from)  # a meeting long past cannot end what began after it
    with acting(by):
        if in_force:
            in_force.state = Baseline.State.SUPERSEDED
            in_force.in_force_to = moment
            in_force.save(update_fields=["state", "in_force_to"])
        proposal.state = Baseline.State.IN_FORCE
        proposal.in_force_from = moment
        proposal.save(update_fields=["state", "in_force_from"])
        _quote_in_drafts(proposal)
    settled = SETTLES.get(model)
    if settled and getattr(proposal, settled):
        save_changes(type(thing).objects.get(pk=thing.pk), {settled: getattr(proposal, settled)}, by=by)


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


# ---- who has yet to hear ----


@dataclass(frozen=True)
class Blank:
    """A board that has yet to hear of a change, and for how many days."""

    change: ChangeRequest
    board: Board
    days: int


def blanks_of(nodes, today: date, *, changes=None) -> list[Blank]:
    """Every blank of the change records of `nodes` (a QuerySet), the oldest first.

    A board with a column in the record is to hear of every change; another only of those it was entered for.
    `changes` narrows them, for a reader who does not see all.
    """
    record = (ChangeRequest.objects.all() if changes is None else changes).filter(
        node__in=nodes, state__in=CHASED, is_archived=False
    )
    record = list(record.select_related("node__organisation").prefetch_related("awareness"))
    columns = defaultdict(list)
    boards = {}
    for board in Board.objects.filter(
        Q(is_archived=False) & ~Q(awareness_heading="")
        | Q(pk__in={e.board_id for c in record for e in c.awareness.all()}),
        organisation__in={change.organisation_id for change in record},
    ):
        boards[board.pk] = board
        if board.awareness_heading and not board.is_archived:
            columns[board.organisation_id].append(board.pk)
    blanks = []
    for change in record:
        told = {entry.board_id: entry.aware_words for entry in change.awareness.all()}
        days = max((today - timezone.localdate(change.raised_at)).days, 0)
        to_hear = dict.fromkeys([*columns[change.organisation_id], *told])
        blanks += [Blank(change, boards[pk], days) for pk in to_hear if not told.get(pk)]
    return sorted(blanks, key=lambda blank: -blank.days)
