"""The life of a highlight report: opened, changed, submitted, signed off, approved, published, corrected."""

from copy import copy

from django.db import transaction
from django.db.models import Max, prefetch_related_objects
from django.utils import timezone

from projects.actions.findings import move_steps_on
from projects.actions.identities import settle_registers
from projects.actions.levels import copy_inputs, flag_overtaken, flag_parents, sections_from_below, take_over
from projects.actions.locks import OF_THE_PAST, lock_of, lock_of_report, refuse_if_locked
from projects.actions.printed_heads import marks_with_head
from projects.actions.proposals import propose, ratings_to_explain
from projects.actions.proposed_changes import freeze_proposed_changes
from projects.actions.roll_ups import refresh_above
from projects.actions.standing import lock_series, restate, settle
from projects.actions.windows import move_windows
from projects.actions.writing import all_or_nothing, save_changes, save_new
from projects.actions.year_end import end_savings_years
from projects.audit import acting
from projects.models import (
    OPEN_STATES,
    Answer,
    ChangeAwareness,
    ChangeLine,
    ChangeRequest,
    Dimension,
    DimensionRating,
    Narrative,
    NodeAlias,
    Notice,
    Origin,
    PlanItemUpdate,
    ProposedChange,
    Question,
    Report,
    ReportEvent,
    ReportIsFrozen,
    ReportRow,
    ReportState,
    Series,
    StatedFigure,
    Status,
    tables_filled_by,
)
from projects.models.plan import THEME_MARK
from projects.models.reports import NAMES_MARK, PRINTED
from projects.rules.workflow import transition

HEADER_FIELDS = (
    "lead_words",
    "sponsor_words",
    "reports_to_words",
    "stage_words",
    "start_words",
    "start_on",
    "start_precision",
    "finish_words",
    "finish_on",
    "finish_precision",
    "team_size",
    "whole_life_cost",
    "score",
    "score_label",
    "appendix_label",
)
# Steps that a closed period does not let a report take; it can still be returned, pulled back and published.
ONWARD_STATES = (ReportState.SUBMITTED, ReportState.SIGNED_OFF, ReportState.APPROVED)
# Figures a source stated, change lines and proposed changes belong to the report they were printed in.
NOT_CARRIED = (StatedFigure, ChangeLine, ProposedChange)
DISCARDED = "The draft was discarded meanwhile."


class WrongState(Exception):
    """The report is not where this step begins; the message says where it is and what to do."""


class ReportIncomplete(Exception):
    """What is missing before the report can be submitted, a sentence each."""

    def __init__(self, problems: list[str]):
        super().__init__(" ".join(problems))
        self.problems = problems


def start_series(node, template, calendar, *, by, keeps_registers=True) -> Series:
    """Begin a series of reports of `node`; the one that keeps the registers is the one lists show."""
    series = save_new(
        Series(
            organisation=node.organisation,
            node=node,
            template=template,
            calendar=calendar,
            keeps_registers=keeps_registers,
        ),
        by=by,
    )
    if keeps_registers:
        with acting(by):
            node.headline_series = series
            node.save(update_fields=["headline_series"])
    return series


def open_draft(series, period, *, by, as_at_on=None, origin=Origin.ENTERED, at=None) -> Report:
    """The draft of `period`: the open one, or a new copy of the newest approved report before it.

    WrongState if the period's report is approved already, PeriodIsLocked if the period is closed to the series.
    """
    with transaction.atomic():
        series = lock_series(series)
        if origin not in OF_THE_PAST:
            refuse_if_locked(lock_of(series, period))
        day = as_at_on or period.as_at_on
        existing = Report.objects.filter(series=series, as_at_on=day).order_by("-revision").first()
        if existing and existing.is_frozen:
            raise WrongState(f"The report for {existing.period_label or day} is approved. Make a correction instead.")
        if existing:
            return existing
        source = Report.objects.frozen().filter(series=series, as_at_on__lt=day).in_order().last()
        report = _new_report(series, period, day, source, origin, by, at)
        if source:
            copy_rows(source, report)
            move_windows(report)
            move_steps_on(report)
            end_savings_years(report, source)
        add_missing_rows(report)
        if origin == Origin.ENTERED:
            take_over(report, {section.key: section for section in sections_of(report)}, by=by)
        propose(report)
        _note(report, "", ReportState.DRAFT, by=by, at=at, reason=f"Copied from {source}" if source else "")
        return report


