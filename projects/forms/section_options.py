"""What a section of a report template is told beside its columns: its labels and stamp, its words and reviewers."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django import forms

from projects.models import CommitteeReportClearance, Post
from projects.rules.cover import Part, part_of
from projects.rules.labels import USUAL

LABELS, STAMP, STARTS_BLANK = "labels", "stamp", "starts_blank"
REVIEWERS, TEXT, IS_WITHIN = "reviewers", "text", "is_within"
REVIEWERS_MORE = 2  # blank lines offered beyond the reviewers that there are
LONGEST_LABEL = 200
WHERE = {"milestones": " in an update of programmes"}  # where the usual words stand in one document alone
STAMPED = "position"  # the section whose figures may be older than the day that it speaks of


def boxes_of(key: str) -> dict[str, forms.Field]:
    """The boxes of a section, by the names under which a form has them."""
    boxes: dict[str, forms.Field] = {
        f"label_{name}": forms.CharField(
            label=f"Printed for {usual if usual[0].islower() else f'“{usual}”'}{WHERE.get(key, '')}",
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


class CommitteeSectionBoxes:
    """What a section of a template for reports to a committee begins with: words, its place, who clears the report."""

    def __init__(self, section):
        self.options = section.options
        self.part = part_of(section.key)
        self.posts = Post.objects.filter(organisation=section.organisation_id, is_archived=False)
        self.lines = range(1, len(self.options.get(REVIEWERS, ())) + REVIEWERS_MORE + 1)

    @cached_property
    def fields(self) -> dict[str, forms.Field]:
        """The boxes by the names under which a form has them."""
        boxes: dict[str, forms.Field] = {
            IS_WITHIN: forms.BooleanField(label="It stands under the heading above it", required=False)
        }
        if self.part is Part.CLEARANCES:
            for number in self.lines:
                boxes |= self._reviewer(number)
        elif self.part is not Part.WORK_PROGRAMME:
            boxes[TEXT] = forms.CharField(
                label="Words it begins with",
                required=False,
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text="Each new report has them, to be gone on with.",
            )
        return boxes

    def _reviewer(self, number: int) -> dict[str, forms.Field]:
        return {
            f"reviewer_{number}_heading": forms.CharField(
                label=f"Reviewer {number}: heading of the comments",
                required=False,
                max_length=LONGEST_LABEL,
                help_text="Such as Financial Comments. Blank: there is no such reviewer.",
            ),
            f"reviewer_{number}_who": forms.ChoiceField(
                label=f"Reviewer {number}: who clears the report",
                required=False,
                choices=CommitteeReportClearance.Reviewer.choices,
                initial=CommitteeReportClearance.Reviewer.OTHER,
            ),
            f"reviewer_{number}_post": forms.ModelChoiceField(
                label=f"Reviewer {number}: post",
                required=False,
                queryset=self.posts,
                empty_label="No post: the PMO writes it down",
                help_text="Who holds the post finds the report on the home page.",
            ),
        }

    @property
    def filled(self) -> dict[str, Any]:
        """What the boxes hold."""
        held = {TEXT: self.options.get(TEXT, ""), IS_WITHIN: bool(self.options.get(IS_WITHIN))}
        for number, reviewer in enumerate(self.options.get(REVIEWERS, ()), start=1):
            held |= {
                f"reviewer_{number}_heading": reviewer["heading"],
                f"reviewer_{number}_who": reviewer["reviewer"],
                f"reviewer_{number}_post": reviewer.get("post"),
            }
        return {name: value for name, value in held.items() if name in self.fields}

    def nameless(self, answers: Mapping[str, Any]) -> list[str]:
        """The boxes for headings left blank beside a post that was chosen."""
        return [
            f"reviewer_{number}_heading"
            for number in self.lines
            if answers.get(f"reviewer_{number}_post") and not answers.get(f"reviewer_{number}_heading")
        ]

    def options_with(self, options: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
        """`options` after the boxes were filled; what is blank is left out."""
        written = {name: said[name] for name in (TEXT, IS_WITHIN) if name in said}
        if self.part is Part.CLEARANCES:
            written[REVIEWERS] = [
                {
                    "heading": said[f"reviewer_{number}_heading"],
                    "reviewer": said[f"reviewer_{number}_who"] or CommitteeReportClearance.Reviewer.OTHER.value,
                }
                | ({"post": post.pk} if (post := said[f"reviewer_{number}_post"]) else {})
                for number in self.lines
                if said[f"reviewer_{number}_heading"]
            ]
        kept = {name: value for name, value in options.items() if name not in written}
        return kept | {name: value for name, value in written.items() if value}


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
