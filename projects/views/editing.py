"""The highlight report editor: which sections are done, a form for each, and the whole as a printed return."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html_join
from django.views.decorators.http import require_POST

from projects.actions.levels import Child, children_of, overtaken_inputs
from projects.actions.locks import PeriodIsLocked, lock_of_report, reportable
from projects.actions.proposed_changes import SECTION as CHANGES_PROPOSED
from projects.actions.proposed_changes import proposed_changes
from projects.actions.reports import WrongState, open_draft, problems_of, sections_of
from projects.actions.rows import confirm_section, remove_row, restore_row, section_state, take_over_new
from projects.clock import today_for
from projects.forms.editing import (
    DimensionForm,
    ReasonForm,
    Scales,
    SectionForms,
    editable_keys,
    section_of_report,
)
from projects.forms.savings import blank_years
from projects.imports.provenance import sources_of_rows
from projects.models import (
    BudgetPosition,
    ChangeRequest,
    DimensionRating,
    PlanItemUpdate,
    Report,
    ReportEvent,
    ReportIsFrozen,
    RiskAssessment,
    Series,
)
from projects.permissions import get_node, get_report, may, needs, top_node
from projects.rules.access import Permission
from projects.rules.deadlines import lateness
from projects.rules.finance import Position, percent_spent, remaining, underspend_sentence, variance_percent
from projects.rules.kinds import Band, band_of
from projects.rules.risk import high_risk_count
from projects.views.conflicts import conflict_page, with_choices
from projects.views.workflow import edit_url, open_steps, page_of, section_url, what_it_corrects

STATE_TAGS = {
    "changed": ("Changed since last period", "blue"),
    "confirmed": ("Confirmed unchanged", "green"),
    "untouched": ("Not looked at yet", ""),
}
FIRST_STATE_TAGS = {"confirmed": ("Complete", "green"), "untouched": ("Not looked at yet", "")}


def state_tag(report, key) -> tuple[str, str]:
    """The state of a section in words, and the colour of its tag."""
    tags = STATE_TAGS if report.copied_from_id else FIRST_STATE_TAGS
    return tags[section_state(report, key)]


# ---- the list of sections ----


@needs(Permission.VIEW_RECORD)
def report_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The report as a list of sections with the state of each, and the steps that can be taken with it."""
    report = get_report(request.user, pk, Permission.VIEW_RECORD)
    lock = lock_of_report(report)
    is_locked = lock is not None and lock.is_locked
    can_edit = report.is_open and not is_locked and may(request.user, Permission.EDIT_DRAFT, report.node)
    editable = editable_keys(report)
    tasks = []
    for section in sections_of(report):
        task = {"label": section.title, "hint": section.scope_label}
        if section.key in editable:
            task["state"], task["colour"] = state_tag(report, section.key)
        if can_edit:
            task["url"] = section_url(report, section.key)
        tasks.append(task)
    stated = [task for task in tasks if "state" in task]
    below = children_of(report)
    done = sum(bool(task["colour"]) for task in stated)
    return render(
        request,
        "projects/editing/report_edit.html",
        page_of(
            report,
            tasks=tasks,
            done=done,
            to_do=len(stated),
            done_words=f"{done} of {len(stated)}",
            can_edit=can_edit,
            lock=lock,
            problems=problems_of(report) if report.is_open and not is_locked else [],
            steps=open_steps(report, request.user),
            facts=_facts(report),
            events=_events(report),
            correction=what_it_corrects(report),
            overtaken=overtaken_inputs([report]),
            below=below,
            new_below=sum(child.is_new for child in below) if can_edit else 0,
        ),
    )