def _new_report(series, period, day, source, origin, by, at, **fields):
    node = series.node
    report = Report(
        organisation=series.organisation,
        node=node,
        series=series,
        template=series.template,
        period=period,
        as_at_on=day,
        origin=origin,
        copied_from=source,
        opened_by=by,
        opened_at=at or timezone.now(),
        period_label=period.label if period else "",
        marking=series.template.marking,
        score_label=series.template.score_label,
        lead_words=node.lead_post.title if node.lead_post else "",
        sponsor_words=node.sponsor_post.title if node.sponsor_post else "",
        reports_to_words=node.board.name if node.board else "",
        **as_printed(node, series.template.document),
    )
    if source:
        for name in HEADER_FIELDS:
            setattr(report, name, getattr(source, name))
    for name, value in fields.items():
        setattr(report, name, value)
    with acting(by):
        report.save(force_insert=True)
    return report


def as_printed(node, document: str) -> dict:
    """What a report prints of its node, copied so that a later rename leaves the report alone.

    The names that `document` has for the node and those above it go into the report's marks.
    """
    parents = list(type(node).objects.ancestors(node))
    aliases = NodeAlias.objects.filter(node__in=[*parents, node], document=document).order_by("-pk")
    names = dict(aliases.values_list("node_id", "printed_as"))
    printed = {
        "kind": PRINTED,
        "title": names.get(node.pk, node.title),
        "parents": [names.get(parent.pk, parent.title) for parent in parents],
    }
    return {
        "marks": {NAMES_MARK: printed} if names else {},
        "organisation_name": node.organisation.name,
        "title": node.title,
        "reference": node.reference,
        "parent_titles": [parent.title for parent in parents],
        "node_path": node.path,
        "node_kind": node.kind,
        "tier": node.tier,
    }


def copy_rows(source: Report, target: Report, *, whole=False) -> None:
    """Copy every state row of `source` into `target`; one line in the audit trail covers them all.

    `whole` is for corrections: everything, cell marks included. Otherwise removed rows, stated
    figures and change lines stay behind, and of the marks only exempt and printed ones go on.
    """
    copies = {}  # (table, old id) -> new row
    replaced = {} if whole else _replaced_statuses(source.organisation_id)
    parts = {} if whole or source.template_id == target.template_id else _parts_now(source, target)
    for model in tables_filled_by(source.pk):
        if not whole and issubclass(model, NOT_CARRIED):
            continue
        rows = list(model.objects.filter(report=source).order_by("pk"))
        if issubclass(model, ReportRow) and not whole:
            rows = [row for row in rows if not row.is_removed]
        if model is Notice and not whole:
            rows = [row for row in rows if row.source_id is None]  # those of the levels below are taken over anew
        if model is Narrative and not whole:
            _blank_what_is_written_anew(rows, target)
        old_ids = [row.pk for row in rows]
        kept = []
        for row, old_id in zip(rows, old_ids, strict=True):
            if row_field := getattr(model, "row_field", None):
                parent = copies.get((model._meta.get_field(row_field).related_model, getattr(row, f"{row_field}_id")))
                if parent is None:
                    continue
                setattr(row, row_field, parent)
            row.pk = None
            row._state.adding = True
            row.report = target
            if parts and model in (DimensionRating, Answer):
                asked = f"{model.identity_field}_id"
                if (part := parts.get((model, getattr(row, asked)))) is None:
                    continue  # the template asks this no longer
                setattr(row, asked, part)
            if not whole:
                row.marks = _lasting_marks(row.marks)
                for field in _status_fields(model):
                    if (old := getattr(row, field.attname)) in replaced:
                        setattr(row, field.attname, replaced[old])
            if issubclass(model, ReportRow):
                row.version = 1
                row.is_changed = False
                row.confirmed_at = None
            kept.append((old_id, row))
        if not whole:
            quote_baselines([row for _, row in kept], model)
        model.objects.bulk_create([row for _, row in kept], batch_size=500)
        copies.update({(model, old_id): row for old_id, row in kept})


def _blank_what_is_written_anew(rows: list[Narrative], target: Report) -> None:
    """Take the text out of unsaved copies of sections that each report writes for itself, as the template says."""
    sections = target.template.sections.all()
    anew = {section.key for section in sections if section.options.get("starts_blank")}
    for row in rows:
        if row.section in anew:
            row.text = ""


