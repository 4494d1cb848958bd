"""A layout: where a kind of workbook keeps what, as data that can be saved, sent and changed without code.

A layout names sheets; a sheet has blocks; a block is found by its heading, never by a fixed cell. Headings and labels
are compared without regard to case, spaces, dashes and punctuation; in a spelling `*` stands for any words and `#`
for a number, which is kept where the field names a `capture`. Kinds of block:

fields     label and value pairs; the value is the first filled cell to the right of the label
table      a header of one or more rows, then a row a record; without headings it is found by its header
list       one value a row
text       all the words below the heading
banner     words near the top of the sheet, before the first heading, told by their form alone
subject    a heading that names what the blocks below it are about, up to the next such heading
labelled   paragraphs that begin with a label and a colon; one without a label goes on with the one before
figures    figures by row and column, found by the words of its rows (two at least); every row and column is taken
pairs      a key and its words in each row, of the council's settings: compared with these, and never written
cells      a cell map: named cells at fixed places of a form. A field takes the cells whose names its labels spell, and
           where a label has `#` the numbers are rows of a table; a name that no field takes is kept as a named value

A workbook is about one thing (its values and tables fill that thing's report) unless it has subject blocks, or a
table whose record is `node` or whose rows are grouped by `node.title`: then each such heading or row, or group of
rows, is about a thing of its own. Where a block says which rows are `own`, such a row is about what the sheet itself
names, and so are the tables of all other sheets.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

FORMAT = 1
BUILT_IN = Path(__file__).parent / "layouts"

BLOCK_KINDS = ("fields", "table", "list", "text", "banner", "subject", "labelled", "figures", "pairs", "cells")
VALUE_TYPES = ("text", "integer", "money", "percent", "figure", "written_date", "status", "yes_no", "choice")
CELL_TYPES = ("text", "integer", "figure", "money", "percent", "written_date", "yes_no")  # of a map
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
A1 = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}")
NODE_TITLE = "node.title"
NAMED = "named.value"  # what a cell of a map holds that no field takes; the name follows an @
LEFT_OUT = "named.left_out"  # the field of a map that takes cells which are not to be kept
NODE = "node"  # the record of a table whose rows are each about a node of their own
DATE_RULES = ("must_be_a_date", "words_allowed", "anything")


class LayoutProblem(Exception):
    """The layout cannot be used; `sentences` say what is wrong, all of it."""

    def __init__(self, sentences: Iterable[str]):
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))


@dataclass(frozen=True)
class Field:
    """One value: a labelled one, a column of a table, or the values of a list, text or banner.

    `key` says where it goes ("risk.review"); `capture` takes the number that `#` stands for in the label (in a
    banner, the words of the last `*`). `bracket` takes the words of a bracket at the end, or a code in one anywhere,
    which then leave the value (in a banner, a stamp in square brackets at the end); a row whose
    words hold several codes ("Corporate (C001) / Schools (C002)") is as many
    rows, its figures parted by strokes. `choices` are spelling -> code.
    `date_rule`: must_be_a_date; words_allowed refuses only what looks like a date and is none; anything only warns.
    `repeats`: every column with such a heading is taken, each known by the words that `*` or `#` stand for in it.
    `either`: several columns may hold it, and the first that says something is taken. `millions`: figures are in £m.
    `withheld` are spellings of words that stand where a value is kept back ("Exempt under Section *").
    """

    key: str
    labels: tuple[str, ...] = ()
    type: str = "text"
    required: bool = False
    subject: str = ""
    choices: dict[str, str] = field(default_factory=dict)
    capture: str = ""
    bracket: str = ""
    thousands: bool = False
    millions: bool = False
    date_rule: str = "words_allowed"
    repeats: bool = False
    either: bool = False
    withheld: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sum:
    """What a figure of a row must come to: all of `parts`, less all of `less`; a blank one is nought."""

    total: str
    parts: tuple[str, ...]
    less: tuple[str, ...] = ()


@dataclass(frozen=True)
class Count:
    """What a row of counts counts for: the tally `key`, of which it is the total, or counts statuses of some `kinds`.

    A row that is neither is an "of which", in the tally's `column`. In a table of stated figures `key` is the figure's.
    """

    key: str
    labels: tuple[str, ...]
    is_total: bool = False
    kinds: tuple[str, ...] = ()
    column: str = ""


@dataclass(frozen=True)
class NamedCell:
    """A cell of a map: its name (the key that the form's owner gave it), where it stands, and what it should hold."""

    name: str
    cell: str
    type: str = "text"


@dataclass(frozen=True)
class Block:
    """A part of a sheet under a heading. `record` is the table its rows go to; `id` the column that names a row.

    Rows in which only a numeric `id` is filled are the blank rows of a template. `required_when` names a field of a
    banner or fields block and the values for which this block must be there ({"node.tier": ["gold"]}).
    `totals` are the words that mark a row of totals, and `sums` what figures of one row come to: both are control
    totals. `group` is a field that a row alone says for all rows below it ("Project: *"); with `group_ids`
    "letters" it is a row whose id has letters only. `heading_heads`: the heading stands in the first header row, above
    the first column, and is the group of all rows. `adds`: a row or heading of it may name something new.
    `unheaded` is the field of a column that has words and no heading. `own` are the spellings of the row that is about
    what the sheet itself names. `counts` are the rows of a table of counts, which stands in a `section` of the report.
    `says` is what all rows say without a column for it ({"plan_item.kind": "action"}). `cells` are those of a map.
    """

    key: str
    kind: str
    title: str
    fields: tuple[Field, ...]
    headings: tuple[str, ...] = ()
    required: bool = False
    required_when: dict[str, tuple[str, ...]] = field(default_factory=dict)
    record: str = ""
    id: str = ""
    header_rows: int = 1
    totals: tuple[str, ...] = ()
    sums: tuple[Sum, ...] = ()
    group: str = ""
    group_ids: str = ""
    heading_heads: bool = False
    within_rows: int = 3
    adds: bool = True
    unheaded: str = ""
    own: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()
    section: str = ""
    says: dict[str, str] = field(default_factory=dict)
    cells: tuple[NamedCell, ...] = ()

    @property
    def groups_are_nodes(self) -> bool:
        return self.group == NODE_TITLE


@dataclass(frozen=True)
class SheetLayout:
    """One sheet, told by its name, or else by the headings it holds. `repeats`: every sheet of this kind is taken.

    `by_title`: it is told by its name alone, as another sheet has the same headings. `aside` says why a sheet of that
    name is not taken at all.
    """

    key: str
    blocks: tuple[Block, ...] = ()
    titles: tuple[str, ...] = ()
    required: bool = True
    repeats: bool = False
    by_title: bool = False
    aside: str = ""


@dataclass(frozen=True)
class NeededSection:
    """A section that reports in this layout have. `options` are those of the template's section, such as its kind."""

    key: str
    title: str
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NeededStatus:
    """A status of the overall rating that reports in this layout use."""

    label: str
    code: str
    kind: str
    colour: str
    shape: str
    definition: str = ""
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Needs:
    """What a council must have before reports in this layout say all that it does; an import offers to make it.

    `template` names the report template with the sections, `scheme` the statuses of its overall rating and `cadence`
    how often such reports are made.
    """

    template: str
    cadence: str
    scheme: str
    sections: tuple[NeededSection, ...]
    statuses: tuple[NeededStatus, ...] = ()


@dataclass(frozen=True)
class Layout:
    """A kind of workbook. `colours`: for each status subject the word that a fill stands for.

    `documents` are the documents whose reports it fills (its own name where none is given) and `options` what a
    section of their template is set to where one document has several ({"benefits": "by_year"}). `makes` is the kind
    of node that is added for what is new, `makes_own` for what a sheet itself is about. `beneath` is the portfolio
    that all of it stands in, and `makes_parents` the kind of node that is added for a parent that the record lacks.
    `needs` is what a council must have for it.
    """

    name: str
    version: int
    title: str
    sheets: tuple[SheetLayout, ...]
    colours: dict[str, dict[str, str]] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)
    makes: str = "project"
    makes_own: str = "programme"
    makes_parents: str = ""
    beneath: str = ""
    needs: tuple[Needs, ...] = ()

    @property
    def fills(self) -> tuple[str, ...]:
        return self.documents or (self.name,)

    def blocks(self) -> Iterator[Block]:
        for sheet in self.sheets:
            yield from sheet.blocks


