"""What stands above a checkpoint report and is no column of it: who owns the whole, and when the next report is."""

from projects.models import Period, Report
from projects.models.reports import PRINTED

HEAD_MARK = "printed_head"  # the mark of an approved report that keeps it


def checkpoint_head(report: Report) -> dict[str, str]:
    """The post that owns the whole and the date of the next report: as kept, in an open report as they are now."""
    if kept := report.marks.get(HEAD_MARK):
        return {"owner": kept["owner"], "next": kept["next"]}
    parent = report.node.parent
    following = Period.objects.filter(calendar=report.series.calendar_id, as_at_on__gt=report.as_at_on)
    period = following.order_by("as_at_on").first()
    return {
        "owner": str(parent.lead_post or "") if parent else "",
        "next": f"{period.as_at_on.day} {period.as_at_on:%B %Y}" if period else "",
    }


def marks_with_head(report: Report) -> dict:
    """The report's marks, with what stands above it where it is a checkpoint report."""
    if report.template.document != "checkpoint":
        return report.marks
    return {**report.marks, HEAD_MARK: {"kind": PRINTED, **checkpoint_head(report)}}
