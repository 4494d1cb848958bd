"""Both shapes of project dashboard give every figure with its cell; damaged copies give sentences with theirs."""

from datetime import date
from decimal import Decimal

import pytest
from openpyxl.comments import Comment

from projects.imports.guard import check_file
from projects.imports.layout import built_in_layouts
from projects.imports.parse import Parsed, StatusLookup, parse
from projects.imports.problems import CellProblem
from projects.imports.read import read_workbook
from projects.rules.dates import Precision
from tests.workbooks import HOMELESSNESS, ICT, build_dashboard

RAG = StatusLookup({"GREEN": "green", "AMBER": "amber", "RED": "red", "Complete": "complete"})
STATUSES = {
    "project": RAG,
    "milestone": RAG,
    "risk_band": StatusLookup({"High": "high", "Medium": "medium", "Low": "low"}),
    "benefit": StatusLookup({"Under Review": "review", "On Target": "on-target", "Completed": "completed"}),
    "direction": StatusLookup({"Ahead of Target": "ahead", "On Track": "on-track", "OK": "ok"}),
    "risk_status": StatusLookup({"OK": "ok"}),
}


def dashboard_layout():
    return next(layout for layout in built_in_layouts() if layout.name == "project-dashboard")


@pytest.fixture
def parsed(tmp_path):
    """Build a dashboard with some damage and parse it."""

    def build_and_parse(project=HOMELESSNESS, *, day_first: bool = True, **damage) -> Parsed:
        path = build_dashboard(tmp_path / "dashboard.xlsx", project, **damage)
        workbook = read_workbook(path, check_file(path).kind)
        return parse(workbook, dashboard_layout(), statuses=STATUSES, day_first=day_first)

    return build_and_parse


def said(problems: list[CellProblem]) -> list[str]:
    return [str(problem) for problem in problems]


def without_places(parsed: Parsed) -> tuple:
    """What was read, whatever cells it stood in."""
    single = {key: (one.value, one.words) for key, one in parsed.values.items()}
    rows = {
        table: [(row.record_key, {key: one.value for key, one in row.values.items()}) for row in records]
        for table, records in parsed.records.items()
    }
    return single, rows


def test_homelessness_is_read_whole(parsed):
    result = parsed(HOMELESSNESS)
    assert said(result.problems) == []
    assert result.ignored == []
    figures = {key: (one.value, one.cell) for key, one in result.values.items()}
    assert figures["node.tier"] == ("gold", "A1")
    assert figures["node.reference"] == (5, "D3")
    assert figures["node.title"] == ("Homelessness", "D4")
    assert figures["report.team_members"] == (9, "D12")
    assert figures["report.status"] == ("green", "D15")
    assert figures["report.score"] == (3, "D16")
    assert figures["report.score_label_figure"] == (10, "A16")
    assert figures["report.direction"] == ("ahead", "D17")
    assert figures["budget.planned"] == (Decimal(601400), "D20")
    assert figures["budget.forecast"] == (Decimal(594058), "D21")
    assert figures["stated.budget_remaining"] == (Decimal(7342), "D22")
    assert figures["stated.forecast_against_plan"] == (Decimal(-1), "D23")
    assert figures["stated.forecast_sentence"] == ("Forecast to underspend by £7,342", "D24")
    assert figures["stated.high_risks"] == (2, "D27")
    assert figures["stated.budget_on_track"] == (True, "D28")
    assert figures["stated.milestones_slipped"] == (False, "D31")
    assert figures["report.risk_direction"] == ("ok", "D32")
    assert figures["report.commentary"] == (HOMELESSNESS.commentary, "A66")
    assert result.value("node.start").latest == date(2018, 4, 1)
    assert {table: len(rows) for table, rows in result.records.items()} == {
        "plan_item": 3,
        "risk": 6,
        "benefit": 3,
        "post": 9,
        "stream": 2,
        "change": 3,
    }


def test_ict_money_and_dates_as_text(parsed):
    result = parsed(ICT)
    assert said(result.problems) == []
    assert result.value("report.score_label_figure") == 3
    money = ("budget.planned", "budget.actual", "budget.committed", "budget.emergency", "stated.budget_remaining")
    assert [result.value(key) for key in money] == [642848, 494982, 102888, 0, 44979]
    assert result.value("stated.percent_spent") == 93
    assert "budget.forecast" not in result.values
    assert result.value("node.finish").latest == date(2019, 7, 1)
    assert [row.record_key for row in result.records["plan_item"]] == list("12345678")
    assert [row.value("risk.residual_band") for row in result.records["risk"]] == ["high"] * 3 + ["medium"] * 2


def test_each_value_of_a_row_has_its_cell(parsed):
    second = parsed().records["plan_item"][1]
    assert {key.split(".")[1]: one.cell for key, one in second.values.items()} == {
        "ref": "A38",
        "detail": "B38",
        "start": "C38",
        "end": "D38",
        "status": "E38",
        "interdependencies": "F38",
        "critical_path": "G38",
    }
    assert second.values["plan_item.status"].fill == "FFC000"
    end = second.value("plan_item.end")
    assert (end.text, end.latest, end.precision, end.is_ongoing) == (
        "Mar-20 ongoing",
        date(2020, 3, 31),
        Precision.MONTH,
        True,
    )


