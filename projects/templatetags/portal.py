"""What every template shares: statuses, money, dates, sorting links and form fields, drawn the same way everywhere.

Nothing here knows a model. A status is anything with .label, .shape, .colour and .kind; a field is any Django
bound field. The drawing itself lives in templates/components/.
"""

import datetime
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django import template
from django.forms import BoundField
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

DASH = "–"
COLOURS = frozenset({"green", "amber", "yellow", "red", "blue", "purple", "grey"})
KINDS = frozenset({"not_rated", "not_started", "on_track", "watch", "at_risk", "off_track", "on_hold", "done"})


# ---- statuses ----


@lru_cache(maxsize=2048)
def _drawn_status(label: str, shape: str, colour: str, kind: str) -> SafeString:
    """One tag. Kept once drawn: a portfolio page shows hundreds of tags and a dozen different ones."""
    return render_to_string(
        "components/status_tag.html",
        {
            "label": label,
            "shape": shape or "ring",
            "colour": colour if colour in COLOURS else "grey",
            "kind": kind if kind in KINDS else "",
        },
    )


@register.simple_tag
def status_tag(status) -> SafeString:
    """A status as words, shape and colour. None prints "Not rated", which is never green."""
    if status is None or status == "":
        return _drawn_status("Not rated", "ring", "grey", "not_rated")
    return _drawn_status(str(status.label), str(status.shape), str(status.colour), str(status.kind))


@register.simple_tag
def status_pair(previous, current) -> SafeString:
    """Last period's status and this period's, with the words a listener needs to tell them apart."""
    return format_html(
        '<span class="status-pair"><span class="status-pair__was"><span class="visually-hidden">Last period: </span>'
        '{}</span><span class="status-arrow" aria-hidden="true">→</span><span class="visually-hidden">. This period: '
        "</span>{}</span>",
        status_tag(previous),
        status_tag(current),
    )


TRAVEL = {
    "improving": ("arrow_up", "Improving", "green"),
    "steady": ("arrow_right", "No change", "grey"),
    "worsening": ("arrow_down", "Getting worse", "red"),
}


@register.simple_tag
def direction_of_travel(direction: str | None, words: str = "") -> SafeString:
    """Direction of travel as an arrow with words: "improving", "steady", "worsening"; None is not known."""
    if direction not in TRAVEL:
        return format_html("{}", words) if words else _absent("not known")
    shape, usual_words, colour = TRAVEL[direction]
    arrow = render_to_string("components/status_shape.html", {"shape": shape, "label": usual_words})
    return format_html(
        '<span class="travel"><span class="status-ink--{}">{}</span>{}</span>', colour, arrow, words or usual_words
    )


# ---- figures ----


def _absent(reason: str) -> SafeString:
    """A dash for the eye and the reason for the ear: an absent figure is not a nought."""
    return format_html('<span aria-hidden="true">{}</span><span class="visually-hidden">{}</span>', DASH, reason)


def _rounded(value: Decimal | int, places: int) -> Decimal:
    """Half up, as finance officers round; a result of -0 is 0."""
    step = Decimal(1).scaleb(-places)
    return Decimal(value).quantize(step, rounding=ROUND_HALF_UP) + 0


@register.filter
@register.simple_tag
def money(value: Decimal | int | None, pence: bool = False) -> str:
    """Pounds: £601,400, -£7,342, and with pence £44,978.50. None prints a dash, read out as "not reported"."""
    if value is None or value == "":
        return _absent("not reported")
    pounds = _rounded(value, 2 if pence else 0)
    sign = "-" if pounds < 0 else ""
    return f"{sign}£{abs(pounds):,}"


@register.filter
@register.simple_tag
def thousands(value: Decimal | int | None, places: int = 0) -> str:
    """Pounds in a column headed £000: 601,400 prints as 601. None prints a dash."""
    if value is None or value == "":
        return _absent("not reported")
    return f"{_rounded(Decimal(value) / 1000, places):,}"


@register.filter
@register.simple_tag
def percent(value: Decimal | int | None, places: int = 0) -> str:
    """A figure that is already in per cent: -1 prints as -1%. None prints a dash."""
    if value is None or value == "":
        return _absent("not reported")
    return f"{_rounded(value, places):,}%"


# ---- dates ----


@register.filter
@register.simple_tag
def day(value: datetime.date | None) -> str:
    """A date in words, 10 July 2019. None prints a dash, read out as "no date"."""
    if value is None or value == "":
        return _absent("no date")
    if isinstance(value, datetime.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value.day} {value:%B %Y}"


@register.simple_tag
def written(words: str | None, on: datetime.date | None = None, reading: bool = False) -> str:
    """A date as its source wrote it ("Mar-20 ongoing"); without words the date itself.

    With reading=True the date the portal sorts by follows in small print, so that a wrong reading can be seen.
    """
    if not words:
        return day(on)
    if reading and on is not None and words != day(on):
        return format_html('{} <span class="small">(read as {})</span>', words, day(on))
    return words


# ---- addresses and sorting ----


@register.simple_tag
def query_string(request: HttpRequest | QueryDict | None, **changes) -> str:
    """The query string of this page with changes; None removes a key. The page number goes unless it is given,
    because page 7 of another sorting is nobody's wish. "?" alone when nothing is left, so that the link still works.
    """
    query = QueryDict(mutable=True)
    if request is not None:
        query = getattr(request, "GET", request).copy()
    for key, value in {"page": None, **changes}.items():
        if value is None or value == "":
            query.pop(key, None)
        elif isinstance(value, list | tuple):
            query.setlist(key, value)
        else:
            query[key] = value
    return f"?{query.urlencode()}"


