"""Numbers of paragraphs and headings as Word's own lists: who adds a paragraph in Word gets the next number.

The numbers that a document prints say which list a paragraph is of; one that does not go on from the number before it
begins a list of its own there, so that Word prints what the page and the PDF print.
"""

import re

from docx.document import Document as WordFile
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.text.paragraph import Paragraph

NUMBER = re.compile(r"(.*?)(\d+)(\D*)")
NUMBERED_HEADING = re.compile(r"(\d+) (.+)")
HANGS = Cm(1.25)


class Numbering:
    """The numbered lists of one Word file."""

    def __init__(self, word: WordFile):
        self._part = word.part.numbering_part.element
        self._lists: dict[tuple[str, str], tuple[int, int]] = {}  # (before, after) the figure: list, last figure
        self._outline: int | None = None
        self._section = self._paragraph = 0

    def heading(self, paragraph: Paragraph, title: str) -> None:
        """Write a section's title; "5 Resources" after the fourth is the fifth of the numbered headings."""
        numbered = NUMBERED_HEADING.fullmatch(title)
        if numbered and int(numbered[1]) == self._section + 1:
            if self._outline is None:
                self._outline = self._new_list("%1", "%1.%2")
            self._section, self._paragraph = self._section + 1, 0
            _put_in(paragraph, self._outline, 0)
            title = numbered[2]
        paragraph.add_run(title)

    def paragraph(self, paragraph: Paragraph, number: str) -> None:
        """Number a paragraph as it is printed: "5.1", "12.", "1)"."""
        if self._outline is not None and number == f"{self._section}.{self._paragraph + 1}":
            self._paragraph += 1
            _put_in(paragraph, self._outline, 1)
            return
        figure = NUMBER.fullmatch(number)
        if figure is None:
            paragraph.add_run(f"{number}\t")
            return
        before, this, after = figure[1], int(figure[2]), figure[3]
        known, last = self._lists.get((before, after), (0, 0))
        if not known or this != last + 1:
            known = self._new_list(f"{before}%1{after}", begins=this)
        self._lists[before, after] = known, this
        _put_in(paragraph, known, 0)

    def _new_list(self, *levels: str, begins: int = 1) -> int:
        """A list whose levels print their numbers so; its number in the file."""
        number = 1 + max(int(each.get(qn("w:abstractNumId"))) for each in self._part.findall(qn("w:abstractNum")))
        abstract = _element("w:abstractNum", abstractNumId=number)
        abstract.append(_element("w:multiLevelType", val="multilevel" if len(levels) > 1 else "singleLevel"))
        for place, words in enumerate(levels):
            level = _element("w:lvl", ilvl=place)
            level.append(_element("w:start", val=1 if place else begins))
            level.append(_element("w:numFmt", val="decimal"))
            level.append(_element("w:lvlText", val=words))
            level.append(_element("w:lvlJc", val="left"))
            looks = OxmlElement("w:pPr")
            looks.append(_element("w:ind", left=HANGS.twips, hanging=HANGS.twips))
            level.append(looks)
            abstract.append(level)
        self._part.findall(qn("w:abstractNum"))[-1].addnext(abstract)
        return self._part.add_num(number).numId


def _put_in(paragraph: Paragraph, number: int, level: int) -> None:
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = level
    properties.get_or_add_numId().val = number


def _element(tag: str, **values):
    element = OxmlElement(tag)
    for name, value in values.items():
        element.set(qn(f"w:{name}"), str(value))
    return element
