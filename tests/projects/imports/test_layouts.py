"""Layouts made and changed in the browser, their versions and files; cell maps there and back."""

import json
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from projects.forms.layouts import BlockForm, FieldFormSet, SheetForm, TitleForm
from projects.forms.notations import Colours, Counts, Meanings, Sections, Statuses, Sums, WordsByKey
from projects.imports.apply import apply_import, keep_import
from projects.imports.cell_maps import read_cell_map, with_rules, write_cell_map
from projects.imports.drafts import finished
from projects.imports.fill import CannotBeFilled, fill_workbook
from projects.imports.form_export import export_form
from projects.imports.guard import check_file
from projects.imports.layout import Field, LayoutProblem, built_in_layouts, layout_from_dict, layout_to_dict
from projects.imports.layout_files import read_layout_file, write_layout_file
from projects.imports.plan import plan_workbook
from projects.imports.planned import CONFLICT, CREATE, UNCHANGED, UPDATE
from projects.imports.read import read_workbook
from projects.imports.undo import undo_import
from projects.models import Import, ImportLayout, LayoutDraft, PlanItemUpdate, Report, StatedFigure
from tests import factories

DATA = Path(__file__).parents[4] / "shared" / "data"
MAP = (
    b"\xef\xbb\xbfcell_key,template_sheet,cellreference,type\r\n"
    b"Project Name,Return,B2,TEXT\r\nSnapshot Date,Return,B3,DATE\r\nWhole Life Cost,Return,B4,MONEY\r\n"
    b"Lead - Email,Return,B5,TEXT\r\nConfidence,Return,B6,PERCENT\r\n"
    b"Lead,Return,B7,TEXT\r\n"
    b"Gate 1,Plan,A2,TEXT\r\nGate 1 date,Plan,B2,TEXT\r\nGate 1 variance,Plan,C2,NUMBER\r\n"
    b"Gate 2,Plan,A3,TEXT\r\nGate 2 date,Plan,B3,TEXT\r\nGate 2 variance,Plan,C3,NUMBER\r\n"
)
RULES = [
    Field("node.title", ("Project Name",)),
    Field("report.period", ("Snapshot Date",)),
    Field("report.lead", ("Lead",)),
    Field("plan_item.detail", ("Gate #",)),
    Field("plan_item.end", ("Gate # date",), type="written_date"),
    Field("named.left_out", ("* - Email",)),
]


@pytest.fixture(autouse=True)
def _read_here(monkeypatch):
    def read(path, *, name="", limits=None):
        checked = check_file(Path(path), name=name)
        return read_workbook(Path(path), checked.kind, checked.notes)

    for module in ("plan", "trial", "guess"):
        monkeypatch.setattr(f"projects.imports.{module}.read_safely", read)


def form(path, **cells):
    """A return of two sheets; cells by sheet and address, such as Return_B4."""
    book = Workbook()
    book.active.title = "Return"
    book.create_sheet("Plan")
    told = {
        "Return_A2": "Name of the project", "Return_B2": "Lighthouse", "Return_B3": date(2019, 7, 31),
        "Return_B4": 1699.37, "Return_B5": "a@example.org", "Return_B6": 0.2, "Plan_A2": "Foundations",
        "Plan_B2": date(2019, 9, 1), "Plan_C2": 0, "Plan_D9": "=SUM(C2:C3)", **cells,
    }  # fmt: skip
    for place, value in told.items():
        sheet, _, cell = place.partition("_")
        book[sheet][cell] = value
    book["Return"]["B4"].number_format = '"£"#,##0'
    book["Return"]["B6"].number_format = "0%"
    book["Return"]["B3"].number_format = "dd/mm/yyyy"
    book.save(path)
    return path


def texts_in(path):
    """Everything that a workbook holds, unpacked."""
    with zipfile.ZipFile(path) as package:
        return b"\n".join(package.read(name) for name in package.namelist())


def counts_of(plan):
    return {action: plan.count(action) for action in (CREATE, UPDATE, UNCHANGED, CONFLICT)}