def test_posts_part_from_their_brackets(parsed):
    post = parsed().records["post"][4]
    assert post.value("post.title") == "Housing Options officer"
    assert post.value("post.funding") == "Fixed term post grant funded 2018-21"
    assert post.values["post.title"].words == "Housing Options officer (Fixed term post grant funded 2018-21)"


def test_change_records_keep_words_beside_dates(parsed):
    aware = parsed().records["change"][1].value("change.board_aware")
    assert (aware.text, aware.latest) == ("17.7.18 Full Council via K Head report", date(2018, 7, 17))


def test_day_and_month_are_asked_about_only_where_they_may_change_places(parsed):
    result = parsed(ICT)
    assert [(one.cell, one.words) for one in result.ambiguous] == [("D10", "01/07/2019")]
    assert parsed(ICT, day_first=False).value("node.finish").latest == date(2019, 1, 7)


@pytest.mark.parametrize(
    "damage",
    [
        {"is_merged": False},
        {"spelt": str.title},
        {"spelt": str.lower},
        {"spelt": lambda words: words.replace(" - ", " – ").replace("END", " E N D ")},
        {"shift": (4, 2)},
        {"shift": (4, 2), "is_merged": False, "spelt": str.upper},
        {"order": ("benefits", "milestones", "commentary", "budget")},
    ],
    ids=["not merged", "title case", "lower case", "spaces and dashes", "moved", "moved, unmerged, upper", "reordered"],
)
@pytest.mark.parametrize("project", [HOMELESSNESS, ICT], ids=["homelessness", "ict"])
def test_form_does_not_matter(parsed, project, damage):
    result = parsed(project, **damage)
    assert said(result.problems) == []
    assert result.ignored == []
    single, rows = without_places(result)
    expected_single, expected_rows = without_places(parsed(project))
    for reading in (single, expected_single):
        reading["report.score_label_figure"] = reading["report.score_label_figure"][0]
    assert (single, rows) == (expected_single, expected_rows)


def test_moved_values_name_their_new_cells(parsed):
    assert parsed(shift=(4, 2)).values["node.title"].cell == "F8"


@pytest.mark.parametrize("block", ["project-status", "risk-consideration", "milestones", "benefits"])
def test_missing_block(parsed, block):
    result = parsed(without=[block])
    titles = {
        "project-status": "PROJECT STATUS",
        "risk-consideration": "RISK CONSIDERATION",
        "milestones": "MILESTONES AND INTERDEPENDENCIES",
        "benefits": "BENEFITS REALISATION",
    }
    (error,) = result.errors
    assert error.message.startswith(f"The block “{titles[block]}” is missing: no cell holds that heading.")
    below = next(one for one in result.blocks if one.cell == error.cell)
    assert error.message.endswith(f"It was looked for above “{below.heading}” ({below.cell}).")
    assert not result.covers(block)


def test_a_missing_block_is_looked_for_above_the_next_heading(parsed):
    (error,) = parsed(without=["risks"], tier="GOLD").errors
    assert "It was looked for above “BENEFITS REALISATION”" in error.message


@pytest.mark.parametrize("words", ["TBC", "n/a"])
def test_words_in_place_of_a_figure_are_listed(parsed, words):
    result = parsed(cells={"D21": words})
    assert said(result.warnings) == [
        f"Sheet Dashboard, cell D21: “{words}” states no figure; the figure is taken as not stated."
    ]
    assert parsed(cells={"D21": "-"}).warnings == []


@pytest.mark.parametrize(("tier", "is_required"), [("GOLD", True), ("SILVER", False), ("BRONZE", False)])
def test_budget_is_asked_of_gold_projects(parsed, tier, is_required):
    result = parsed(tier=tier, without=["budget"])
    assert bool(result.errors) is is_required
    assert result.warnings == []


@pytest.mark.parametrize(("tier", "is_required"), [("GOLD", True), ("SILVER", True), ("BRONZE", False)])
def test_risk_register_is_asked_of_gold_and_silver_projects(parsed, tier, is_required):
    assert bool(parsed(tier=tier, without=["risks"]).errors) is is_required


def test_missing_commentary_is_a_warning(parsed):
    result = parsed(without=["commentary"])
    assert result.errors == []
    assert said(result.warnings) == [
        "Sheet Dashboard: There is no block “EXPLANATORY COMMENTARY”; what is held for it stays as it is."
    ]


def test_missing_change_sheet_is_a_warning(parsed):
    result = parsed(has_changes=False)
    assert result.errors == []
    assert said(result.warnings) == ["Sheet Dashboard: No sheet of the workbook holds “Change Control Record”."]


