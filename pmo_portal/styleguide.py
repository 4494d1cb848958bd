"""Every component on one page with sample content: what designers look at and axe runs over.

Only routed in development, demo and test. The samples are invented; no council's figures stand here.
"""

import datetime
from dataclasses import dataclass

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True)
class SampleStatus:
    label: str
    shape: str
    colour: str
    kind: str
    definition: str


STATUSES = (
    SampleStatus("On target", "circle", "green", "on_track", "Goes to plan; nothing needs deciding."),
    SampleStatus(
        "Keep an eye on", "diamond", "yellow", "watch", "A first sign of slipping, which the lead deals with."
    ),
    SampleStatus("At risk", "triangle", "amber", "at_risk", "Will miss its plan unless something is done."),
    SampleStatus("Off target", "octagon", "red", "off_track", "Will miss its plan; the board must decide."),
    SampleStatus("On hold", "bar", "grey", "on_hold", "Stopped for now by decision."),
    SampleStatus("Complete", "tick", "purple", "done", "Delivered and accepted."),
    SampleStatus("Planned", "square", "blue", "not_started", "Not due to begin yet."),
    SampleStatus("No data", "dash", "grey", "not_rated", "Not enough was reported to judge."),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label="Title of the milestone", help_text="As it should read in the committee's papers.")
    forecast = forms.CharField(
        label="Forecast end", required=False, help_text="A date in words will do: Autumn 2026, March 2027, 31/03/2027."
    )
    planned = forms.DecimalField(
        label="Planned budget", help_text="In pounds.", widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    stage = forms.ChoiceField(
        label="Stage", choices=[("", "Choose a stage"), ("start", "Start-up"), ("delivery", "Delivery")]
    )
    commentary = forms.CharField(label="Commentary", widget=forms.Textarea(attrs={"rows": 5}), required=False)
    on_track = forms.ChoiceField(
        label="Is your budget on track?", choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect
    )
    boards = forms.MultipleChoiceField(
        label="Which boards know of it?",
        choices=[("board", "Project board"), ("investment", "Investment board")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    confirmed = forms.BooleanField(
        label="Nothing has changed since last period", help_text="Keeps every answer of this section."
    )
    evidence = forms.FileField(label="Workbook", help_text="An .xlsx file of up to 10 MB.", required=False)


def _filters() -> forms.Form:
    class SampleFilters(forms.Form):
        words = forms.CharField(label="Words in the title", required=False)
        status = forms.ChoiceField(label="Status", choices=[("", "Any")], required=False)
        tier = forms.ChoiceField(label="Tier", choices=[("", "Any")], required=False)

    return SampleFilters(prefix="filter")


def styleguide(request: HttpRequest) -> HttpResponse:
    """The page itself. The form is bound and wrong on purpose, so that errors can be seen."""
    good, watch, risk, bad, _hold, done, planned, _none = STATUSES
    filled = SampleForm(
        {
            "title": "",
            "planned": "much",
            "stage": "delivery",
            "forecast": "Autumn 2026",
            "commentary": "Tenders are in.",
        },
    )
    sample = {
        "form": filled,
        "statuses": STATUSES,
        "good": good,
        "watch": watch,
        "risk": risk,
        "bad": bad,
        "done": done,
        "trail": [{"label": "Home", "url": "#main"}, {"label": "Portfolio", "url": "#main"}],
        "tabs": [
            {"label": "Dashboard", "url": "#main", "current": True},
            {"label": "Milestones", "url": "#main"},
            {"label": "Risks", "url": "#main"},
            {"label": "History", "url": "#main"},
        ],
        "tiles": [
            {"count": 14, "label": "On target", "url": "#main", "colour": "green", "shape": "circle"},
            {
                "count": 3,
                "label": "At risk",
                "url": "#main",
                "colour": "amber",
                "shape": "triangle",
                "note": "1 more than last month",
            },
            {"count": 1, "label": "Off target", "url": "#main", "colour": "red", "shape": "octagon"},
            {"count": 2, "label": "Not reported", "colour": "grey", "shape": "ring", "note": "last known May"},
            {"count": 20, "label": "Projects", "note": "18 of 20 reported"},
        ],
        "rows": [
            {"label": "Project lead", "value": "Assistant director, places", "url": "#main"},
            {"label": "Stage", "value": "Delivery", "url": "#main"},
            {"label": "Budget remaining", "value": "£12,345", "note": "The source states £12,346"},
            {"label": "Score", "value": None},
        ],
        "tasks": [
            {"label": "Project detail", "url": "#main", "state": "Confirmed unchanged", "colour": "green"},
            {
                "label": "Milestones",
                "url": "#main",
                "hint": "3 of 5 looked at",
                "state": "In progress",
                "colour": "blue",
            },
            {"label": "Risks", "url": "#main", "state": "Not looked at yet"},
            {"label": "Benefits", "state": "Cannot begin yet"},
        ],
        "events": [
            {"title": "Approved", "by": "PMO analyst", "at": datetime.date(2026, 7, 8), "url": "#main"},
            {
                "title": "Returned",
                "by": "PMO analyst",
                "at": datetime.date(2026, 7, 6),
                "text": "The forecast of milestone 3 lies before its start.",
            },
            {"title": "Submitted", "by": "Project officer", "at": datetime.date(2026, 7, 3)},
        ],
        "projects": [
            ("Town hall roof", "GOLD", good, risk, "improving", 250500, datetime.date(2026, 12, 4)),
            ("Digital planning", "SILVER", risk, bad, "worsening", 128750, datetime.date(2027, 1, 15)),
            ("Market square", "BRONZE", None, planned, "steady", None, None),
            ("Leisure contract", "GOLD", good, done, "steady", -1800, datetime.date(2026, 11, 30)),
        ],
        "page": Paginator(range(430), 50).page(4),
        "filter_form": _filters(),
        "chosen": [{"label": "Status: at risk", "url": "#main"}, {"label": "Tier: GOLD", "url": "#main"}],
        "conflict": {
            "what": "Town hall roof, July 2026",
            "changed_by": "PMO analyst",
            "changed_at": datetime.datetime(2026, 7, 3, 10, 42, tzinfo=datetime.UTC),
            "action": "#main",
            "carried": [("version", 8)],
            "fields": [
                {
                    "name": "commentary",
                    "label": "Commentary",
                    "was": "Tenders are out.",
                    "theirs": "Tenders are in; three were compliant.",
                    "yours": "Tenders are in and are being scored.",
                }
            ],
        },
        "portal_nav": [
            {"label": "Home", "url": "#main"},
            {"label": "Portfolio", "url": "#main", "current": True},
            {"label": "Registers", "url": "#main"},
            {"label": "Documents", "url": "#main"},
            {"label": "Administration", "url": "#main"},
        ],
        "organisation": {"name": "Sample Borough Council", "accent": request.GET.get("accent", "teal")},
    }
    return render(request, "styleguide.html", sample)