# Spellings ---------------------------------------------------------------------------------------------------------


NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


def squeeze(text: str) -> str:
    """The letters and digits of a heading alone: "Interdepend- encies" and "INTERDEPENDENCIES" are the same."""
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()
    return NOT_ALPHANUMERIC.sub("", plain.replace("&", " and ").replace("%", " percent "))


@cache
def _pattern(spelling: str) -> re.Pattern[str]:
    parts = re.split(r"([#*])", spelling)
    return re.compile("".join({"#": r"(\d+)", "*": ".*"}.get(part) or re.escape(squeeze(part)) for part in parts))


def match_spelling(text: str, spellings: Iterable[str]) -> re.Match[str] | None:
    """The match of the first spelling that the text is, None where it is none of them."""
    return match_squeezed(squeeze(text), spellings)


def match_squeezed(squeezed: str, spellings: Iterable[str]) -> re.Match[str] | None:
    """The same for a text already squeezed."""
    return next((found for spelling in spellings if (found := _pattern(spelling).fullmatch(squeezed))), None)


def words_behind(text: str, spellings: Iterable[str]) -> tuple[str, ...] | None:
    """The words, as written, that `*` and `#` stand for in the first spelling that the text is; None where it is none.

    Figures with a stroke or dash between them, such as 2018/19, are one `#`.
    """
    for spelling in spellings:
        if found := _raw_pattern(spelling).fullmatch(" ".join(text.split())):
            return tuple(words for group in found.groups() if (words := group.strip()))
    return None