def test_missing_tier(parsed):
    (error,) = parsed(tier=None).errors
    assert error.message.startswith("The tier banner is missing: none of GOLD, SILVER, BRONZE")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"E38": "PURPLE"}, "cell E38: “PURPLE” is not a known status; there are GREEN, AMBER, RED, Complete."),
        ({"D37": "32/13/2019"}, "cell D37: “32/13/2019” looks like a date but cannot be read as one."),
        ({"D9": "to be confirmed"}, "cell D9: “to be confirmed” is not a date."),
        ({"D20": "about six hundred"}, "cell D20: “about six hundred” is not an amount of money."),
        ({"D23": "n.k."}, "cell D23: “n.k.” is not a percentage."),
        ({"D12": "nine"}, "cell D12: “nine” is not a whole number."),
        ({"D28": "Perhaps"}, "cell D28: “Perhaps” is neither Yes nor No."),
        ({"A38": 1}, "cell A38: REF 1 is already used in A37."),
        ({"A38": None}, "cell A38: REF is blank."),
        ({"D4": None}, "cell D4: “Project Title” (A4) has no value."),
        ({"A4": "Called"}, "cell A2: Under “PROJECT DETAIL - ALL PROJECTS” there is no row labelled “Project Title”."),
        ({"B36": "WORDS"}, "cell A36: Under “MILESTONES AND INTERDEPENDENCIES” there is no column headed “DETAIL”."),
        ({"B37": "#REF!"}, "cell B37: The cell shows the error #REF!."),
        ({"G37": "maybe"}, "cell G37: “maybe” is none of CRITICAL PATH, YES, Y, X, NO, N."),
    ],
)
def test_damaged_cells_are_named(parsed, cells, expected):
    assert f"Sheet Dashboard, {expected}" in said(parsed(cells=cells).errors)


def test_all_problems_are_shown_not_only_the_first(parsed):
    result = parsed(cells={"E37": "PURPLE", "E38": "PURPLE", "D20": "lots"})
    assert [problem.cell for problem in result.errors] == ["D20", "E37", "E38"]


def test_formula_without_result_is_an_error(parsed):
    (error,) = parsed(cells={"D22": "=D20-D21"}).errors
    assert error.cell == "D22"
    assert "=D20-D21 has no stored result" in error.message


def test_status_may_be_a_colour_alone(parsed):
    result = parsed(cells={"E38": None, "D15": None, "D49": None})
    assert said(result.problems) == []
    status = result.records["plan_item"][1].values["plan_item.status"]
    assert (status.value, status.words, status.by_colour) == ("amber", "AMBER", True)
    assert result.value("report.status") == "green"
    assert result.records["risk"][1].value("risk.residual_band") == "high"


def test_unknown_colour_without_a_word_is_an_error(parsed):
    assert said(parsed(cells={"E38": None}, fills={"E38": "FF7030A0"}).errors) == [
        "Sheet Dashboard, cell E38: The cell has no word, and its colour (7030A0) stands for no status."
    ]


def test_word_and_colour_that_disagree_are_a_warning(parsed):
    result = parsed(fills={"E38": "FFFF0000"})
    assert result.errors == []
    assert said(result.warnings) == [
        "Sheet Dashboard, cell E38: The word is “AMBER” but the colour stands for “RED”; the word is taken."
    ]


def test_what_is_not_understood_is_listed_with_its_cell(parsed):
    result = parsed(
        cells={"A7": "Sponsor", "D7": "Chief Executive", "H36": "Notes", "H37": "see minutes", "A40": "Dates as agreed"}
    )
    assert {(one.cell, one.words) for one in result.ignored} == {
        ("A7", "Sponsor"),
        ("D7", "Chief Executive"),
        ("H37", "see minutes"),
        ("A40", "Dates as agreed"),
    }
    assert result.errors == []


def test_comments_hidden_rows_and_other_sheets_are_told(parsed):
    def add(book):
        sheet = book["Dashboard"]
        sheet["E38"].comment = Comment("ask the board", "someone")
        sheet.row_dimensions[38].hidden = True
        sheet.column_dimensions["F"].hidden = True
        other = book.create_sheet("Workings")
        other["B2"] = 12
        other.sheet_state = "hidden"

    result = parsed(also=add)
    assert {(one.sheet, one.cell, one.words) for one in result.ignored} == {
        ("Dashboard", "E38", "ask the board"),
        ("Workings", "", "1 filled cell"),
    }
    assert [(one.cell, one.severity) for one in result.problems] == [("A38", "warning"), ("F36", "warning")]
    assert len(result.records["plan_item"]) == 3


def test_subject_without_a_scheme_is_said(tmp_path):
    path = build_dashboard(tmp_path / "dashboard.xlsx")
    result = parse(read_workbook(path, "xlsx"), dashboard_layout(), statuses={**STATUSES, "risk_band": None})
    assert {problem.message for problem in result.errors} == {"There is no list of statuses for risk band."}
    assert len(result.errors) == 6


def test_a_long_column_that_nothing_takes_is_listed_once(parsed, monkeypatch):
    monkeypatch.setattr("projects.imports.parse.MOST_IGNORED", 2)
    result = parsed(cells={"Z2": "some", "Z3": "more", "Z4": "words", "Y2": "alone"})
    assert {(one.cell, one.words) for one in result.ignored} == {("Z2:Z4", "some … (3 cells)"), ("Y2", "alone")}