def quote_baselines(rows: list, model) -> None:
    """Have unsaved rows quote the baselines in force of what they are about; tables without baselines stay as is."""
    if not hasattr(model, "baseline"):
        return
    baselines = model.baseline.field.related_model
    thing = f"{model.identity_field}_id"
    held_to = baselines.objects.in_force().filter(**{f"{thing}__in": {getattr(row, thing) for row in rows}})
    in_force = dict(held_to.values_list(thing, "pk"))
    for row in rows:
        row.baseline_id = in_force.get(getattr(row, thing))


def _parts_now(source, target):
    """{(table of rows, id of a dimension or question in the source's template): its id in the target's}, by key."""
    moved = {}
    for rows, part in ((DimensionRating, Dimension), (Answer, Question)):
        now = dict(part.objects.filter(template=target.template_id).values_list("key", "pk"))
        for pk, key in part.objects.filter(template=source.template_id).values_list("pk", "key"):
            moved[rows, pk] = now.get(key)
    return moved


def _status_fields(model):
    return [field for field in model._meta.concrete_fields if field.is_relation and field.related_model is Status]


def _replaced_statuses(organisation_id) -> dict[int, int]:
    """{id of a status that was replaced: id of the one in use now}."""
    successor = dict(
        Status.objects.filter(organisation_id=organisation_id)
        .exclude(replaced_by=None)
        .values_list("pk", "replaced_by_id")
    )
    newest = {}
    for old in successor:
        now = old
        while now in successor:
            now = successor[now]
        newest[old] = now
    return newest


def _lasting_marks(marks):
    return {field: mark for field, mark in marks.items() if mark.get("kind") in ("exempt", PRINTED)}


def add_missing_rows(report: Report) -> None:
    """Give the draft a row for each dimension, question and narrative of its template, so that all are asked."""
    sections = {section.key: section for section in sections_of(report)}
    template = report.template
    common = {"organisation_id": report.organisation_id, "report": report}
    rated = set(DimensionRating.objects.of(report).values_list("dimension_id", flat=True))
    DimensionRating.objects.bulk_create(
        DimensionRating(dimension=dimension, title=dimension.label, order=dimension.order, **common)
        for dimension in Dimension.objects.filter(template=template)
        if dimension.pk not in rated and (not dimension.section or dimension.section in sections)
    )
    answered = set(Answer.objects.of(report).values_list("question_id", flat=True))
    Answer.objects.bulk_create(
        Answer(question=question, title=question.text, order=question.order, **common)
        for question in Question.objects.filter(template=template).prefetch_related("tiers")
        if question.pk not in answered
        and (not question.section or question.section in sections)
        and for_tier(question, report)
    )
    written = set(Narrative.objects.of(report).values_list("section", flat=True))
    Narrative.objects.bulk_create(
        Narrative(section=key, title=section.title, **common)
        for key, section in sections.items()
        if is_narrative(section) and key not in written
    )


def is_narrative(section) -> bool:
    """Whether a section is free text: the commentary, and those its template says are."""
    return section.key == "commentary" or section.options.get("kind") == "narrative"


def for_tier(part, report) -> bool:
    """Whether a section or question is for the tier the report was made at."""
    tiers = {tier.pk for tier in part.tiers.all()}
    return not tiers or report.tier_id in tiers


def sections_of(report: Report) -> list:
    """The sections of the report's template for its tier, in their order, headed as that tier heads them.

    A report made from those below it has sections for what it takes from them, named by its template or not.
    """
    prefetch_related_objects([report.template], "sections__tiers")
    named = list(report.template.sections.all())
    sections = [section for section in named if for_tier(section, report)]
    for place, section in enumerate(sections):
        if is_critical_path_only(section, report):
            section = sections[place] = copy(section)  # the template's own is another report's too
            headed = section.options.get("critical_path", {})
            section.title = headed.get("title", section.title)
            section.scope_label = headed.get("scope_label", "")
    return [*sections, *sections_from_below(report, named)]


def is_critical_path_only(section, report: Report) -> bool:
    """Whether a report of this tier gives only the critical path of its milestones, as the section's options say."""
    tiers = section.options.get("critical_path_only", ())
    return bool(tiers) and report.tier is not None and report.tier.code in tiers


