"""A built document as a Word file: real headings, real tables with marked header rows, the document's language."""

import io
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, time
from functools import singledispatch
from typing import Any

from docx import Document as new_word_file
from docx.document import Document as WordFile
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table as WordTable

from projects.rules.printable import printable
from reporting.documents.contents import (
    CoverClosing,
    CoverHeader,
    Fields,
    Narrative,
    PrintedCell,
    RiskMatrix,
    StatusMark,
    Table,
)
from reporting.documents.document import BuiltDocument, BuiltSection
from reporting.documents.marks import Run, runs_of
from reporting.documents.numbering import HANGS, Numbering
from reporting.documents.workbook import EPOCH, undated

LONGEST_PROPERTY = 255
BLUE = RGBColor(0x12, 0x43, 0x6D)  # of links: 10 to 1 on white
BLACK = RGBColor(0x0B, 0x0C, 0x0C)


def draw_docx(built: BuiltDocument) -> bytes:
    """The document as .docx, the same bytes for the same built document."""
    built = _printable(built)
    word = new_word_file()
    word.numbering = Numbering(word)
    _set_up(word, built)
    word.add_paragraph(built.title, style="Title")
    facts = (built.subtitle, built.organisation_name, built.masthead.as_at)
    marks = (built.masthead.tier, built.masthead.appendix, built.masthead.marking)
    for line in (" · ".join(filter(None, facts)), built.masthead.stands_as, " · ".join(filter(None, marks))):
        if line:
            word.add_paragraph(line)
    for section in built.sections:
        word.numbering.heading(word.add_heading(level=section.level - 1), section.title)
        _draw(section.content, word, section)
    if built.masthead.footer:
        word.add_paragraph(built.masthead.footer)
    saved = io.BytesIO()
    word.save(saved)
    return undated(saved.getvalue())


def is_word_drawn(built: BuiltDocument) -> bool:
    """Whether a Word file can hold all of the document: those for committees to edit are made so."""
    others = _draw.dispatch(object)
    return all(_draw.dispatch(type(section.content)) is not others for section in built.sections)


def _printable(thing: Any) -> Any:
    """The same, its words without the signs that no Word file can hold."""
    if isinstance(thing, str):
        return printable(thing)
    if isinstance(thing, tuple):
        return tuple(_printable(each) for each in thing)
    if isinstance(thing, Mapping):
        return {key: _printable(value) for key, value in thing.items()}
    if is_dataclass(thing):
        return replace(thing, **{field.name: _printable(getattr(thing, field.name)) for field in fields(thing)})
    return thing


def _set_up(word: WordFile, built: BuiltDocument) -> None:
    """Title, language, type face, paper and page numbers."""
    properties = word.core_properties
    properties.title, properties.subject = built.title[:LONGEST_PROPERTY], built.subtitle[:LONGEST_PROPERTY]
    properties.author, properties.language = built.organisation_name, built.language
    properties.comments, properties.last_modified_by, properties.revision = "", built.organisation_name, 1
    made_at = datetime.combine(built.masthead.made_on, time()) if built.masthead.made_on else EPOCH
    properties.created = properties.modified = made_at
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "Caption"):
        style = word.styles[name]
        style.font.name = "Arial"
        style.font.color.rgb = BLACK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
    word.styles["Normal"].font.size = Pt(12)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), built.language)
    for existing in word.styles.element.iter(qn("w:lang")):
        existing.set(qn("w:val"), built.language)
    word.styles["Normal"].element.get_or_add_rPr().append(language)
    page = word.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    if built.landscape:
        page.orientation = WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = page.page_height, page.page_width
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2)
    header_words = " · ".join(filter(None, (built.title, built.masthead.appendix)))
    page.header.paragraphs[0].text = header_words
    foot = page.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if built.masthead.marking:
        foot.add_run(f"{built.masthead.marking} · ")
    foot.add_run("Page ")
    _add_field(foot, "PAGE")
    foot.add_run(" of ")
    _add_field(foot, "NUMPAGES")


