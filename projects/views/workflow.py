"""The steps of a highlight report from draft to publication: each is looked at on a page, then taken with a button."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from projects.actions.corrections import carried_on
from projects.actions.locks import lock_of_report
from projects.actions.proposals import chosen_otherwise, is_judged
from projects.actions.reports import (
    ReportIncomplete,
    WrongState,
    approve_report,
    correct_report,
    discard_draft,
    problems_of,
    publish_report,
    pull_back_report,
    return_report,
    sections_of,
    sign_off_report,
    submit_report,
)
from projects.actions.rows import section_state
from projects.forms.editing import ReasonForm, Scales, SectionForms, editable_keys
from projects.models import Report, ReportIsFrozen
from projects.permissions import get_report, may, needs
from projects.rules.access import Permission
from projects.rules.workflow import transitions


def edit_url(report: Report) -> str:
    return reverse("report-edit", args=[report.pk])


def section_url(report: Report, key: str) -> str:
    return reverse("report-edit-section", args=[report.pk, key])


def page_of(report: Report, **more) -> dict:
    """What every page about a report is given: its council, its place and the way back."""
    node = report.node
    return {
        "organisation": report.organisation,
        "report": report,
        "node": node,
        "trail": [
            {"label": node.title, "url": reverse("node", args=[report.organisation.slug, node.slug])},
            {"label": f"Report for {report.period_label or report.as_at_on}", "url": edit_url(report)},
        ],
        **more,
    }


@dataclass(frozen=True)
class Step:
    """A step: its address, what its page and button say, who may take it and what takes it."""

    name: str
    title: str
    button: str
    done: str
    act: Callable
    permissions: tuple[Permission, ...]
    verb: str = ""  # as rules.workflow calls it; "" where the state is not what decides
    lead: str = ""
    asks: str = ""  # the question a reason answers; "" where none is asked
    warns: str = ""
    shows_changes: bool = False
    is_grave: bool = False

    @property
    def url_name(self) -> str:
        return f"report-{self.name}"


SUBMIT = Step(
    "submit", "Submit the report", "Submit", "The report is submitted.", submit_report, (Permission.SUBMIT,), "submit",
    lead="Read through what has changed, then hand the report on. You can pull it back until it is taken further.",
    shows_changes=True,
)  # fmt: skip
PULL_BACK = Step(
    "pull-back", "Pull the report back", "Pull back", "The report is yours to edit again.", pull_back_report,
    (Permission.SUBMIT,), "pull back", lead="It becomes a draft again, to be edited and submitted anew.",
)  # fmt: skip
SIGN_OFF = Step(
    "sign-off", "Sign the report off", "Sign off", "The report is signed off.", sign_off_report,
    (Permission.SIGN_OFF,), "sign off", lead="As sponsor you agree with what the report says. The PMO is next.",
    shows_changes=True,
)  # fmt: skip
RETURN = Step(
    "return", "Return the report", "Return to the officer", "The report is returned.", return_report,
    (Permission.APPROVE, Permission.SIGN_OFF), "return", asks="What must be put right?",
    lead="The officer sees your reason at the top of the report.", shows_changes=True,
)  # fmt: skip
APPROVE = Step(
    "approve", "Approve the report", "Approve", "The report is approved.", approve_report, (Permission.APPROVE,),
    "approve", lead="Check what has changed and what was not looked at.", shows_changes=True,
    warns="An approved report never changes; a correction is a new revision.",
)  # fmt: skip
PUBLISH = Step(
    "publish", "Publish the report", "Publish", "The report is published.", publish_report, (Permission.PUBLISH,),
    "publish", lead="Members and readers see it from now on.", warns="Publishing cannot be undone.",
)  # fmt: skip
CORRECT = Step(
    "correct", "Correct the report", "Open a correction", "A new revision is open; it says why.", correct_report,
    (Permission.APPROVE,), asks="What is wrong, and how is it known?",
    lead="The report stays as it was approved. A new revision is opened as a draft, to be edited and approved.",
)  # fmt: skip
DISCARD = Step(
    "discard", "Discard the draft", "Discard the draft", "The draft is discarded.", discard_draft,
    (Permission.EDIT_DRAFT,), lead="The last approved report stays as it is; a new draft can be opened from it.",
    warns="Everything typed into this draft is thrown away.", is_grave=True,
)  # fmt: skip
STEPS = (SUBMIT, SIGN_OFF, APPROVE, PUBLISH, RETURN, PULL_BACK, CORRECT, DISCARD)


def _is_open(step: Step, report: Report) -> bool:
    """Whether the report's state allows the step."""
    if step is CORRECT:
        return report.is_frozen
    if step is DISCARD:
        return report.is_open
    return any(each.verb == step.verb for each in transitions(report.state, report.template.requires_sign_off))


def _may_take(step: Step, report: Report, user) -> bool:
    """Whether `user` may take the step, by permission and, where two roles share one, by the rules' own list."""
    held = [permission for permission in step.permissions if may(user, permission, report.node)]
    if step is RETURN and held == [Permission.SIGN_OFF]:
        steps = transitions(report.state, report.template.requires_sign_off)
        return any(each.verb == step.verb and "sponsor" in each.who for each in steps)
    return bool(held)


def open_steps(report: Report, user) -> list[dict]:
    """The steps `user` can take with the report now, as buttons; a locked report goes no further."""
    lock = lock_of_report(report)
    barred = (SUBMIT, SIGN_OFF, APPROVE) if lock and lock.is_locked else ()
    return [
        {"label": step.button, "url": reverse(step.url_name, args=[report.pk]), "is_grave": step.is_grave}
        for step in STEPS
        if step not in barred and _is_open(step, report) and _may_take(step, report, user)
    ]