def refuse_unless_open(report: Report) -> None:
    """ReportIsFrozen, PeriodIsLocked or WrongState unless an officer may still edit the report.

    Asked inside a transaction: the report is locked until its end, so that no approval comes between.
    """
    state = Report.objects.select_for_update(no_key=True).values_list("state", flat=True).filter(pk=report.pk).first()
    if state is None:
        raise WrongState(DISCARDED)
    if state in OPEN_STATES:
        refuse_if_locked(lock_of_report(report))
        return
    if state in (ReportState.APPROVED, ReportState.PUBLISHED):
        raise ReportIsFrozen(f"{report} is {ReportState(state).label.lower()} and never changes. Make a correction.")
    raise WrongState(f"{report} is {ReportState(state).label.lower()}; pull it back or have it returned to edit it.")


def change_report(report: Report, changes: dict, *, version=None, by) -> Report:
    """Change what the report says of the project itself (stage, dates, team, score)."""
    with all_or_nothing(by=by):
        refuse_unless_open(report)
        return save_changes(report, changes, version=version, by=by)


def discard_draft(report: Report, *, by, reason="") -> None:
    """Throw away a report that its officer still edits; the audit trail keeps that it was there.

    WrongState where it was handed on: the sponsor or the PMO has it before them.
    """
    with transaction.atomic():
        lock_series(report.series)
        report = _locked(report)
        if report.is_frozen:
            raise ReportIsFrozen(f"{report} is approved and cannot be discarded.")
        if not report.is_open:
            state = report.get_state_display().lower()
            raise WrongState(f"{report} is {state}; pull it back or have it returned to discard it.")
        with acting(by, reason):
            report.delete()


def why_not_withdrawn(report: Report) -> str:
    """Why an approved report that an import made cannot be taken back with it; "" where it can."""
    if report.origin != Origin.IMPORTED or report.state != ReportState.APPROVED:
        return f"{report} is {report.get_state_display().lower()}, and that is not rewritten. Correct it instead."
    for later, what in (
        (report.corrections.first(), "is a correction of it"),
        (Report.objects.filter(copied_from=report).first(), "was begun from it"),
        (Report.objects.filter(inputs__child=report).first(), "was made from it"),
    ):
        if later is not None:
            return f"{later} ({later.get_state_display().lower()}) {what}. Correct {report} instead."
    return ""


def withdraw_import(report: Report, *, by, reason: str) -> None:
    """Take out an approved report that an import made and that nothing stands on. WrongState says what does.

    Only such a report can be opened again, which the database checks too; the audit trail keeps that it was there.
    """
    with transaction.atomic():
        series = lock_series(report.series)
        report = _locked(report)
        if because := why_not_withdrawn(report):
            raise WrongState(because)
        Report.objects.filter(pk=report.pk).update(
            state=ReportState.DRAFT, approved_from=None, approved_until=None, known_from=None, known_to=None
        )
        report.refresh_from_db()
        _note(report, ReportState.APPROVED, ReportState.DRAFT, by=by, at=None, reason=reason)
        discard_draft(report, by=by, reason=reason)
        restate(series)
        refresh_above(series.organisation, series.node.path)


def problems_of(report: Report) -> list[str]:
    """What stops the report from being submitted, a sentence each; empty when nothing does."""
    missing = DimensionRating.objects.of(report).present().filter(dimension__is_overall=True, status=None)
    problems = [f"Choose the {rating.dimension.label.lower()}." for rating in missing.select_related("dimension")]
    problems += [
        f"Say why the {rating.dimension.label.lower()} differs from the one proposed."
        for rating in ratings_to_explain(report)
    ]
    return problems


def submit_report(report: Report, *, by, at=None) -> Report:
    """Hand the report to the sponsor or the PMO. ReportIncomplete lists what is missing."""
    propose(report)  # of its own accord, so that a refusal leaves the newest proposal beside the choice
    problems = problems_of(report)
    if problems:
        raise ReportIncomplete(problems)
    return _step(report, ReportState.SUBMITTED, by=by, at=at, submitted_at=at or timezone.now(), submitted_by=by)


def pull_back_report(report: Report, *, by, reason="") -> Report:
    """Take a submitted report back to edit it."""
    return _step(report, ReportState.DRAFT, by=by, reason=reason)


def sign_off_report(report: Report, *, by, at=None) -> Report:
    """The sponsor agrees with what the report says."""
    return _step(report, ReportState.SIGNED_OFF, by=by, at=at, signed_off_at=at or timezone.now(), signed_off_by=by)


