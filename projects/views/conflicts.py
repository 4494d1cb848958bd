"""When two people change the same answers: both texts on one page, and the choice between them."""

import json

from auditlog.models import LogEntry
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from projects.actions.writing import EditedMeanwhile, RemovedMeanwhile
from projects.forms.editing import TYPED


class TooLateMiddleware:
    """What a page does not answer itself: a step that came too late is told in a sentence, with what was written."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, EditedMeanwhile | RemovedMeanwhile):
            return None
        # Words: figures, names of choices and hidden answers are single words or begin as JSON does.
        said = [text for text in map(str.strip, request.POST.values()) if " " in text and not text.startswith("{")]
        return render(request, "too_late.html", {"sentence": str(exception), "said": said}, status=409)


def with_choices(posted):
    """The posted answers, with what somebody else saved put in where that was chosen to be kept.

    What stands in the record travels as the hidden answers "as opened" that the page of both texts was made with.
    """
    answers = posted.copy()
    for choice in [name for name in posted if name.startswith("keep_")]:
        name = choice.removeprefix("keep_")
        prefix, _, box = name.rpartition("-")
        if posted[choice] != "theirs":
            continue
        theirs = json.loads(posted.get(f"{prefix}-{TYPED}", "{}")).get(box, "")
        if theirs:
            answers[name] = theirs
        else:
            answers.pop(name, None)
    return answers


def conflict_page(
    request: HttpRequest, forms: list, clashes: list, *, what: str, action: str, context: dict
) -> HttpResponse:
    """Both texts of every answer that two people changed; all else is saved. `clashes` are (form, field name)."""
    carried = {
        name: value
        for name, value in request.POST.items()
        if name != "csrfmiddlewaretoken" and not name.startswith("keep_")
    }
    for form in forms:
        if not form.is_sent:
            continue
        unsettled = {name for clashing, name in clashes if clashing is form} | set(form.errors)
        carried |= {form.version_name: str(form.row.version), form.typed_name: json.dumps(form.in_record)}
        # All else stands in the record by now; what was posted of it is older than what somebody else saved.
        carried |= {
            form.add_prefix(name): form.text_of(form.row, name) for name in form.fields if name not in unsettled
        }
    fields = [
        {
            "name": form.add_prefix(name),
            "label": f"{form.heading}: {form.fields[name].label}" if form.heading else form.fields[name].label,
            "was": form.words(name, str(form.as_opened.get(name, ""))),
            "theirs": form.words_of(form.row, name),
            "yours": form.words(name, form.posted_text(name)),
        }
        for form, name in clashes
    ]
    entry = _last_change_by_another([form.row for form, _ in clashes], request.user)
    conflict = {
        "what": what,
        "changed_by": str(entry.actor) if entry and entry.actor else "You, in another window,",
        "changed_at": timezone.localtime(entry.timestamp) if entry else None,
        "action": action,
        "carried": [(name, value) for name, value in carried.items() if value],
        "fields": fields,
    }
    return render(request, "409.html", {**context, "conflict": conflict}, status=409)


def _last_change_by_another(rows, user):
    entries = (LogEntry.objects.get_for_object(row).exclude(actor=user).order_by("-timestamp").first() for row in rows)
    return max(filter(None, entries), key=lambda entry: entry.timestamp, default=None)
