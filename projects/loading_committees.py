"""Loading what is written down of a council's committees: work programmes, minutes, cover reports."""

from datetime import date, datetime, time

from django.utils import timezone

from projects.actions.assembly import reports_to_tell, sections_from
from projects.actions.committees import create_committee_report, publish_committee_report
from projects.actions.minutes import add_item, add_resolution, record_attendance
from projects.actions.work_programme import add_line
from projects.actions.writing import save_new
from projects.models import Board, CommitteeReportClearance, Meeting, Node, Post, WorkProgrammeItem
from projects.rules.cover import FROM_PROJECTS
from projects.rules.dates import parse_written_date


def load_committees(organisation, council, *, by) -> None:
    """Work programmes first, as minutes change their lines and reports show them."""
    for line in council.get("work_programme", ()):
        _load_line(organisation, line, by)
    for minutes in council.get("minutes", ()):
        _load_minutes(organisation, minutes, by)
    for cover in council.get("committee_reports", ()):
        _load_cover_report(organisation, cover, by)


def meeting_of(organisation, given: dict) -> Meeting:
    """The meeting of a board, by the board's name and the day."""
    return Meeting.objects.get(
        board__organisation=organisation, board__name=given["board"], starts_at__date=given["on"]
    )


def _load_line(organisation, given, by):
    fields = {
        "summary": given["summary"],
        "lead_officer_words": given["lead"],
        "author_words": given["author"],
        "is_key_decision": given.get("is_key_decision", False),
    }
    if "notice_on" in given:
        fields["notice_on"] = date.fromisoformat(given["notice_on"])
    if "meeting" in given:
        fields["meeting"] = meeting_of(organisation, {"board": given["board"], "on": given["meeting"]})
    fields |= WorkProgrammeItem.when.values(parse_written_date(given.get("when", "")))
    board = Board.objects.get(organisation=organisation, name=given["board"])
    add_line(board, title=given["title"], by=by, **fields)


def _load_minutes(organisation, given, by):
    meeting = meeting_of(organisation, given)
    day = timezone.localdate(meeting.starts_at)
    ended_at = timezone.make_aware(datetime.combine(day, time.fromisoformat(given["ended"])))
    seen = {"attendance": given["attendance"], "place": given.get("place", ""), "ended_at": ended_at}
    record_attendance(meeting, seen, by=by)
    for each in given["items"]:
        item = add_item(meeting, by=by, **{name: each[name] for name in ("number", "heading", "text")})
        for resolution in each.get("resolutions", ()):
            lines = [
                WorkProgrammeItem.objects.get(
                    board=meeting.board, title=line["title"], meeting__starts_at__date=line["on"]
                )
                for line in resolution.get("lines", ())
            ]
            add_resolution(item, number=resolution["number"], text=resolution["text"], lines=lines, by=by)


def _load_cover_report(organisation, given, by):
    """A report with what was said of it; without a day of publication it stays a draft that waits for its reviewers."""
    fields = {name: value for name, value in given.items() if name not in ("node", "meeting", "published_on", "as_at")}
    fields["sections"] = list(_sections(organisation, given))
    fields["appendices"] = [
        {**appendix, "node": Node.objects.get(organisation=organisation, slug=appendix["node"])}
        for appendix in given["appendices"]
    ]
    fields["clearances"] = [_clearance(organisation, clearance, by) for clearance in given.get("clearances", ())]
    report = create_committee_report(
        node=Node.objects.get(organisation=organisation, slug=given["node"]),
        meeting=meeting_of(organisation, given["meeting"]),
        by=by,
        **fields,
    )
    if "published_on" not in given:
        return
    noon = timezone.make_aware(datetime.combine(date.fromisoformat(given["published_on"]), time(12)))
    as_at = date.fromisoformat(given["as_at"]) if "as_at" in given else None
    publish_committee_report(report, by=by, at=noon, as_at=as_at)


def _sections(organisation, given):
    """The sections as written; where an entry names projects, what the reports of those tell as it stood then."""
    for section in given["sections"]:
        if FROM_PROJECTS not in section:
            yield section
            continue
        meeting = meeting_of(organisation, given["meeting"])
        top = Node.objects.get(organisation=organisation, slug=given["node"])
        told = {report.node.slug: report for report in reports_to_tell(top, meeting)}
        yield from sections_from(told[slug] for slug in section[FROM_PROJECTS])


def _clearance(organisation, given: dict, by) -> dict:
    """What was said of a report, or who is still asked and until when."""
    fields = {name: given[name] for name in ("heading", "initials", "text", "reviewer") if name in given}
    if "post" in given:
        found = Post.objects.filter(organisation=organisation, title=given["post"]).first()
        fields["post"] = found or save_new(Post(organisation=organisation, title=given["post"]), by=by)
    if "due_on" in given:
        fields["due_on"] = date.fromisoformat(given["due_on"])
    return fields | CommitteeReportClearance.cleared.values(parse_written_date(given.get("cleared", "")))