def return_report(report: Report, *, by, reason, at=None) -> Report:
    """Give the report back to its officer, saying why."""
    if not reason.strip():
        raise ReportIncomplete(["Say why the report is returned."])
    return _step(report, ReportState.RETURNED, by=by, at=at, reason=reason, return_reason=reason)


def approve_report(report: Report, *, by, at=None) -> Report:
    """Freeze the report: what changed is marked, change control copied in, standings rewritten."""
    moment = at or timezone.now()
    with transaction.atomic():
        series = lock_series(report.series)
        report = _locked(report)
        _refuse_unless_step(report, ReportState.APPROVED)
        mark_changes(report)
        if not report.corrects_id:
            freeze_change_lines(report)
            freeze_proposed_changes(report)
        freeze_themes(report)
        frozen = {"approved_at": moment, "approved_by": by, "marks": marks_with_head(report)}
        report = _step(report, ReportState.APPROVED, by=by, at=moment, **frozen)
        settle(series, report)
        flag_overtaken(report, at=moment)
        flag_parents(report, at=moment)
        if series.keeps_registers and Series.objects.filter(pk=series.pk, current=report).exists():
            settle_registers(report, by=by)
        return report


def publish_report(report: Report, *, by, at=None) -> Report:
    """Let readers see the approved report."""
    moment = at or timezone.now()
    with transaction.atomic():
        series = lock_series(report.series)
        report = _step(report, ReportState.PUBLISHED, by=by, at=moment, published_at=moment, published_by=by)
        settle(series, report)
        return report


def correct_report(report: Report, *, by, reason, at=None, origin=Origin.ENTERED) -> Report:
    """Open a new revision of an approved report as a draft; the old one stays as it was."""
    if not reason.strip():
        raise ReportIncomplete(["Say why the report is corrected."])
    with transaction.atomic():
        series = lock_series(report.series)
        report = _locked(report)
        if not report.is_frozen:
            raise WrongState(f"{report} is not approved yet: edit it instead of correcting it.")
        reports = Report.objects.filter(series=series, as_at_on=report.as_at_on)
        unfinished = reports.unfinished().first()
        if unfinished:
            raise WrongState(f"A correction of {report} is open already: go on with that one.")
        newest = reports.aggregate(newest=Max("revision"))["newest"]
        correction = _new_report(
            series,
            report.period,
            report.as_at_on,
            report,
            origin,
            by,
            at,
            template=report.template,
            revision=newest + 1,
            corrects=report,
            correction_reason=reason,
            covers=report.covers,
            marking=report.marking,
            title=report.title,
            reference=report.reference,
            tier=report.tier,
            organisation_name=report.organisation_name,
            parent_titles=report.parent_titles,
            marks=report.marks,
        )
        copy_rows(report, correction, whole=True)
        copy_inputs(report, correction)
        _note(correction, "", ReportState.DRAFT, by=by, at=at, reason=reason)
        return correction


def _locked(report: Report) -> Report:
    """The report as it now is, locked; WrongState where somebody has discarded it meanwhile."""
    reports = Report.objects.select_for_update(of=("self",), no_key=True).select_related(
        "template", "series", "node", "period"
    )
    locked = reports.filter(pk=report.pk).first()
    if locked is None:
        raise WrongState(DISCARDED)
    return locked


def _refuse_unless_step(report: Report, target: ReportState) -> None:
    if transition(report.state, target.value, report.template.requires_sign_off) is None:
        raise WrongState(
            f"{report} is {report.get_state_display().lower()}: it cannot become {target.label.lower()} from there."
        )


def _step(report: Report, target: ReportState, *, by, at=None, reason="", **columns) -> Report:
    with transaction.atomic():
        report = _locked(report)
        _refuse_unless_step(report, target)
        if target in ONWARD_STATES:
            refuse_if_locked(lock_of_report(report))
        was = report.state
        for name, value in {"state": target, **columns}.items():
            setattr(report, name, value)
        with acting(by, reason):
            report.save(update_fields=["state", *columns])
        _note(report, was, target, by=by, at=at, reason=reason)
        return report


def _note(report, was, target, *, by, at, reason):
    ReportEvent.objects.create(
        organisation_id=report.organisation_id,
        report=report,
        from_state=was,
        to_state=target,
        by=by,
        at=at or timezone.now(),
        reason=reason,
    )


# A template that is replaced asks the same things anew: they are the same by key.
KEYED_MODELS = (DimensionRating, Answer)