def _facts(report):
    """When the report is due and who takes it on."""
    due_at = report.period.due_at if report.period else None
    rows = [
        {"label": "State", "value": report.get_state_display()},
        {"label": "Reports as at", "value": _day(report.as_at_on)},
        {"label": "Due", "value": f"{_day(due_at)}, {timezone.localtime(due_at):%H:%M}" if due_at else None},
    ]
    if due_at and not report.is_frozen:
        today = today_for(report.organisation)
        now = timezone.now() + (today - timezone.localdate())
        rows[-1]["note"] = lateness(due_at, report.submitted_at, now).because
    takes_on = "The sponsor signs it off, then the PMO approves it" if report.template.requires_sign_off else "The PMO"
    rows.append({"label": "Submitted to", "value": takes_on, "note": report.sponsor_words})
    if report.corrects_id:
        rows.append({"label": "Correction", "value": report.correction_reason, "note": f"Revision {report.revision}"})
    elif report.copied_from_id:
        source = report.copied_from
        rows.append({"label": "Began as a copy of", "value": source.period_label or _day(source.as_at_on)})
    return rows


def _day(moment):
    day = timezone.localtime(moment) if hasattr(moment, "hour") else moment
    return f"{day.day} {day:%B %Y}"


STATE_EVENTS = {
    "draft": "Opened",
    "submitted": "Submitted",
    "signed_off": "Signed off",
    "returned": "Returned",
    "approved": "Approved",
    "published": "Published",
}


def _events(report):
    """Who did what with the report and its other revisions when, newest first."""
    events = (
        ReportEvent.objects.filter(report__series=report.series_id, report__as_at_on=report.as_at_on)
        .select_related("by", "report")
        .order_by("-at", "-pk")
    )
    told = []
    for event in events:
        title = STATE_EVENTS[event.to_state]
        if event.from_state == "submitted" and event.to_state == "draft":
            title = "Pulled back"
        elif event.from_state == "" and event.report.corrects_id:
            title = "Correction opened"
        if event.report.revision > 1 and title != "Correction opened":
            title = f"{title}, revision {event.report.revision}"
        is_other = event.report_id != report.pk
        told.append(
            {
                "title": title,
                "by": str(event.by or "The portal"),
                "at": event.at,
                "text": event.reason,
                "url": reverse("report", args=[event.report_id]) if is_other else "",
                "action": f"Revision {event.report.revision}",
            }
        )
    return told


# ---- the reports below ----


def _below_words(child: Child) -> tuple[str, str]:
    """What stands of a report below, in words, and the colour of its tag."""
    if child.standing is None:
        return "Never reported", "grey"
    if child.is_late:
        return f"Not reported; last known {child.standing.period_label or _day(child.standing.as_at_on)}", "grey"
    if child.used is None:
        return "New: not taken over yet", "blue"
    if child.is_new:
        return "Newer than what was taken over", "blue"
    return "Taken over", "green"


@needs(Permission.VIEW_RECORD)
def report_below(request: HttpRequest, pk: int) -> HttpResponse:
    """The reports that this one is made from: what stands of each, what is new, and who has not reported."""
    report = get_report(request.user, pk, Permission.VIEW_RECORD)
    overtaken = {each.child.series_id: each for each in overtaken_inputs([report])}
    rows = []
    for child in children_of(report):
        words, colour = _below_words(child)
        overall = child.standing.summary.overall if child.standing and hasattr(child.standing, "summary") else None
        flag = overtaken.get(child.node.headline_series_id)
        rows.append({"child": child, "words": words, "colour": colour, "overall": overall, "flag": flag})
    return render(
        request,
        "projects/editing/below.html",
        page_of(
            report,
            rows=rows,
            new=sum(row["child"].is_new for row in rows),
            can_take_over=report.is_open and may(request.user, Permission.EDIT_DRAFT, report.node),
        ),
    )