@cache
def _raw_pattern(spelling: str) -> re.Pattern[str]:
    written = {"#": r"(\d+(?:[/–-]\d+)*)", "*": "(.*?)"}
    parts = []
    for part in re.split(r"([#*])", spelling):
        words = [re.escape(word) for word in re.findall(r"[^\W_]+", part)]
        parts.append(written.get(part) or (r"[\W_]*".join(["", *words, ""]) if part else ""))
    ending = r"[\W_]*" if spelling.endswith("#") else ""  # "Tranche 1:"
    return re.compile("".join([*parts, ending]), re.IGNORECASE)


def is_wild(spelling: str) -> bool:
    """Whether a spelling stands for more than one text."""
    return "*" in spelling or "#" in spelling


# To and from JSON --------------------------------------------------------------------------------------------------


def layout_from_dict(written: Any) -> Layout:
    """Build and check a layout. LayoutProblem lists everything that is wrong with it."""
    if not isinstance(written, dict):
        raise LayoutProblem(["A layout is an object with a name, a title and sheets."])
    if written.get("format") != FORMAT:
        raise LayoutProblem([f"The layout is of format {written.get('format')!r}; this portal reads format {FORMAT}."])
    problems: list[str] = []
    layout = _build(Layout, {key: value for key, value in written.items() if key != "format"}, "The layout", problems)
    if layout is not None:
        problems += _problems(layout)
    if problems:
        raise LayoutProblem(problems)
    return layout


def layout_to_dict(layout: Layout) -> dict[str, Any]:
    """The layout as plain JSON values, what stands at its default left out."""
    return {"format": FORMAT, **_plain(layout)}


def load_layout(path: Path) -> Layout:
    """Read one layout file."""
    try:
        return layout_from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise LayoutProblem([f"The file is not JSON: {error}."]) from error


@cache
def built_in_layouts() -> tuple[Layout, ...]:
    """The layouts that come with the portal, by name."""
    return tuple(load_layout(path) for path in sorted(BUILT_IN.glob("*.json")))


CHILDREN = {
    (Layout, "sheets"): SheetLayout,
    (SheetLayout, "blocks"): Block,
    (Block, "fields"): Field,
    (Block, "sums"): Sum,
    (Block, "counts"): Count,
    (Layout, "needs"): Needs,
    (Needs, "sections"): NeededSection,
    (Needs, "statuses"): NeededStatus,
    (Block, "cells"): NamedCell,
}
PARTS = (Layout, *dict.fromkeys(CHILDREN.values()))