def row_key(row):
    """What matches a row to the same thing's row in another report: its identity, else its reference or title."""
    model = type(row)
    if model in KEYED_MODELS:
        return getattr(row, model.identity_field).key
    if model.identity_field:
        return getattr(row, model._meta.get_field(model.identity_field).attname)
    if model is Notice:  # two reports below may use one reference
        return row.kind, row.source_words, row.ref or row.title or row.text
    return row.ref or row.title


def rows_to_match(report_id: int | None, model):
    """The rows of one table of a report with what `row_key` reads at hand; none for None."""
    rows = model.objects.filter(report=report_id).prefetch_related(*model.beneath)
    has_lines_of_a_thing = model.beneath and model._meta.get_field(model.identity_field).is_relation
    return rows.select_related(model.identity_field) if model in KEYED_MODELS or has_lines_of_a_thing else rows


def rows_by_key(report_id: int | None, model) -> dict:
    """{row key: row} of one table of a report; nothing for None."""
    return {row_key(row): row for row in rows_to_match(report_id, model)} if report_id else {}


# What differs between two rows without anything having been said.
SILENT_FIELDS = {
    "id", "report", "organisation", "version", "is_changed", "confirmed_at", "marks", "order", "baseline",
    "proposed_status", "proposed_because",
    *(model.identity_field for model in KEYED_MODELS),
}  # fmt: skip


def said_fields(model) -> list[str]:
    """The columns of a state table that say something."""
    silent = SILENT_FIELDS | {"source"} if model is Notice else SILENT_FIELDS  # each period's report of the same child
    return [field.attname for field in model._meta.concrete_fields if field.name not in silent]


def mark_changes(report: Report) -> None:
    """Set `is_changed` on the rows that differ from the report they were copied from."""
    for model in tables_filled_by(report.pk, report.copied_from_id or report.pk):
        if not issubclass(model, ReportRow):
            continue
        fields = [*said_fields(model), *model.figures]
        before = rows_by_key(report.copied_from_id, model)
        changed = [
            row.pk
            for row in rows_to_match(report.pk, model)
            if (old := before.get(row_key(row))) is None
            or any(getattr(old, name) != getattr(row, name) for name in fields)
        ]
        if changed:
            model.objects.filter(pk__in=changed).update(is_changed=True)


def change_lines_of(node) -> list[ChangeLine]:
    """The change control record of a node as it would be printed now, unsaved."""
    awareness = {}
    headings = {}
    for entry in ChangeAwareness.objects.filter(change_request__node=node).select_related("board"):
        headings[entry.board_id] = entry.board
        awareness[entry.change_request_id, entry.board_id] = entry.aware_words
    boards = sorted(headings.values(), key=lambda board: (board.order, board.name))
    requests = ChangeRequest.objects.filter(node=node, is_archived=False).exclude(
        state__in=[ChangeRequest.State.DRAFT, ChangeRequest.State.WITHDRAWN]
    )
    return [
        ChangeLine(
            organisation_id=node.organisation_id,
            change_request=request,
            ref=request.ref,
            title=request.item_words,
            order=number,
            description=request.description,
            justification=request.justification,
            financial_implications=request.financial_implications,
            is_exempt=request.is_exempt,
            exempt_paragraph=request.exempt_paragraph,
            exempt_reason=request.exempt_reason,
            exempt_until=request.exempt_until,
            awareness=[
                {
                    "heading": board.awareness_heading or f"Date {board.short_name or board.name} aware",
                    "words": awareness.get((request.pk, board.pk), ""),
                }
                for board in boards
            ],
        )
        for number, request in enumerate(requests, start=1)
    ]


def freeze_change_lines(report: Report) -> None:
    """Copy the change control record into the report, so that it prints the same for ever."""
    if not report.series.keeps_registers:
        return
    ChangeLine.objects.filter(report=report).delete()
    lines = change_lines_of(report.node)
    for line in lines:
        line.report = report
    ChangeLine.objects.bulk_create(lines)


def freeze_themes(report: Report) -> None:
    """Keep in the report's rows which theme each plan item stands under, where they do not say so yet."""
    rows = PlanItemUpdate.objects.of(report).exclude(plan_item__theme="").select_related("plan_item")
    rows = [row for row in rows if THEME_MARK not in row.marks]
    for row in rows:
        row.marks = row.marks_with_theme(row.theme)
    PlanItemUpdate.objects.bulk_update(rows, ["marks"])