def what_changed(report: Report) -> list[dict]:
    """Section by section what differs from the report it was copied from, and whether the rest was looked at."""
    told = []
    scales = Scales(report.organisation)
    editable = editable_keys(report)
    for section in sections_of(report):
        if section.key not in editable:
            continue
        lines = []
        forms = SectionForms(report, section, scales=scales)
        for form in forms.forms:
            if form.is_new:
                lines.append({"what": form.heading or section.title, "is_new": True})
                continue
            lines += [
                {
                    "what": f"{form.heading}: {box.bound.label}" if form.heading else box.bound.label,
                    "before": box.before or "nothing",
                    "after": box.after or "nothing",
                }
                for box in form.all_boxes
                if box.is_changed
            ]
        lines += [
            {"what": str(row), "is_removed": True, "reason": row.removed_reason}
            for block in forms.blocks
            for row in block.removed
        ]
        told.append({"section": section, "lines": lines, "state": section_state(report, section.key)})
    return told


def _take(request: HttpRequest, pk: int, step: Step) -> HttpResponse:
    report = get_report(request.user, pk, Permission.VIEW_RECORD)
    if not _may_take(step, report, request.user):
        if not any(may(request.user, permission, report.node) for permission in step.permissions):
            raise PermissionDenied(f"Your role does not allow this on {report.node.title}.")
        messages.error(request, f"{report} is {report.get_state_display().lower()}: that step is not yours now.")
        return redirect("report-edit", pk=report.pk)
    if not _is_open(step, report):
        messages.error(request, f"{report} is {report.get_state_display().lower()}, so this step is not open.")
        return redirect("report-edit", pk=report.pk)
    form = _reason_form(step, request)
    if request.method == "POST" and (form is None or form.is_valid()):
        return _act(request, report, step, form)
    return _step_page(request, report, step, form)


def _reason_form(step, request):
    if not step.asks:
        return None
    form = ReasonForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].label = step.asks
    return form


def _act(request, report, step, form):
    reason = {"reason": form.cleaned_data["reason"]} if form else {}
    try:
        after = step.act(report, by=request.user, **reason)
    except ReportIncomplete as missing:
        return _step_page(request, report, step, form, problems=missing.problems, status=409)
    except (WrongState, ReportIsFrozen) as refusal:
        messages.error(request, str(refusal))
        return redirect("report-edit", pk=report.pk)
    messages.success(request, f"{report}: {step.done[0].lower()}{step.done[1:]}")
    if step is DISCARD:
        return redirect("node", report.organisation.slug, report.node.slug)
    return redirect("report-edit", pk=after.pk)


def _step_page(request, report, step, form, problems=None, status=200):
    if problems is None:
        problems = problems_of(report) if step is SUBMIT else []
    changes = what_changed(report) if step.shows_changes else []
    return render(
        request,
        "projects/editing/step.html",
        page_of(
            report,
            step=step,
            form=form,
            problems=problems,
            changes=changes,
            nothing_changed=not any(each["lines"] for each in changes),
            untouched=[each["section"] for each in changes if each["state"] == "untouched"],
            ratings=_ratings_against_rule(report) if step.shows_changes else [],
            moments=_moments(report),
            correction=what_it_corrects(report),
        ),
        status=status,
    )


def _ratings_against_rule(report):
    """Statuses chosen otherwise than the rules propose, with both reasons."""
    if not is_judged(report):
        return []
    rows = report.dimensionrating_rows.present().select_related("dimension", "status", "proposed_status")
    return [row for row in rows if chosen_otherwise(row)]


def what_it_corrects(report: Report) -> dict | None:
    """What a correction changes and which reports still carry the old values; None for any other report."""
    if not report.corrects_id:
        return None
    differences, carriers = carried_on(report)
    return {"differences": differences, "carriers": carriers}


def _moments(report):
    """Who did what with the report so far, as label and value."""
    done = (
        ("Submitted", report.submitted_at, report.submitted_by),
        ("Signed off", report.signed_off_at, report.signed_off_by),
        ("Approved", report.approved_at, report.approved_by),
    )
    return [{"label": label, "value": f"{by or 'Not known'}, {_moment(at)}"} for label, at, by in done if at]


def _moment(at):
    local = timezone.localtime(at)
    return f"{local.day} {local:%B %Y, %H:%M}"


@needs(Permission.SUBMIT)
def report_submit(request: HttpRequest, pk: int) -> HttpResponse:
    return _take(request, pk, SUBMIT)


@needs(Permission.SUBMIT)
def report_pull_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _take(request, pk, PULL_BACK)


@needs(Permission.SIGN_OFF)
def report_sign_off(request: HttpRequest, pk: int) -> HttpResponse:
    return _take(request, pk, SIGN_OFF)


@needs(Permission.VIEW_RECORD)
def report_return(request: HttpRequest, pk: int) -> HttpResponse:
    """For the PMO, and for the sponsor as long as the report waits for them."""
    return _take(request, pk, RETURN)


@needs(Permission.APPROVE)
def report_approve(request: HttpRequest, pk: int) -> HttpResponse:
    return _take(request, pk, APPROVE)


@needs(Permission.PUBLISH)
def report_publish(request: HttpRequest, pk: int) -> HttpResponse:
    return _take(request, pk, PUBLISH)


@needs(Permission.APPROVE)
def report_correct(request: HttpRequest, pk: int) -> HttpResponse:
    return _take(request, pk, CORRECT)


@needs(Permission.EDIT_DRAFT)
def report_discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _take(request, pk, DISCARD)