def _plain(part: Any) -> Any:
    if isinstance(part, PARTS):
        return {
            one.name: _plain(value)
            for one in fields(part)
            if (value := getattr(part, one.name)) != one.default and (value not in ({}, ()) or _is_needed(one))
        }
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items()}
    return [_plain(value) for value in part] if isinstance(part, tuple) else part


def _is_needed(one: Any) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _build(sort: type, written: Any, where: str, problems: list[str]) -> Any:
    """A dataclass from a JSON object; None where a problem was added."""
    if not isinstance(written, dict):
        problems.append(f"{where} should be an object.")
        return None
    known = {one.name: one for one in fields(sort)}
    before = len(problems)
    problems += [f"{where} has an unknown entry “{name}”." for name in written if name not in known]
    problems += [f"{where} lacks “{name}”." for name, one in known.items() if name not in written and _is_needed(one)]
    values = {}
    for name, value in written.items():
        if name not in known:
            continue
        child = CHILDREN.get((sort, name))
        inside = f"{where}, {name}"
        if child and isinstance(value, list):
            values[name] = tuple(_build(child, one, f"{inside} {n}", problems) for n, one in enumerate(value, start=1))
        elif child:
            problems.append(f"{inside} should be a list.")
        else:
            values[name] = _checked(value, _type_name(known[name].type), inside, problems)
    return sort(**values) if len(problems) == before else None


def _type_name(annotation: Any) -> str:
    return (
        annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else str(annotation)
    )


def _checked(value: Any, annotation: str, where: str, problems: list[str]) -> Any:
    """One plain entry, held against the type that the dataclass gives it."""
    if annotation == "tuple[str, ...]":
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        problems.append(f"{where} should be a list of words.")
    elif annotation.startswith("dict"):
        inner = annotation[len("dict[str, ") : -1]
        if isinstance(value, dict):
            return {key: _checked(one, inner, f"{where} {key}", problems) for key, one in value.items()}
        problems.append(f"{where} should be an object.")
    else:
        wanted, words = {"str": (str, "words"), "int": (int, "a whole number"), "bool": (bool, "true or false")}[
            annotation
        ]
        if type(value) is wanted:
            return value
        problems.append(f"{where} should be {words}.")
    return None


def _problems(layout: Layout) -> list[str]:
    """What a well-formed layout may still get wrong."""
    said = []
    keys = [one.key for block in layout.blocks() for one in block.fields]
    # rows that are each about a thing of their own may say the same of it in two tables
    single = [
        one.key
        for block in layout.blocks()
        if block.record != NODE
        for one in block.fields
        if one.key != block.group and not (block.kind == "cells" and may_repeat(one))
    ]
    if not NAME.fullmatch(layout.name):
        said.append("The layout's name should be small letters, digits and single hyphens.")
    if not layout.sheets:
        said.append("The layout has no sheets.")
    for name, found in (
        ("sheet", [s.key for s in layout.sheets]),
        ("block", [b.key for b in layout.blocks()]),
        ("field", single),
        ("cell", [one.name for block in layout.blocks() for one in block.cells]),
    ):
        said += [f"Two {name}s are called “{key}”." for key in sorted({key for key in found if found.count(key) > 1})]
    if len(layout.needs) > 1:
        said.append("The layout needs more than one template; it may need one.")
    said += [f"Sheet “{one.key}” has no blocks." for one in layout.sheets if not one.blocks and not one.aside]
    for subject, colours in layout.colours.items():
        said += [
            f"Colour “{rgb}” of {subject} is not six hex digits."
            for rgb in colours
            if not re.fullmatch(r"[0-9A-F]{6}", rgb)
        ]
    for block in layout.blocks():
        said += _block_problems(block, keys)
    return said


