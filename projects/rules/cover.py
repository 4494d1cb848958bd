"""What a section of a cover report is, by its key; any other key is a section of numbered paragraphs."""

from enum import StrEnum


class Part(StrEnum):
    """Sections that are drawn otherwise than as numbered paragraphs, wherever a council has them stand."""

    RECOMMENDATIONS = "recommendations"  # 1), 2): numbers of their own
    PLAIN = "plain"  # paragraphs without numbers, such as the electoral divisions
    SIGNATURE = "signature"  # the declaration, the signature line and the post
    CONTACT = "contact"
    CLEARANCES = "clearances"  # what finance, the monitoring officer and others say
    BACKGROUND_PAPERS = "background-papers"
    WORK_PROGRAMME = "work-programme"  # the committee's own, kept as it stands when the report is published


# Where a report places none of these itself, they close it in the usual order.
CLOSING = (Part.SIGNATURE, Part.CONTACT, Part.BACKGROUND_PAPERS)


def part_of(key: str) -> Part | None:
    """The part that `key` names; None: numbered paragraphs. Copies of a part may be told apart: plain-2."""
    stem, _, number = key.rpartition("-")
    return next((part for part in Part if part in (key, stem if number.isdigit() else key)), None)
