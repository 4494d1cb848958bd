"""The part of a plan that goes into a committee's work programme: live lines, of no report."""

from projects.imports.layout import squeeze
from projects.imports.mapping import plain
from projects.imports.match import match_records
from projects.imports.parse import Parsed, ParsedRecord, ParsedValue
from projects.imports.planned import CREATE, LINES, UNCHANGED, UPDATE, ImportPlan, PartPlan, PlannedField, PlannedRow
from projects.imports.posts import Posts
from projects.imports.problems import CellProblem
from projects.models import Board, Meeting, Node, Organisation, WorkProgrammeItem
from projects.rules.dates import Precision, WrittenDate

SECTION = "Work programme"
COLUMNS = {
    "work.title": "title",
    "work.summary": "summary",
    "work.lead": "lead_officer_words",
    "work.author": "author_words",
}
POST_COLUMNS = ("lead_officer_words", "author_words")


def board_named(organisation: Organisation, parsed: Parsed) -> Board | None:
    """The committee that the sheet names, else the one that alone has a work programme."""
    named = parsed.values.get("work.board")
    boards = list(Board.objects.filter(organisation=organisation, is_archived=False))
    wanted = squeeze(str(named.value)) if named else ""
    found = next((one for one in boards if squeeze(one.name) == wanted), None)
    keeping = [one for one in boards if one.work_programme.exists()]
    return found or (keeping[0] if len(keeping) == 1 else None)


def plan_lines(plan: ImportPlan, parsed: Parsed, organisation: Organisation, top: Node, posts: Posts) -> None:
    """Put the lines of the sheet beside those of the committee's work programme."""
    board = board_named(organisation, parsed)
    if board is None:
        plan.blocked = "The workbook does not name a committee that the council has. Add it in the settings first."
        return
    part = PartPlan(key="p1", node_title=board.name, node_id=top.pk, node_kind="board", mode=LINES, board_id=board.pk)
    plan.parts = [part]
    meetings = {one.starts_at.date(): one for one in Meeting.objects.filter(board=board)}
    held = list(WorkProgrammeItem.objects.filter(board=board, is_archived=False).select_related("meeting"))
    records = [one for one in parsed.records["work"] if one.value("work.title")]
    matched = match_records(
        [(_day(one), str(one.value("work.title")), "") for one in records],
        [(_held_day(line), line.title, "") for line in held],
    )
    for number, (record, index) in enumerate(zip(records, matched, strict=True), start=1):
        line = held[index] if index is not None else None
        fields = [
            _field(plan, record.values[key], name, line, posts) for key, name in COLUMNS.items() if key in record.values
        ]
        fields.append(_when(plan, record.values.get("work.when"), line, meetings))
        part.rows.append(
            PlannedRow(
                key=f"p1-{number}",
                section=SECTION,
                title=str(record.value("work.title")),
                table=WorkProgrammeItem._meta.model_name,
                row_id=line.pk if line else None,
                identity_id=None,
                fields=[one for one in fields if one is not None],
            )
        )
    taken = {index for index in matched if index is not None}
    part.not_in_file = [
        {"section": SECTION, "title": str(line.title)} for place, line in enumerate(held) if place not in taken
    ]


def _day(record: ParsedRecord) -> str:
    when = record.value("work.when")
    return when.earliest.isoformat() if isinstance(when, WrittenDate) and when.earliest else ""


def _held_day(line: WorkProgrammeItem) -> str:
    if line.meeting:
        return line.meeting.starts_at.date().isoformat()
    return line.when_on.isoformat() if line.when_on else ""


def _field(plan: ImportPlan, value: ParsedValue, name: str, line, posts: Posts) -> PlannedField | None:
    words = str(value.value or "")
    if name in POST_COLUMNS:
        words, is_settled = posts.settle(value)
        if not is_settled:
            return None
    before = getattr(line, name) if line else ""
    limit = WorkProgrammeItem._meta.get_field(name).max_length
    if limit and len(words) > limit:
        plan.errors.append(
            CellProblem(value.sheet, value.cell, f"At most {limit} characters go here; these are {len(words)}.")
        )
        return None
    if not words and not before:
        return None
    same = words == before or (name == "title" and squeeze(words) == squeeze(before))
    return PlannedField(
        name=name,
        label=str(WorkProgrammeItem._meta.get_field(name).verbose_name).capitalize(),
        action=UNCHANGED if same else UPDATE if before else CREATE,
        old=before,
        new=words,
        sheet=value.sheet,
        cell=value.cell,
        columns={name: words},
        before={name: before},
    )


def _when(plan: ImportPlan, value: ParsedValue | None, line, meetings) -> PlannedField | None:
    """The meeting of the day that stands above the lines; where the committee has none then, the day in words."""
    if value is None or not isinstance(value.value, WrittenDate):
        return None
    day = value.value.earliest if value.value.precision == Precision.DAY else None
    meeting = meetings.get(day)
    if meeting:
        columns = {"meeting_id": meeting.pk}
    else:
        plan.warnings.append(
            CellProblem(
                value.sheet,
                value.cell,
                f"The committee has no meeting on {value.words}; the words are kept.",
                "warning",
            )
        )
        columns = WorkProgrammeItem.when.values(value.value)
        columns = {name: plain(one) for name, one in columns.items()}
    before = {name: plain(getattr(line, name)) if line else None for name in columns}
    old = _held_day(line) if line else ""
    same = line is not None and before == columns
    return PlannedField(
        name="when",
        label="Meeting",
        action=UNCHANGED if same else UPDATE if line else CREATE,
        old=old,
        new=value.words,
        sheet=value.sheet,
        cell=value.cell,
        columns=columns,
        before=before,
    )