@register.simple_tag
def sort_header(request, name: str, label: str, numeric: bool = False, parameter: str = "sort") -> SafeString:
    """A column head that sorts the whole list on the server; a second use of it turns the order round.

    The order stands in the address as ?sort=name or ?sort=-name and in aria-sort for a listener.
    """
    query = getattr(request, "GET", request) if request is not None else {}
    now = query.get(parameter, "")
    is_ascending, is_descending = now == name, now == f"-{name}"
    return render_to_string(
        "components/sort_header.html",
        {
            "label": label,
            "numeric": numeric,
            "order": "ascending" if is_ascending else "descending" if is_descending else "",
            "address": query_string(request, **{parameter: f"-{name}" if is_ascending else name}),
        },
    )


# ---- forms ----


def _kind_of(bound: BoundField) -> str:
    """How a field is laid out: text, select, textarea, file, checkbox (one), choices (several), parts (many boxes)."""
    widget = bound.field.widget
    input_type = getattr(widget, "input_type", "")
    if input_type == "file":
        return "file"
    if getattr(widget, "use_fieldset", False):
        return "choices" if input_type in ("radio", "checkbox") else "parts"
    if input_type in ("checkbox", "select"):
        return input_type
    return "textarea" if widget.__class__.__name__.endswith("Textarea") else "text"


def _first_id(bound: BoundField) -> str:
    """The id an error links to: the box itself, or the first of several."""
    return bound.id_for_label or f"{bound.auto_id}_0"


def _css_class(kind: str, width) -> str:
    base = {"textarea": "textarea", "select": "select", "file": "file"}.get(kind, "input")
    return f"{base} input--{width}" if width else base


@register.simple_tag
def field(
    bound: BoundField,
    label: str = "",
    hint: str = "",
    was: str | None = None,
    changed: bool = False,
    width: str | int = "",
    prefix: str = "",
    inline: bool = False,
    hide_label: bool = False,
    mark_optional: bool = True,
) -> SafeString:
    """One field of any Django form: label, hint (the field's help_text unless given), errors beside it, the box.

    `was` is last period's answer, shown above the box; `changed` marks an answer that differs from it.
    `width` is 2, 5, 10, 20 (characters) or "full"; `prefix` is a unit before the box, such as £.
    `mark_optional=False` leaves out "(optional)", for filters and where every answer is.
    Screen readers hear hint, last answer and error through aria-describedby.
    """
    if bound.is_hidden:
        return bound.as_widget()
    kind = _kind_of(bound)
    hint = hint or bound.help_text
    ids = {"hint": f"{bound.auto_id}-hint", "was": f"{bound.auto_id}-was", "error": f"{bound.auto_id}-error"}
    present = {"hint": hint, "was": was, "error": bound.errors}
    described_by = " ".join(ids[part] for part in ids if present[part])
    attributes = {"class": " ".join(filter(None, [bound.field.widget.attrs.get("class", ""), _css_class(kind, width)]))}
    if kind in ("choices", "checkbox"):
        attributes = {}
    if "placeholder" in bound.field.widget.attrs:
        attributes["placeholder"] = False  # it fades, and is gone when one needs it: the label and the hint say it
    if described_by and kind not in ("choices", "parts"):
        attributes["aria-describedby"] = described_by
    return render_to_string(
        "components/field.html",
        {
            "bound": bound,
            "kind": kind,
            "label": label or bound.label,
            "hint": hint,
            "was": was,
            "changed": changed,
            "prefix": prefix,
            "inline": inline,
            "hide_label": hide_label,
            "is_marked_optional": mark_optional and not bound.field.required and not hide_label,
            "ids": ids,
            "described_by": described_by,
            "box": "" if kind == "choices" else bound.as_widget(attrs=attributes),
        },
    )


@register.simple_tag
def error_summary(*forms) -> SafeString:
    """The list of everything that is wrong, at the top of the page, each line a link to its box.

    Takes forms and formsets. In a formset a line starts with the row it is about. Nothing wrong prints nothing.
    """
    lines: list[tuple[str, str]] = []
    for form in forms:
        if not form:
            continue
        if hasattr(form, "management_form"):
            lines += [("", sentence) for sentence in form.non_form_errors()]
            for number, row in enumerate(form.forms, start=1):
                lines += _errors_of(row, f"Row {number}: ")
        else:
            lines += _errors_of(form, "")
    if not lines:
        return SafeString("")
    items = format_html_join(
        "", "<li>{}</li>", ((format_html('<a href="#{}">{}</a>', at, says) if at else says,) for at, says in lines)
    )
    return render_to_string("components/error_summary.html", {"items": items})


def _errors_of(form, lead: str) -> list[tuple[str, str]]:
    """The errors of one form as (id of the box or "", sentence)."""
    lines = [("", f"{lead}{sentence}") for sentence in form.non_field_errors()]
    for bound in form:
        at = "" if bound.is_hidden else _first_id(bound)
        name = f"{bound.label}" if str(bound.label).endswith("?") else f"{bound.label}:"
        lines += [(at, f"{lead}{name} {sentence}") for sentence in bound.errors]
    return lines


@register.filter
def item(mapping: Mapping | None, key):
    """The value under a key that is only known when the page is drawn; None where there is none."""
    return mapping.get(key) if mapping else None