def _block_problems(block: Block, keys: list[str]) -> list[str]:
    where = f"Block “{block.key}”"
    own = {one.key for one in block.fields}
    said = []
    if block.kind not in BLOCK_KINDS:
        return [f"{where} is of unknown kind “{block.kind}”; there are {', '.join(BLOCK_KINDS)}."]
    if block.kind == "cells":
        said += _cell_problems(block, where)
    elif block.cells:
        said.append(f"{where} names cells and is no cell map.")
    elif not block.fields:
        said.append(f"{where} has no fields.")
    if block.kind not in ("table", "banner", "labelled", "figures", "cells") and not block.headings:
        said.append(f"{where} has no heading to be found by.")
    if block.kind in ("table", "list", "figures") and not block.record:
        said.append(f"{where} does not say which table its rows go to (record).")
    if block.kind in ("text", "list", "figures") and len(block.fields) != 1:
        said.append(f"{where} is a {block.kind} and takes exactly one field.")
    if block.kind == "pairs" and len(block.fields) != 2:
        said.append(f"{where} is of pairs and takes exactly two fields.")
    if block.header_rows < 1:
        said.append(f"{where} needs at least one header row.")
    for name, key in (
        ("names rows by", block.id),
        ("groups rows by", block.group),
        ("has without heading", block.unheaded),
    ):
        if key and key not in own:
            said.append(f"{where} {name} “{key}”, which is none of its fields.")
    said += [
        f"{where} adds up “{key}”, which is none of its fields."
        for one in block.sums
        for key in (one.total, *one.parts, *one.less)
        if key not in own
    ]
    said += [f"{where} is required by “{key}”, which no field has." for key in block.required_when if key not in keys]
    for spelling in (
        *block.headings,
        *(label for one in block.fields if one.key != block.group for label in one.labels),
        *(label for one in block.counts for label in one.labels),
    ):
        if not squeeze(spelling.replace("#", "").replace("*", "")):
            said.append(f"{where} has a heading or label without a letter or digit: “{spelling}”.")
    for one in block.fields:
        said += _field_problems(one, f"{where}, field “{one.key}”,", block)
    return said


def _cell_problems(block: Block, where: str) -> list[str]:
    said = [] if block.cells else [f"{where} is a cell map and names no cells."]
    for place, one in enumerate(block.cells, start=1):
        what = f"{where}, cell {place} (“{one.name}”),"
        if not squeeze(one.name):
            said.append(f"{what} needs a name with a letter or digit.")
        if not A1.fullmatch(one.cell):
            said.append(f"{what} stands at “{one.cell}”, which is no address such as C11.")
        if one.type not in CELL_TYPES:
            said.append(f"{what} is of unknown type “{one.type}”; there are {', '.join(CELL_TYPES)}.")
    return said


def is_numbered(one: Field) -> bool:
    """Whether the cells of a map that a field takes are numbered, and so are rows of a table."""
    return any("#" in label for label in one.labels)


def may_repeat(one: Field) -> bool:
    """Whether a field of a map may take more than one cell."""
    return is_numbered(one) or one.key == LEFT_OUT


def _field_problems(one: Field, where: str, block: Block) -> list[str]:
    said = []
    if not re.fullmatch(r"[a-z_]+\.[a-z_]+", one.key):
        said.append(f"{where} should have a key such as risk.review.")
    if one.type not in VALUE_TYPES:
        said.append(f"{where} is of unknown type “{one.type}”; there are {', '.join(VALUE_TYPES)}.")
    if one.date_rule not in DATE_RULES:
        said.append(f"{where} has an unknown date rule “{one.date_rule}”; there are {', '.join(DATE_RULES)}.")
    if block.kind in ("fields", "table", "labelled", "figures", "cells") and not one.labels:
        said.append(f"{where} has no label to be found by.")
    if block.kind == "banner" and not (one.labels or one.choices):
        said.append(f"{where} has neither labels nor choices to be told by.")
    if one.type == "status" and not one.subject:
        said.append(f"{where} is a status and does not say of what (subject).")
    if one.type == "choice" and not one.choices:
        said.append(f"{where} is a choice and has no choices.")
    spellings = (*one.labels, *block.headings) if block.kind == "subject" else one.labels
    if one.capture and not any("#" in label or label.count("*") > 1 for label in spellings):
        said.append(f"{where} captures a figure and no label has # in it.")
    if one.repeats and not all(is_wild(label) for label in one.labels):
        said.append(f"{where} repeats and a label of it has neither # nor * to tell its columns apart by.")
    return said