def _add_field(paragraph, instruction: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    paragraph._p.append(field)


@singledispatch
def _draw(content: Any, word: WordFile, section: BuiltSection) -> None:
    raise TypeError(f"A Word file cannot hold {type(content).__name__} of section {section.title!r}.")


@_draw.register
def _(content: Table, word: WordFile, section: BuiltSection) -> None:
    if content.caption:
        word.add_paragraph(content.caption, style="Caption")
    if not content.rows:
        word.add_paragraph(content.empty)
    else:
        groups = content.group_headings
        head_rows = 2 if groups else 1
        table = _new_table(
            word, content.caption or section.title, head_rows + len(content.printed_rows), content.columns
        )
        position = 0
        for group in groups:
            _write(table.rows[0].cells[position], group.label, bold=True)
            if group.span > 1:
                table.cell(0, position).merge(table.cell(0, position + group.span - 1))
            position += group.span
        for cell, column in zip(table.rows[head_rows - 1].cells, content.columns, strict=True):
            _write(cell, column.label, bold=True)
        for row in table.rows[:head_rows]:
            _repeat_as_header(row)
        for word_row, row in zip(list(table.rows)[head_rows:], content.printed_rows, strict=True):
            for word_cell, cell in zip(word_row.cells, row.cells, strict=True):
                _write(
                    word_cell,
                    cell.text,
                    bold=row.is_total or cell.column.header or cell.status is not None,
                    right=_is_figure(cell),
                )
    for note in content.notes:
        word.add_paragraph(note)


@_draw.register
def _(content: Fields, word: WordFile, section: BuiltSection) -> None:
    if content.caption:
        word.add_paragraph(content.caption, style="Caption")
    _pairs(word, content.caption or section.title, [(row.label, row.text) for row in content.rows])
    for note in (*(row.note for row in content.rows if row.note), *content.notes):
        word.add_paragraph(note)


@_draw.register
def _(content: Narrative, word: WordFile, section: BuiltSection) -> None:
    if not content.passages:
        word.add_paragraph(content.empty)
    for passage in content.passages:
        if passage.heading:
            word.add_heading(passage.heading, level=section.level)
        for paragraph in passage.paragraphs:
            if paragraph.text:
                printed = word.add_paragraph()
                if paragraph.number:
                    word.numbering.paragraph(printed, paragraph.number)
                elif paragraph.goes_on:
                    printed.paragraph_format.left_indent = HANGS
                _say(printed, paragraph.text, is_marked=paragraph.is_marked)
            for bullet in paragraph.bullets:
                _say(word.add_paragraph(style="List Bullet"), bullet, is_marked=paragraph.is_marked)
        for table in passage.tables:
            _draw(table, word, section)


def _say(paragraph, text: str, *, is_marked: bool) -> None:
    """Put words into a paragraph, bold and italic as they are marked, links as links."""
    for run in runs_of(text) if is_marked else [Run(text)]:
        said = paragraph.add_run(run.text)
        said.bold, said.italic = run.is_bold or None, run.is_italic or None
        if run.address:
            said.underline, said.font.color.rgb = True, BLUE
            link = OxmlElement("w:hyperlink")
            link.set(qn("r:id"), paragraph.part.relate_to(run.address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
            said._r.addprevious(link)
            link.append(said._r)


@_draw.register
def _(content: RiskMatrix, word: WordFile, section: BuiltSection) -> None:
    for table in content.tables:
        _draw(table, word, section)
    if content.unplaced:
        word.add_paragraph(f"Known by band only, so not placed: {', '.join(content.unplaced)}.")


@_draw.register
def _(content: CoverHeader, word: WordFile, section: BuiltSection) -> None:
    pairs = [
        ("Report to", content.report_to),
        ("Meeting", content.meeting_text),
        ("Report from", content.report_from),
        ("Subject", content.subject),
        *content.more,
    ]
    _pairs(word, section.title, [(label, text) for label, text in pairs if text])


@_draw.register
def _(content: CoverClosing, word: WordFile, section: BuiltSection) -> None:
    if content.declaration:
        word.add_paragraph(content.declaration)
    if content.signature_label:
        word.add_paragraph(f"{content.signature_label}:")
        word.add_paragraph()
        word.add_paragraph(content.signatory_post)
    word.add_heading("Background papers", level=section.level)
    for paper in content.background_papers or ("None.",):
        word.add_paragraph(paper)
    if content.contact:
        word.add_heading("Further information", level=section.level)
        word.add_paragraph(content.contact)
    if content.accessible_formats:
        word.add_paragraph(content.accessible_formats)


def _pairs(word: WordFile, description: str, pairs: list[tuple[str, str]]) -> None:
    """Labels and values as a table of two columns; its first row is no header, so none is marked."""
    table = _new_table(word, description, len(pairs), (None, None))
    for row, (label, text) in zip(table.rows, pairs, strict=True):
        _write(row.cells[0], label, bold=True)
        _write(row.cells[1], text)


def _new_table(word: WordFile, description: str, rows: int, columns: tuple) -> WordTable:
    """An empty table with lines round its cells and `description` as its alternative text."""
    table = word.add_table(rows=rows, cols=len(columns), style="Table Grid")
    for tag in ("w:tblCaption", "w:tblDescription"):
        described = OxmlElement(tag)
        described.set(qn("w:val"), description)
        table._tbl.tblPr.append(described)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    return table


def _repeat_as_header(row) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _write(cell, text: str, bold: bool = False, right: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.bold = bold or None
    run.font.size = Pt(10)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _is_figure(cell: PrintedCell) -> bool:
    return cell.column.is_figure and not isinstance(cell.status, StatusMark)