@pytest.fixture
def layout():
    return with_rules(read_cell_map(MAP, title="Harbour return"), RULES)


# Files of layouts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", built_in_layouts(), ids=lambda one: one.name)
def test_a_built_in_layout_leaves_as_a_file_and_comes_back_the_same(layout):
    assert read_layout_file(write_layout_file(layout).encode()) == layout


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00", "The file is not text in UTF-8."),
        (b'{"format": 1,\n "name": }', "The file is not JSON: line 2, column 10"),
        (b"[" * 100_000, "deeply"),
        (b'{"format": 1, "format": 1}', "has the entry “format” twice"),
        (b'{"format": 1, "version": NaN}', "The file holds NaN"),
        (b'{"format": 1, "version": ' + b"9" * 5000 + b"}", "too large for a layout"),
        (b'{"format": 2}', "this portal reads format 1"),
        (b'{"format": 1, "title": "a\\u0000b"}', "The layout, title holds signs that cannot be stored."),
        (b'{"format": 1, "title": "' + b"a" * 3000 + b'"}', "The layout, title has more than 2,000 letters."),
        (b'{"format": 1, "sheets": [' + b"0," * 999 + b"0]}", "The layout, sheets has 1,000 parts"),
        (b" " * (2 * 2**20 + 1), "larger than 2 MB"),
    ],
)
def test_a_hostile_or_broken_layout_file_is_refused_with_its_place(content, sentence):
    with pytest.raises(LayoutProblem) as problem:
        read_layout_file(content)
    assert sentence in " ".join(problem.value.sentences)


def test_what_is_wrong_in_a_layout_names_the_block_and_field():
    said = layout_to_dict(built_in_layouts()[0])
    said["sheets"][0]["blocks"][1]["fields"][0]["key"] = "plan_item.nonsense"
    said["sheets"][0]["blocks"][1]["fields"][1]["labels"] = ["*" * 6]
    with pytest.raises(LayoutProblem) as problem:
        read_layout_file(json.dumps(said).encode())
    assert "The layout, sheets 1, blocks 2, fields 2, labels 1 has more than 4 stars" in problem.value.sentences[0]
    said["sheets"][0]["blocks"][1]["fields"][1]["labels"] = ["Action"]
    said["sheets"][0]["blocks"][1]["id"] = "plan_item.nonsense"
    with pytest.raises(LayoutProblem, match=r"field “plan_item\.nonsense”, would go nowhere"):
        read_layout_file(json.dumps(said).encode())


# Cell maps -----------------------------------------------------------------------------------------------------------


def test_a_map_says_by_row_what_is_wrong():
    content = b"key,sheet,cell,type\nOne,Return,B2,TEXT\nOne,Return,B3,TEXT\nTwo,,1B,COLOUR\nThree,Return,b2,\n"
    with pytest.raises(LayoutProblem) as problem:
        read_cell_map(content, title="Return")
    assert problem.value.sentences[0] == "Row 3: the key “One” stands in row 2 already."
    assert problem.value.sentences[1].startswith(
        "Row 4: no sheet is named; “1B” is no cell address such as C11; the type “COLOUR” is unknown"
    )
    assert problem.value.sentences[2] == "Row 5: the cell B2 is named in row 2 already."
    with pytest.raises(LayoutProblem, match="Row 1: there is no column headed sheet and cell"):
        read_cell_map(b"key,colour\nOne,red\n", title="Return")


def test_a_map_goes_out_as_it_came_in():
    written = write_cell_map(read_cell_map(MAP, title="Harbour return"))
    assert written.replace("\n", "\r\n").encode() == MAP.removeprefix(b"\xef\xbb\xbf")