@needs(Permission.EDIT_DRAFT)
@require_POST
def report_take_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring into the draft what the reports below have said since."""
    report = get_report(request.user, pk, Permission.EDIT_DRAFT)
    try:
        taken = take_over_new(report, by=request.user)
    except (ReportIsFrozen, WrongState) as refusal:
        messages.error(request, str(refusal))
        return redirect("report-edit", pk=report.pk)
    messages.success(request, f"From the reports below: {taken.words}.")
    return redirect("report-below", pk=report.pk)


# ---- one section ----


@needs(Permission.EDIT_DRAFT)
def report_edit_section(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """The form of one section; saved as one types, or by its button."""
    report = get_report(request.user, pk, Permission.EDIT_DRAFT)
    part, before, after = section_of_report(report, section)
    if part is None:
        raise Http404("This report has no such section.")
    is_automatic = "X-Autosave" in request.headers
    lock = lock_of_report(report)
    if not report.is_open or (lock and lock.is_locked):
        sentence = f"This report is {report.get_state_display().lower()} and cannot be edited now."
        if report.is_open:
            sentence = lock.words
        if is_automatic:
            return JsonResponse({"errors": {"": [sentence]}}, status=422)
        messages.error(request, sentence)
        return redirect("report-edit", pk=report.pk)
    neighbours = {"before": before, "after": after}
    if request.method != "POST":
        return _section_page(request, SectionForms(report, part), neighbours)
    try:
        return _save_section(request, report, part, neighbours, is_automatic)
    except (ReportIsFrozen, WrongState) as refusal:
        if is_automatic:
            return JsonResponse({"errors": {"": [str(refusal)]}}, status=422)
        messages.error(request, str(refusal))
        return redirect("report-edit", pk=report.pk)


def _save_section(request, report, part, neighbours, is_automatic):
    forms = SectionForms(report, part, with_choices(request.POST))
    saved = forms.save(by=request.user, adds=not is_automatic)
    if is_automatic:
        return _autosave_answer(forms, saved)
    if saved.clashes:
        return conflict_page(
            request,
            forms.forms,
            saved.clashes,
            what=f"{report}: {part.title}",
            action=section_url(report, part.key),
            context=page_of(report),
        )
    if saved.errors:
        return _section_page(request, forms, neighbours)
    return _after_saving(request, report, part, saved, neighbours["after"])


def _section_page(request, forms, neighbours):
    report, part = forms.report, forms.section
    state, colour = state_tag(report, part.key)
    return render(
        request,
        "projects/editing/section.html",
        page_of(
            report,
            section=part,
            forms=forms,
            wrong=format_html_join("", '<li><a href="#{}">{}</a></li>', forms.wrong),
            # the title of the page says that something is wrong
            form=next((form for form in forms.forms if form.errors), None),
            is_editable=part.key in editable_keys(report),
            state=state,
            colour=colour,
            can_confirm=section_state(report, part.key) == "untouched",
            derived=derived_figures(report, part.key),
            sources=sources_of_rows(form.row for form in forms.forms),
            may_import=may(request.user, Permission.IMPORT, top_node(report.organisation)),
            changes=_change_requests(report) if part.key == "change-control" else None,
            proposed=proposed_changes(report) if part.key == CHANGES_PROPOSED else None,
            can_raise_change=may(request.user, Permission.RAISE_CHANGE, report.node),
            **neighbours,
        ),
    )


def _after_saving(request, report, part, saved, after):
    """Where each button of the form leads, once everything typed is saved."""
    action, _, about = request.POST.get("action", "save").partition(":")
    here = section_url(report, part.key)
    if saved.added:
        row = saved.added[0]
        messages.success(request, f"Added: {row}")
        return redirect(f"{here}#row-{row._meta.model_name}-{row.pk}")
    if action == "remove":
        return redirect("report-row-remove", pk=report.pk, section=part.key, row=about)
    if action == "restore":
        row = _row_of(report, part, about)
        restore_row(row, by=request.user)
        messages.success(request, f"Put back: {row}")
        return redirect(f"{here}#row-{about}")
    if action == "confirm":
        if section_state(report, part.key) == "changed":
            messages.success(
                request, f"{part.title}: saved. It has changed since last period, so nothing is confirmed."
            )
        else:
            confirm_section(report, part.key, by=request.user)
            messages.success(request, f"{part.title}: {state_tag(report, part.key)[0].lower()}.")
        return redirect(section_url(report, after.key) if after else edit_url(report))
    messages.success(request, f"{part.title}: saved.")
    if action == "next":
        return redirect(section_url(report, after.key) if after else edit_url(report))
    return redirect(here)


def _autosave_answer(forms, saved):
    """What the page needs to go on: what was saved at what time, the new versions, how things were read."""
    values, parts = {}, {}
    for form in forms.forms:
        if not form.is_sent or any(form is clashing for clashing, _ in saved.clashes):
            continue
        values[form.version_name] = str(form.shown_version)
        values[form.typed_name] = form.typed_json
        values |= {form.add_prefix(name): text for name, text in form.follows().items()}
        for box in form.all_boxes:
            if box.hint:
                parts[f"{box.bound.auto_id}-hint"] = escape(box.hint)
        if getattr(form, "preview", None):
            table = {"table": form.preview, "caption": form.preview.title}
            parts[f"{form.prefix}-preview"] = render_to_string("projects/editing/small_table.html", table)
    parts |= _proposals_now(forms)
    figures = derived_figures(forms.report, forms.section.key)
    if figures:
        parts["derived-figures"] = render_to_string("projects/editing/derived.html", {"derived": figures})
    state, colour = state_tag(forms.report, forms.section.key)
    parts["section-state"] = render_to_string("projects/editing/state.html", {"state": state, "colour": colour})
    return JsonResponse(
        {
            "saved_at": f"{timezone.localtime():%H:%M}",
            "values": values,
            "parts": parts,
            "errors": saved.errors,
            "unsent": any(block.add_form and block.add_form["title"].value() for block in forms.blocks),
        },
        status=409 if saved.clashes else 200,
    )


def _proposals_now(forms):
    """{id: HTML} of what the rules propose after the saving, which may have given them another answer."""
    judged = [form for form in forms.forms if isinstance(form, DimensionForm) and form.has_rule]
    if not judged:
        return {}
    rows = DimensionRating.objects.of(forms.report).select_related("dimension", "status", "proposed_status").in_bulk()
    parts = {}
    for form in judged:
        form.row = rows[form.row.pk]
        parts[f"{form.prefix}-proposal"] = render_to_string("projects/editing/proposal.html", {"row": form})
    return parts


# ---- rows taken out and put back ----


def _row_of(report, part, about):
    """The row named "table-number", if the section edits such rows."""
    table, _, number = about.rpartition("-")
    for block in SectionForms(report, part).blocks:
        if block.register and block.register.table == table and number.isdecimal():
            row = get_object_or_404(block.register.model.objects.of(report), pk=number)
            row.report = report
            return row
    raise Http404("This section has no such row.")


@needs(Permission.EDIT_DRAFT)
def report_row_remove(request: HttpRequest, pk: int, section: str, row: str) -> HttpResponse:
    """Take a row out of the draft, saying why; it can be put back until the report is approved."""
    report = get_report(request.user, pk, Permission.EDIT_DRAFT)
    part, _, _ = section_of_report(report, section)
    if part is None:
        raise Http404("This report has no such section.")
    removed = _row_of(report, part, row)
    form = ReasonForm(request.POST or None)
    form.fields["reason"].label = "Why is it taken out?"
    if request.method == "POST" and form.is_valid():
        try:
            remove_row(removed, by=request.user, reason=form.cleaned_data["reason"])
        except (ReportIsFrozen, WrongState) as refusal:
            messages.error(request, str(refusal))
            return redirect("report-edit", pk=report.pk)
        messages.success(request, f"Taken out: {removed}")
        return redirect(section_url(report, section))
    return render(
        request,
        "projects/editing/remove.html",
        page_of(report, section=part, row=removed, form=form, back=section_url(report, section)),
    )


# ---- figures that follow from the rows ----


def derived_figures(report: Report, key: str) -> list[dict]:
    """What a section derives from the record, as label and value; drawn read-only beside its boxes."""
    if key == "budget":
        return [row for each in BudgetPosition.objects.of(report).present() for row in _budget_figures(each)]
    if key == "risk-consideration":
        bands = RiskAssessment.objects.of(report).present().select_related("residual_band")
        items = PlanItemUpdate.objects.of(report).present().select_related("status")
        red = sum(band_of(item.status.kind) is Band.RED for item in items if item.status)
        return [
            {
                "label": "Number of high risks",
                "value": high_risk_count(risk.residual_band.kind for risk in bands if risk.residual_band),
                "note": "Counted from the high risk register.",
            },
            {"label": "Number of red milestones", "value": red, "note": "Counted from the milestones."},
        ]
    return []


def _budget_figures(row):
    position = Position(row.planned, row.actual, row.committed, row.emergency, row.forecast)
    yield {"label": "Budget remaining", "money": remaining(position)}
    if row.layout == "spend":
        yield {"label": "Percentage of planned budget spent", "percent": percent_spent(position)}
    else:
        yield {"label": "End of year forecast against planned budget", "percent": variance_percent(position)}
        yield {"label": "Forecast overspend or underspend", "value": underspend_sentence(position) or None}


def _change_requests(report):
    return (
        ChangeRequest.objects.filter(node=report.node, is_archived=False)
        .prefetch_related("awareness__board")
        .order_by("order", "pk")
    )


# ---- periods ----


def _series_of(node):
    """The series of reports of a node, the one that keeps its registers first."""
    series = Series.objects.filter(node=node, is_archived=False).select_related("template", "calendar", "node")
    return series.order_by("-keeps_registers", "pk")


@needs(Permission.EDIT_DRAFT)
def report_periods(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """The periods of a node that can be reported now, with the report of each where it is begun."""
    place = get_node(request.user, org, node, Permission.EDIT_DRAFT)
    today = today_for(place.organisation)
    reports = {
        (report.series_id, report.as_at_on): report for report in Report.objects.filter(series__node=place).in_order()
    }
    all_series = [
        {
            "series": series,
            "rows": [
                {"period": period, "report": reports.get((series.pk, period.as_at_on))}
                for period in reportable(series, today)
            ],
        }
        for series in _series_of(place)
    ]
    return render(
        request,
        "projects/editing/periods.html",
        {
            "organisation": place.organisation,
            "node": place,
            "all_series": all_series,
            "trail": [{"label": place.title, "url": reverse("node", args=[org, node])}],
        },
    )


@needs(Permission.EDIT_DRAFT)
@require_POST
def report_open(request: HttpRequest, org: str, node: str) -> HttpResponse:
    """Open the draft of a period (the newest that has begun, unless one is named) and go to it.

    Of several series the one that keeps the registers is meant, unless another is named.
    """
    place = get_node(request.user, org, node, Permission.EDIT_DRAFT)
    of_node = _series_of(place)
    if template := request.POST.get("series"):
        of_node = of_node.filter(template__slug=template)
    series = of_node.first()
    if series is None:
        messages.error(request, f"{place.title} has no series of reports yet. An administrator can start one.")
        return redirect("node", org, node)
    periods = reportable(series, today_for(place.organisation))
    if slug := request.POST.get("period"):
        periods = periods.filter(slug=slug)
    period = periods.first()
    if period is None:
        messages.error(request, "There is no open period to report. An administrator can add one.")
        return redirect("report-periods", org, node)
    try:
        report = open_draft(series, period, by=request.user)
    except (WrongState, PeriodIsLocked) as refusal:
        messages.error(request, str(refusal))
        return redirect("report-periods", org, node)
    return redirect("report-edit", pk=report.pk)


# ---- on paper ----


@needs(Permission.VIEW_RECORD)
def report_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole form for A4, filled in or with ?blank=1 as lines to write on."""
    report = get_report(request.user, pk, Permission.VIEW_RECORD)
    is_blank = request.GET.get("blank") == "1"
    scales = Scales(report.organisation)
    editable = editable_keys(report)
    sections = [
        {
            "section": section,
            "forms": SectionForms(report, section, scales=scales) if section.key in editable else None,
            "derived": [] if is_blank else derived_figures(report, section.key),
            "changes": _change_requests(report) if section.key == "change-control" else None,
            "proposed": proposed_changes(report) if section.key == CHANGES_PROPOSED else None,
            "years": blank_years(report, section.options) if is_blank and section.options.get("by_year") else None,
        }
        for section in sections_of(report)
    ]
    return render(
        request,
        "projects/editing/print.html",
        page_of(report, sections=sections, is_blank=is_blank, facts=_facts(report), spare_rows=range(4)),
    )
