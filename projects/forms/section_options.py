"""What a section of a report template is told beside its columns: the labels that its document prints, its stamp."""

from collections.abc import Mapping
from typing import Any

from django import forms

LABELS, STAMP, STARTS_BLANK = "labels", "stamp", "starts_blank"
LONGEST_LABEL = 200
# The labels that the documents print in a section, by its key: what each is called there unless the council says so.
USUAL = {
    "project-detail": {
        "reference": "Project Reference",
        "title": "Project Title",
        "owner": "Senior responsible owner",
        "lead": "Project Lead",
        "sponsor": "Sponsor",
        "reports_to": "Reports to",
        "start": "Project Start Date",
        "finish": "Project Finish Date",
        "stage": "Project Stage",
        "team_size": "Project Team Members",
    },
    "project-status": {"own": "the report's own row on a scorecard"},
    "budget": {
        "planned": "Planned budget",
        "forecast": "End of year forecast",
        "remaining": "Budget remaining",
        "variance": "End of year forecast vs planned budget",
        "outlook": "Forecast overspend/underspend",
        "actual": "Actual spend to date",
        "committed": "Committed spend to date",
        "emergency": "Emergency spend",
        "left": "Budget Remaining (where spend is reported)",
        "percent_spent": "Percentage of Planned Budget Spend",
    },
    "risk-consideration": {
        "high_risks": "Number of High Risks",
        "red_milestones": "Number of Red Milestones",
    },
    "risks": {
        "area": "Work area",
        "detail": "Risk",
        "impact": "Potential impact",
        "inherent": "Inherent",
        "controls": "Existing controls",
        "residual_impact": "Impact",
        "likelihood": "Likelihood",
        "score": "Score",
        "residual": "Residual",
        "target": "Target",
        "actions": "Further actions",
        "owner": "Owner",
        "responsible": "Person responsible",
        "timescale": "Timescale",
        "review": "Review date",
        "reviewed": "Last reviewed",
        "status": "Status",
        "progress": "Progress",
    },
    "milestones": {
        "theme": "Project (in an update of programmes)",
        "title": "Milestone (in an update of programmes)",
        "end": "Date (in an update of programmes)",
        "status": "Status (in an update of programmes)",
        "comment": "Progress and risks to delivery (in an update of programmes)",
    },
    "resource-counts": {"lines": "Counted"},
    "time": {"target": "Until the finish date", "used": "Time used", "remaining": "Time remaining"},
    "review-findings": {"step": "Suggested step", "progress": "Progress since", "next": "Suggested next"},
}
STAMPED = "position"  # the section whose figures may be older than the day that it speaks of


def boxes_of(key: str) -> dict[str, forms.Field]:
    """The boxes of a section, by the names under which a form has them."""
    boxes: dict[str, forms.Field] = {
        f"label_{name}": forms.CharField(
            label=f"Printed for {usual if usual[0].islower() else f'“{usual}”'}",
            required=False,
            max_length=LONGEST_LABEL,
            help_text=_help(key),
        )
        for name, usual in USUAL.get(key, {}).items()
    }
    if key == STAMPED:
        boxes[STAMP] = forms.CharField(
            label="Stamp where figures are older than the day",
            required=False,
            max_length=100,
            help_text="Such as USING AVAILABLE DATA. Left blank, it is USING OLDER DATA.",
        )
    return boxes


def _help(key: str) -> str:
    if key == "review-findings":
        return "{last} and {this} stand for the months. Left blank, the usual words are printed."
    return ""


def boxes_filled(options: Mapping[str, Any], key: str) -> dict[str, str]:
    """What the boxes of a section hold."""
    labels = options.get(LABELS, {})
    filled = {f"label_{name}": labels.get(name, "") for name in USUAL.get(key, {})}
    return filled | ({STAMP: options.get(STAMP, "")} if key == STAMPED else {})


def options_with(options: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    """The options of a section after its boxes were filled; a blank one leaves the usual words."""
    changed = dict(options)
    labels = dict(options.get(LABELS, {}))
    for name, words in said.items():
        within, place = (labels, name.removeprefix("label_")) if name != STAMP else (changed, STAMP)
        within.pop(place, None)
        if words.strip():
            within[place] = words.strip()
    changed.pop(LABELS, None)
    return changed | ({LABELS: labels} if labels else {})
