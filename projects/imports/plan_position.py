"""The day that the heading of a scorecard speaks of, and the stamp that says how old its figures are."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from projects.imports.layout import squeeze
from projects.imports.mapping import Column
from projects.models import Narrative

if TYPE_CHECKING:
    from projects.imports.plan_part import PartPlanner

SECTION = "position"
STAMP, PERIOD = "report.stamp", "report.period"
WHERE = "An administrator changes it in the settings, in that section of the report template."


def plan_position(planner: "PartPlanner") -> None:
    """Plan the sentence of the heading for the section of the position; its stamp is compared with the template's."""
    stamp, period = planner.parsed.find(STAMP), planner.parsed.find(PERIOD)
    if not planner.parsed.is_own or period is None:
        return
    sections = {section.key: section for section in planner.template.sections.all()}
    if SECTION not in sections:
        if stamp is not None:
            planner.ignore(replace(stamp, words=str(stamp.value)), "the report template has no section for a stamp")
        return
    section = sections[SECTION]
    if stamp is not None:
        own = section.options.get("stamp", "")
        if squeeze(own) != squeeze(str(stamp.value)):
            held = f"stamps “{own}”" if own else "has no stamp of its own"
            words = f"The workbook is stamped “{stamp.value}”; the section “{section.title}” {held}. {WHERE}"
            planner.warn(stamp.sheet, stamp.cell, words)
    planner.speaks_of(SECTION)
    words = sentence_of(period.words)
    row = next((one for one in planner.held.base_rows(planner.target, Narrative) if one.section == SECTION), None)
    earlier = next((one for one in planner.held.earlier(planner.target, Narrative) if one.section == SECTION), None)
    value = replace(period, key="text.position", value=words, words=words)
    one = planner.field(value, Column(value.key, "text"), Narrative, row, earlier)
    if one is not None:
        one.label = "Position and stamp"
    made_with = {"section": SECTION, "title": section.title}
    planner.add(section.title, section.title, Narrative, row, [one], made_with=made_with)


def sentence_of(heading: str) -> str:
    """What a heading says behind the word scorecard: "Position as of End of Jun 22 [USING AVAILABLE DATA]"."""
    words = re.split(r"scorecard", " ".join(heading.split()), flags=re.IGNORECASE)[-1].strip(" -–—:,")
    return words[:1].upper() + words[1:]