@pytest.mark.django_db
def test_a_form_is_imported_through_its_map_and_exported_without_a_change(council, tmp_path, layout):
    ImportLayout.objects.create(
        organisation=council, slug=layout.name, name="Harbour return", declaration=layout_to_dict(layout), number=1
    )
    path = form(tmp_path / "return.xlsx", Plan_D9="a total")
    plan = plan_workbook(path, council)
    assert (plan.layout, plan.layout_version, plan.errors) == ("harbour-return", 1, [])
    imported = apply_import(keep_import(path, plan, organisation=council, by=None), by=None, is_trusted=True)
    assert (imported.layout, imported.layout_version) == ("harbour-return", 1)
    report = Report.objects.get()
    assert (report.node.title, report.period_label, report.state) == ("Lighthouse", "July 2019", "approved")
    named = dict(StatedFigure.objects.values_list("title", "words"))
    assert named == {"Whole Life Cost": "1699.37", "Confidence": "20%", "Gate 1 variance": "0"}
    row = PlanItemUpdate.objects.get()
    assert (row.title, row.finish_words) == ("Foundations", "01/09/2019")
    assert "a@example.org" in {one.words for one in plan.ignored}
    assert counts_of(plan_workbook(path, council)) == {CREATE: 0, UPDATE: 0, UNCHANGED: 6, CONFLICT: 0}

    filled = export_form(report, layout, tmp_path / "filled.xlsx")
    assert counts_of(plan_workbook(filled, council)) == {CREATE: 0, UPDATE: 0, UNCHANGED: 6, CONFLICT: 0}
    sheet = load_workbook(filled)["Return"]
    assert (sheet["A2"].value, sheet["B5"].value) == ("Name of the project", None)
    assert b"a@example.org" in texts_in(path)
    assert b"a@example.org" not in texts_in(filled)
    imported.file.delete(save=False)
    fresh = export_form(report, layout, tmp_path / "fresh.xlsx")
    assert counts_of(plan_workbook(fresh, council)) == {CREATE: 0, UPDATE: 0, UNCHANGED: 6, CONFLICT: 0}
    assert load_workbook(fresh)["Return"]["B4"].value == 1699.37

    undo_import(Import.objects.get(), by=None)
    assert (Report.objects.count(), StatedFigure.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_each_wrong_cell_of_a_form_is_named(council, tmp_path, layout):
    path = form(tmp_path / "r.xlsx", Return_B4="dear", Return_B6="#REF!", Plan_B2="32/13/2019", Plan_C3=4)
    plan = plan_workbook(path, council, layout=layout)
    assert [(one.sheet, one.cell, one.message) for one in plan.errors] == [
        ("Return", "B4", "“dear” is not an amount of money."),
        ("Return", "B6", "The cell shows the error #REF!."),
        ("Plan", "B2", "“32/13/2019” looks like a date but cannot be read as one."),
    ]


def test_a_rule_that_takes_nothing_or_too_much_is_said():
    held = read_cell_map(MAP, title="Harbour return")
    rules = [
        Field("node.title", ("Title",)),
        Field("node.reference", ("*date",)),
        Field("report.lead", ("Gate # date",)),
    ]
    with pytest.raises(LayoutProblem) as problem:
        with_rules(held, rules)
    assert problem.value.sentences == (
        "No name of the map is “Title”, or a line above takes it.",
        "“*date” takes 3 cells; the field holds one value.",
        "No name of the map is “Gate # date”, or a line above takes it.",
    )


@pytest.mark.django_db
def test_a_report_is_written_into_the_form_of_a_later_one_without_what_that_one_says(council, tmp_path, layout):
    ImportLayout.objects.create(
        organisation=council, slug=layout.name, name="Harbour return", declaration=layout_to_dict(layout)
    )
    for month, confidence, lead in ((7, None, None), (8, 0.2, "Head of Lights")):
        path = form(
            tmp_path / f"{month}.xlsx",
            Return_B3=date(2019, month, 31),
            Return_B6=confidence,
            Return_B7=lead,
            Plan_D9="a total",
        )
        plan = plan_workbook(path, council)
        apply_import(keep_import(path, plan, organisation=council, by=None), by=None, is_trusted=True)
    july, august = Report.objects.order_by("as_at_on")
    filled = export_form(july, layout, tmp_path / "july.xlsx")
    sheet = load_workbook(filled)["Return"]
    assert (sheet["B3"].value.date(), sheet["B4"].value, sheet["B6"].value) == (date(2019, 7, 31), 1699.37, None)
    assert (sheet["B5"].value, sheet["B7"].value) == (None, None)
    assert b"Head of Lights" in texts_in(tmp_path / "8.xlsx")
    assert b"Head of Lights" not in texts_in(filled)
    sheet = load_workbook(export_form(august, layout, tmp_path / "august.xlsx"))["Return"]
    assert (sheet["B6"].value, sheet["B7"].value) == (0.2, "Head of Lights")


def test_what_a_report_does_not_say_goes_from_a_form_with_results_and_shared_words(tmp_path):
    book = Workbook()
    book.active.title = "Costs"
    book.create_sheet("Other")["A1"] = "kept here"
    for place, value in {"A1": "kept here", "A2": "secret", "B1": "=LEN(A2)", "B2": 7, "C9": "same"}.items():
        book["Costs"][place] = value
    path = tmp_path / "f.xlsx"
    book.save(path)
    worked_out(path, "LEN(A2)", 6)
    values = {("Costs", "A1"): None, ("Costs", "A2"): "", ("Costs", "B1"): None, ("Costs", "B2"): None}
    fill_workbook(path.read_bytes(), values | {("Costs", "D4"): None, ("Gone", "A1"): ""}, tmp_path / "g.xlsx")
    sheet = load_workbook(tmp_path / "g.xlsx")["Costs"]
    assert [sheet[place].value for place in ("A1", "A2", "B1", "B2", "C9")] == [None, None, "=LEN(A2)", None, "same"]
    assert load_workbook(tmp_path / "g.xlsx")["Other"]["A1"].value == "kept here"
    assert load_workbook(tmp_path / "g.xlsx", data_only=True)["Costs"]["B1"].value is None
    assert b"secret" not in texts_in(tmp_path / "g.xlsx")
    fill_workbook(path.read_bytes(), {}, tmp_path / "h.xlsx")
    assert load_workbook(tmp_path / "h.xlsx", data_only=True)["Costs"]["B1"].value == 6
    fill_workbook(path.read_bytes(), {}, tmp_path / "h.xlsx", keeps_results=False)
    assert load_workbook(tmp_path / "h.xlsx", data_only=True)["Costs"]["B1"].value is None


def worked_out(path, formula, result):
    """Put the result of a formula into a workbook, as a spreadsheet programme does when it is saved."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).decode() for name in package.namelist()}
    without = re.compile(rf"<f>{re.escape(formula)}</f><v ?/?>(</v>)?")
    assert any(without.search(text) for text in parts.values())
    with zipfile.ZipFile(path, "w") as package:
        for name, text in parts.items():
            package.writestr(name, without.sub(f"<f>{formula}</f><v>{result}</v>", text))


def test_filling_leaves_all_else_and_writes_no_formula(tmp_path):
    path = form(tmp_path / "r.xlsx")
    values = {("Return", "B2"): "=HYPERLINK(1) & <b>", ("Plan", "D1"): 5, ("Plan", "A7"): "New", ("Return", "B5"): ""}
    fill_workbook(path.read_bytes(), values, tmp_path / "f.xlsx")
    before, after = load_workbook(path), load_workbook(tmp_path / "f.xlsx")
    cell = after["Return"]["B2"]
    assert (cell.value, cell.data_type) == ("=HYPERLINK(1) & <b>", "s")
    assert (after["Plan"]["D1"].value, after["Plan"]["A7"].value, after["Return"]["B5"].value) == (5, "New", None)
    assert after["Plan"]["D9"].value == before["Plan"]["D9"].value == "=SUM(C2:C3)"
    assert after["Return"]["B4"].number_format == before["Return"]["B4"].number_format
    with pytest.raises(CannotBeFilled, match="no sheet Costs"):
        fill_workbook(path.read_bytes(), {("Costs", "B2"): 1}, tmp_path / "g.xlsx")


def test_a_date_is_counted_from_the_day_from_which_the_workbook_counts(tmp_path):
    for epoch in (CALENDAR_WINDOWS_1900, CALENDAR_MAC_1904):
        book = load_workbook(form(tmp_path / "r.xlsx"))
        book.epoch = epoch
        book["Return"].title = "Risks & issues"
        book.save(tmp_path / "r.xlsx")
        values = {("Risks & issues", cell): date(2019, 8, 31) for cell in ("A2", "B3", "C9")}
        fill_workbook((tmp_path / "r.xlsx").read_bytes(), values, tmp_path / "f.xlsx")
        sheet = load_workbook(tmp_path / "f.xlsx")["Risks & issues"]
        assert sheet["B3"].value.date() == date(2019, 8, 31)
        assert sheet["A2"].value == sheet["C9"].value == "31/08/2019"  # no figure of a day where words stood


@pytest.mark.django_db
def test_the_departmental_return_imports_through_its_map(council):
    if not DATA.exists():
        pytest.skip("the public data is not beside the project")
    held = read_cell_map((DATA / "departmental-return-map.csv").read_bytes(), title="Departmental return")
    assert sum(len(block.cells) for block in held.blocks()) == 1944
    plan = plan_workbook(DATA / "departmental-return.xlsx", council, layout=held)
    assert (plan.errors, plan.count(CREATE), plan.when) == ([], 866, "June 2019")
    refs = [(one.sheet, one.cell) for one in plan.ignored if one.words == "#REF!"]
    assert refs == [("8 - Finance", "N38"), ("8 - Finance", "N40")]


# In the browser ------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(client, council):
    client.force_login(factories.person("administrator@example.org", council, "administrator"))
    return client


def words(response):
    return re.sub(r"\s+", " ", response.content.decode())


def register(path):
    book = Workbook()
    book.active.title = "Hazards"
    book.active.append(["Ref", "Hazard", "Review date", "Keeper's mood"])
    book.active.append([1, "Fog", date(2019, 9, 30), "calm"])
    book.save(path)
    return SimpleUploadedFile(path.name, path.read_bytes())


@pytest.mark.django_db
def test_a_layout_is_made_from_a_file_tried_saved_and_read_by(browser, council, tmp_path):
    address = reverse("layout-new", args=["westshire"])
    empty = browser.post(address, {"start": "headings", "title": "Hazards"})
    assert (empty.status_code, "Choose the file." in words(empty)) == (422, True)
    browser.post(address, {"start": "headings", "title": "Hazards", "file": register(tmp_path / "h.xlsx")})
    draft = LayoutDraft.objects.get()
    page = words(browser.get(reverse("layout-draft", args=[draft.pk])))
    assert "1 filled value read" not in page
    block = draft.declaration["sheets"][0]["blocks"][0]
    assert [one["labels"] for one in block["fields"]] == [["Ref"], ["Hazard"], ["Review date"], ["Keeper's mood"]]
    sent = {
        "version": draft.version, "do": "keep", "title": "Hazards", "kind": "table", "record": "risk", "id": "risk.ref",
        "header_rows": 1, "required": "on", "headings": "", "totals": "",
        "f-TOTAL_FORMS": 4, "f-INITIAL_FORMS": 4,
    }  # fmt: skip
    for place, (label, key) in enumerate(
        [("Ref", "risk.ref"), ("Hazard\nDanger", "risk.detail"), ("Review date", "risk.review"), ("Keeper's mood", "")]
    ):
        sent |= {f"f-{place}-at": place, f"f-{place}-labels": label, f"f-{place}-key": key}
    browser.post(reverse("layout-block", args=[draft.pk, 0, 0]), sent)
    draft.refresh_from_db()
    shown = [(one["label"], one["place"], one["words"]) for group in draft.trial["groups"] for one in group["values"]]
    assert ("Title", "Hazards B2", "Fog") in shown
    assert ("Review date", "Hazards C2", "30/09/2019") in shown
    page = words(browser.get(reverse("layout-draft", args=[draft.pk])))
    assert "“calm”: its column “Keeper&#x27;s mood” is not in the layout" in page
    saved = browser.post(reverse("layout-save", args=[draft.pk]), {"note": "First"}, follow=True)
    assert "Hazards, version 1 is saved" in words(saved)
    layout = ImportLayout.objects.get()
    assert [one["key"] for one in layout.declaration["sheets"][0]["blocks"][0]["fields"]] == [
        "risk.ref", "risk.detail", "risk.review",
    ]  # fmt: skip
    assert layout.declaration["sheets"][0]["blocks"][0]["fields"][1]["labels"] == ["Hazard", "Danger"]
    assert not LayoutDraft.objects.exists()
    assert plan_workbook(tmp_path / "h.xlsx", council).layout == "hazards"


@pytest.mark.django_db
def test_a_layout_that_begins_with_nothing_is_given_sheets_and_blocks(browser, council):
    browser.post(reverse("layout-new", args=["westshire"]), {"start": "blank", "title": "Hazards"})
    draft = LayoutDraft.objects.get()
    address = reverse("layout-draft", args=[draft.pk])
    said = {"title": "Hazards", "name": "hazards", "makes": "project"}
    browser.post(address, {**said, "version": draft.version, "do": "add-sheet"})
    page = words(browser.get(address))
    assert "Sheet “sheet-1” has no blocks." in page
    assert 'value="add-block-at-0"' in page
    opened = LayoutDraft.objects.get().version
    browser.post(address, {**said, "version": opened, "s0-required": "on", "do": "add-block-at-0"})
    block = reverse("layout-block", args=[draft.pk, 0, 0])
    assert browser.post(block, {"version": opened, "do": "remove"}).status_code == 409
    browser.post(block, {"version": LayoutDraft.objects.get().version, "do": "remove"})
    assert LayoutDraft.objects.get().declaration["sheets"][0]["blocks"] == []
    refused = browser.post(reverse("layout-save", args=[draft.pk]), {"note": "Hazards at sea"})
    assert (refused.status_code, "Hazards at sea" in words(refused)) == (422, True)


def as_sent(*forms):
    """What a browser sends of forms that nobody has touched."""
    sent = {}
    for one in (bound for form in forms for bound in form):
        value = one.value()
        if value is True:
            sent[one.html_name] = "on"
        elif value not in (None, False, ""):
            sent[one.html_name] = value if isinstance(value, list) else str(value)
    return sent


def saved_untouched(draft):
    """The declaration of a draft once each form of it was opened and saved as it is."""
    form, sheets = TitleForm.of(draft), SheetForm.all_of(draft.declaration)
    sent = as_sent(form, *sheets)
    form, sheets = TitleForm.of(draft, sent), SheetForm.all_of(draft.declaration, sent)
    assert form.is_valid(), form.errors
    said = form.changed(draft.declaration)
    said["sheets"] = []
    for sheet, held in zip(sheets, draft.declaration["sheets"], strict=True):
        assert sheet.is_valid(), sheet.errors
        said["sheets"].append(
            sheet.changed(held) | {"blocks": [block_untouched(one) for one in held.get("blocks", ())]}
        )
    return said


def block_untouched(block):
    fields = FieldFormSet.of(block)
    sent = {"f-TOTAL_FORMS": len(fields.forms), "f-INITIAL_FORMS": len(block["fields"])}
    sent |= as_sent(BlockForm.of(block), *fields)
    form, fields = BlockForm.of(block, sent), FieldFormSet.of(block, sent)
    assert form.is_valid(), form.errors
    assert fields.is_valid(), fields.errors
    # all is taken from what was sent, but for the key, which no form changes
    return form.changed({"key": block["key"]}) | {"fields": fields.changed({"fields": []})}


@pytest.mark.django_db
@pytest.mark.parametrize("built_in", built_in_layouts(), ids=lambda layout: layout.name)
def test_every_part_of_a_built_in_layout_stands_in_the_form(council, built_in):
    """A copy that is opened and saved unchanged is the same layout, and so reads its workbook to the same values."""
    draft = LayoutDraft(organisation=council, declaration=layout_to_dict(built_in))
    assert layout_from_dict(finished(saved_untouched(draft))) == built_in


@pytest.mark.parametrize(
    ("field", "line", "said"),
    [
        (Sums(), "saving.net = saving.total saving.less", "should read: field = field"),
        (Sums(), "saving.net", "should read"),
        (Counts(), "products | green | On track", "“green” in “products"),
        (Counts(), "products | total", "should read: what is counted"),
        (Colours(), "project: green = Green", "should read: project: 00B050"),
        (WordsByKey(), "tier = gold", "should read: field = word, word"),
        (Sections(), "aims", "should read: key | title"),
        (Statuses(), "Amber | A | orange | amber | triangle", "the kinds are not_rated"),
        (Meanings(), "yes", "should read: words in the sheet"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(field, line, said):
    with pytest.raises(ValidationError) as refused:
        field.clean(line)
    assert said in refused.value.messages[0]


@pytest.mark.django_db
def test_a_saved_version_stays_and_an_earlier_one_comes_back_as_a_new_one(browser, council):
    browser.post(reverse("layout-change", args=["westshire", "indicators"]))
    draft = LayoutDraft.objects.get()
    saved = browser.post(reverse("layout-save", args=[draft.pk]), {"note": ""}, follow=True)
    assert ImportLayout.objects.get().number == 1  # the council's own first version of the built-in one
    assert "version 1 is saved" in words(saved)
    first = ImportLayout.objects.get().declaration
    browser.post(reverse("layout-change", args=["westshire", "indicators"]))
    draft = LayoutDraft.objects.get()
    page = {
        "title": "Indicators of ours",
        "name": "other",
        "makes": "project",
        "version": draft.version,
        "s0-titles": "",
    }
    browser.post(reverse("layout-draft", args=[draft.pk]), {**page, "s0-required": "on", "do": "keep"})
    browser.post(reverse("layout-save", args=[draft.pk]), {"note": "Another title"})
    second = ImportLayout.objects.get(number=2)
    assert (second.slug, second.name) == ("indicators", "Indicators of ours")
    compared = words(browser.get(reverse("layout", args=["westshire", "indicators"]), {"before": 1}))
    assert "<td>Performance indicators in groups, a column for each quarter</td><td>Indicators of ours</td>" in compared
    browser.post(reverse("layout-version", args=["westshire", "indicators", 1]))
    third = ImportLayout.objects.get(number=3)
    assert {**third.declaration, "version": 1} == first
    assert ImportLayout.objects.get(number=1).declaration == first
    browser.post(reverse("layout-archive", args=["westshire", "indicators"]), {"do": "archive"})
    assert "Archived" in words(browser.get(reverse("layouts", args=["westshire"])))
    browser.post(reverse("layout-archive", args=["westshire", "indicators"]), {"do": "restore"})
    assert not ImportLayout.objects.get(number=3).is_archived


@pytest.mark.django_db
def test_a_layout_file_goes_out_and_comes_in_again(browser, council):
    given = browser.get(reverse("layout-file", args=["westshire", "portfolio-status", 1]))
    assert given["Content-Disposition"] == 'attachment; filename="portfolio-status-1.json"'
    brought = SimpleUploadedFile("l.json", given.content)
    response = browser.post(reverse("layout-new", args=["westshire"]), {"start": "file", "file": brought})
    assert LayoutDraft.objects.get().declaration == json.loads(given.content)
    assert response.status_code == 302
    bad = SimpleUploadedFile(
        "l.json", b'{"format": 1, "name": "x", "title": "X", "version": 1, "sheets": [{"key": 5}]}'
    )
    refused = browser.post(reverse("layout-new", args=["westshire"]), {"start": "file", "file": bad})
    assert (refused.status_code, LayoutDraft.objects.count()) == (422, 1)
    assert "The layout, sheets 1, key should be words." in words(refused)


@pytest.mark.django_db
def test_cells_of_a_map_are_placed_by_a_form(browser, council, tmp_path):
    uploaded = SimpleUploadedFile("map.csv", MAP)
    browser.post(
        reverse("layout-new", args=["westshire"]), {"start": "file", "title": "Harbour return", "file": uploaded}
    )
    draft = LayoutDraft.objects.get()
    browser.post(
        reverse("layout-try", args=[draft.pk]),
        {"file": SimpleUploadedFile("r.xlsx", form(tmp_path / "r.xlsx").read_bytes())},
    )
    draft.refresh_from_db()
    sent = {"version": draft.version, "r-TOTAL_FORMS": 3, "r-INITIAL_FORMS": 0, "do": "keep"}
    lines = [("Project Name", "node.title"), ("Gate #", "plan_item.detail"), ("Nowhere", "report.lead")]
    for place, (label, key) in enumerate(lines):
        sent |= {f"r-{place}-labels": label, f"r-{place}-key": key}
    address = reverse("layout-map", args=[draft.pk])
    refused = browser.post(address, sent)
    assert refused.status_code == 422
    assert "No name of the map is “Nowhere”" in words(refused)
    assert "Gate #</textarea>" in words(refused)
    browser.post(address, {**sent, "r-2-labels": "", "r-2-key": ""})
    draft.refresh_from_db()
    titles = [group["title"] for group in draft.trial["groups"]]
    assert titles == ["Values of the workbook", "Plan item, row 2 of Plan", "Kept under their own names"]
    stale = browser.post(address, {**sent, "r-1-labels": "", "r-1-key": "", "r-2-labels": "", "r-2-key": ""})
    assert stale.status_code == 409


@pytest.mark.django_db
def test_a_file_that_two_layouts_fit_is_read_by_the_one_that_is_chosen(browser, council, tmp_path, layout):
    for name in ("first", "second"):
        said = {**layout_to_dict(layout), "name": name}
        ImportLayout.objects.create(organisation=council, slug=name, name=name.title(), declaration=said)
    uploaded = SimpleUploadedFile("return.xlsx", form(tmp_path / "return.xlsx").read_bytes())
    page = browser.post(reverse("import-new"), {"organisation": "westshire", "file": uploaded}, follow=True)
    assert "It is read as “First”, and fits “Second” as well." in words(page)
    imported = Import.objects.get()
    browser.post(reverse("import-layout", args=[imported.pk]), {"layout": "second"})
    imported.refresh_from_db()
    assert (imported.layout, imported.layout_version) == ("second", 1)
    wrong = browser.post(reverse("import-layout", args=[imported.pk]), {"layout": "scorecard"})
    assert (wrong.status_code, "The workbook is in no known layout" in words(wrong)) == (422, True)


@pytest.mark.django_db
def test_named_values_are_read_beside_the_report_and_the_form_is_downloaded(browser, council, tmp_path, layout):
    ImportLayout.objects.create(
        organisation=council, slug=layout.name, name="Harbour return", declaration=layout_to_dict(layout)
    )
    path = form(tmp_path / "return.xlsx", Plan_D9="a total")
    plan = plan_workbook(path, council)
    apply_import(keep_import(path, plan, organisation=council, by=None), by=None, is_trusted=True)
    report = Report.objects.get()
    assert reverse("named-values", args=[report.pk]) in words(browser.get(reverse("report", args=[report.pk])))
    page = words(browser.get(reverse("named-values", args=[report.pk])))
    assert 'Whole Life Cost</th><td role="cell" data-label="Value"><span class="as-written">1699.37</span>' in page
    given = browser.get(reverse("export-by-layout", args=[report.pk, layout.name]))
    assert given["Content-Disposition"] == 'attachment; filename="lighthouse-harbour-return-2019-07.xlsx"'


@pytest.mark.django_db
def test_the_list_costs_the_same_however_long(browser, council, layout, count_queries):
    address = reverse("layouts", args=["westshire"])

    def add(first, last):
        for number in range(first, last):
            said = {**layout_to_dict(layout), "name": f"l-{number}"}
            ImportLayout.objects.create(organisation=council, slug=f"l-{number}", name="L", declaration=said)
            LayoutDraft.objects.create(organisation=council, declaration=said)

    add(0, 2)
    browser.get(address)  # what is read once in a process
    with count_queries() as two:
        browser.get(address)
    add(2, 22)
    with count_queries() as many:
        browser.get(address)
    assert len(many) == len(two)
