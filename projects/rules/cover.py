"""What a section of a committee report is, by its key; any other key is a section of numbered paragraphs."""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """Sections that are drawn otherwise than as numbered paragraphs, wherever a council has them stand."""

    RECOMMENDATIONS = "recommendations"  # 1), 2): numbers of their own
    PLAIN = "plain"  # paragraphs without numbers, such as the electoral divisions
    LISTED = "listed"  # 1., 2.: a list with numbers of its own, such as documents in members' rooms
    QUESTIONS = "questions"  # a question, and on the line below it the answer, such as of an impact assessment
    APPENDICES = "appendices"  # what is attached
    SIGNATURE = "signature"  # the declaration, the signature line and the post
    CONTACT = "contact"
    CLEARANCES = "clearances"  # what finance, the monitoring officer and others say
    BACKGROUND_PAPERS = "background-papers"
    WORK_PROGRAMME = "work-programme"  # the committee's own, kept as it stands when the report is published


# Where a report places none of these itself, they close it in the usual order.
CLOSING = (Part.SIGNATURE, Part.CONTACT, Part.BACKGROUND_PAPERS)
# The place in a template where what the projects' reports tell is put.
FROM_PROJECTS = "from-projects"


def part_of(key: str) -> Part | None:
    """The part that `key` names; None: numbered paragraphs. Copies of a part may be told apart: plain-2."""
    stem, _, number = key.rpartition("-")
    return next((part for part in Part if part in (key, stem if number.isdigit() else key)), None)


@dataclass(frozen=True)
class Place:
    """A section that a report begins with; `is_within`: under the heading above."""

    key: str
    heading: str
    is_within: bool = False
    text: str = ""


# A narrative update where a council has no template of its own for it.
NARRATIVE_UPDATE = (
    Place("plain", "Brief summary"),
    Place("recommendations", "Recommendations"),
    Place("reasons", "Reasons for the recommendations"),
    Place("alternatives", "Alternative options considered"),
    Place("detail", "Detail"),
    Place("background", "Background", True),
    Place(FROM_PROJECTS, ""),
    Place("outlook", "Looking forward", True),
    Place("resources", "Resource implications"),
    Place("capital-revenue", "Capital and revenue", True),
    Place("property", "Property and other", True),
    Place("legal", "Legal implications"),
    Place("statutory-power", "Statutory power", True),
    Place("other-legal", "Other legal implications", True),
    Place("risk", "Risk management implications"),
    Place("policy", "Policy framework implications"),
    Place("plain-2", "Key decision"),
    Place("plain-3", "Wards affected"),
    Place("plain-4", "Supporting documentation"),
    Place("appendices", "Appendices", True),
    Place("listed", "Documents in members' rooms", True),
    Place("questions", "Equality impact assessment", True, "Is an equality impact assessment needed?"),
    Place("questions-2", "Privacy impact assessment", True, "Is a privacy impact assessment needed?"),
    Place("background-papers", "Background papers", True),
)
