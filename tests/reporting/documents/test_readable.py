"""Documents are read in the order of the page, in greys, and without seeing any colour at all."""

import io
import re

import pikepdf
import pypdfium2
import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from projects.loading import read_fixture
from reporting.documents import charts
from reporting.documents.html import render_kept_html
from reporting.documents.parsing import parsed
from reporting.documents.pdf import printed_html
from reporting.documents.render import render_pdf
from tests.reporting.documents import samples
from tests.reporting.documents.pdfua import elements

TEXT, SHAPES = 4.5, 3  # WCAG 1.4.3 and 1.4.11
PAPER = "#ffffff"
SVG = "{http://www.w3.org/2000/svg}svg"


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def rules_of(*names):
    """(selector, {property: value}) of every rule of the style sheets."""
    for name in names:
        with open(finders.find(f"css/{name}.css")) as file:
            words = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)
        for selector, said in re.findall(r"([^{};]+)\{([^{}]*)\}", words):
            yield selector.strip(), dict(re.findall(r"([\w-]+)\s*:\s*([^;]+?)\s*(?:;|$)", said))


def colour_in(value: str) -> str:
    found = re.search(r"#[0-9a-f]{3,6}\b", value or "")
    return found[0] if found else ""


def test_the_measure_of_contrast_is_the_one_of_wcag():
    assert round(contrast("#000", "#ffffff"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


def test_words_stand_out_from_their_ground_on_screen_and_on_paper():
    """Every colour of text of the style sheets against the ground of its own rule, else against paper."""
    checked, faint = 0, []
    for selector, said in rules_of("status", "document", "pdf", "kept", "prose"):
        words = colour_in(said.get("color", ""))
        if words and "status-shape" not in selector:
            ground = colour_in(said.get("background", said.get("background-color", ""))) or PAPER
            checked += 1
            if contrast(words, ground) < TEXT:
                faint.append((selector, words, ground))
    assert faint == []
    assert checked > 15


def test_every_status_is_seen_by_its_shape_and_border_too():
    grounds = {
        selector: said
        for selector, said in rules_of("status")
        if re.fullmatch(r"\.status--\w+", selector) and "background" in said
    }
    shapes = {
        name: colour_in(said["color"])
        for selector, said in rules_of("status")
        for name in re.findall(r"\.status--(\w+) \.status-shape", selector)
    }
    assert set(shapes) == {"green", "amber", "yellow", "red", "blue", "purple", "grey"}
    for name, ink in shapes.items():
        said = grounds[f".status--{name}"]
        assert contrast(ink, colour_in(said["background"])) >= SHAPES, name
        assert contrast(colour_in(said["border-color"]), PAPER) >= SHAPES, name
        assert contrast(colour_in(said["color"]), colour_in(said["background"])) >= TEXT, name


def test_words_in_charts_stand_out_from_what_they_are_written_on():
    """In parts of bars words are black; names of lines are written in the colour of their line, on paper."""
    assert [tint for tint in charts.TINTS.values() if contrast("#0b0c0c", tint) < TEXT] == []
    assert [ink for ink in charts.INKS if contrast(ink, PAPER) < TEXT] == []


@pytest.mark.parametrize("sample", samples.ALL, ids=lambda sample: sample.__name__)
def test_a_status_is_said_in_words_and_drawn_as_a_shape(sample):
    for html in (printed_html(sample()), render_kept_html(sample())):
        for tag in re.findall(r'<strong class="status [^>]*>.*?</strong>', html, flags=re.DOTALL):
            shape, _, words = tag.partition("</svg>")
            assert "<svg" in shape
            assert re.sub(r"<[^>]+>", "", words).strip(), tag


@pytest.mark.parametrize("council", read_fixture("demonstration")["councils"])
def test_no_two_statuses_of_a_scheme_are_alike_but_for_their_colour(council):
    for scheme in read_fixture(council).get("status_schemes", ()):
        told = [(status["label"].lower(), status.get("kind")) for status in scheme["statuses"]]
        assert len({label for label, _ in told}) == len(told), scheme["name"]
        assert all(label for label, _ in told)


def test_statuses_are_read_in_greys():
    """Drawn without colour, the words of every status are dark enough on their ground."""
    pdf = pypdfium2.PdfDocument(render_pdf(samples.homelessness()))
    seen = 0
    for page in pdf:
        words = page.get_textpage()
        picture = page.render(scale=4, grayscale=True).to_pil().convert("L")
        for label in ("AMBER", "GREEN", "Complete"):
            search = words.search(label, match_case=True)
            while found := search.get_next():
                start, many = found
                boxes = [words.get_charbox(place) for place in range(start, start + many)]
                left, bottom = min(box[0] for box in boxes), min(box[1] for box in boxes)
                right, top = max(box[2] for box in boxes), max(box[3] for box in boxes)
                height = page.get_height()
                near = picture.crop([int(4 * each) for each in (left, height - top, right, height - bottom)])
                darkest, lightest = near.getextrema()
                assert (
                    contrast(
                        f"#{darkest:02x}{darkest:02x}{darkest:02x}", f"#{lightest:02x}{lightest:02x}{lightest:02x}"
                    )
                    >= TEXT
                ), label
                seen += 1
    pdf.close()
    assert seen > 3


# ---- tables and reading order ----


@pytest.mark.parametrize("sample", samples.ALL, ids=lambda sample: sample.__name__)
@pytest.mark.parametrize("medium", ["page", "kept", "pdf"])
def test_headers_of_tables_carry_their_scope(sample, medium):
    html = render_to_string("reporting/drawn.html", {"built": sample(), "medium": medium})
    tables = list(parsed(f"<html><body>{html}</body></html>").iter("table"))
    assert tables or sample is samples.cover_report
    for table in tables:
        assert all(header.get("scope") in ("col", "row", "colgroup", "rowgroup") for header in table.iter("th"))
        assert table.find("caption") is not None or table.get("aria-labelledby") or table.get("aria-label")


def words_in(element) -> str:
    if element.tag == SVG:
        return element.tail or ""
    inner = (element.text or "") + "".join(words_in(kid) for kid in element)
    return inner + (element.tail or "")


def words_by_structure(pdf: bytes) -> str:
    """What a screen reader says of the file: its tags from the first to the last, pictures left out."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        said = {(page.obj.objgen, mark): words for page in opened.pages for mark, words in _marked(page)}
        found = []
        for element in elements(opened.Root.StructTreeRoot):
            marks = [kid for kid in element.get("/K", ()) if isinstance(kid, int)]
            if str(element.S) not in ("/Figure", "/Lbl"):
                found += [said.get((element.Pg.objgen, int(mark)), "") for mark in marks]
        return "".join(found)


def _marked(page):
    letters = {
        name: {
            int(glyph, 16): bytes.fromhex(word.decode()).decode("utf-16-be")
            for glyph, word in re.findall(rb"<([0-9a-f]+)> <([0-9a-f]+)>", font.ToUnicode.read_bytes())
        }
        for name, font in page.Resources.Font.items()
    }
    mark, font, words, open_marks = None, {}, "", []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BDC", "BMC"):
            about = operands[1] if name == "BDC" else {}
            open_marks.append(
                int(about["/MCID"]) if isinstance(about, pikepdf.Dictionary) and "/MCID" in about else None
            )
            mark, words = open_marks[-1], ""
        elif name == "EMC":
            if (closed := open_marks.pop()) is not None:
                yield closed, words
        elif name == "Tf":
            font = letters[str(operands[0])]
        elif name in ("Tj", "TJ") and mark is not None:
            for part in operands[0] if name == "TJ" else operands:
                if isinstance(part, pikepdf.String):
                    codes = bytes(part)
                    words += "".join(
                        font.get(int.from_bytes(codes[place : place + 2]), "") for place in range(0, len(codes), 2)
                    )


@pytest.mark.parametrize("sample", samples.ALL, ids=lambda sample: sample.__name__)
def test_the_file_is_read_in_the_order_of_the_page(sample):
    built = sample()
    page = "".join(words_in(parsed(printed_html(built)).find("body")).split())
    said = words_by_structure(render_pdf(built)).replace("\N{BULLET}", "")  # on the page drawn by the list, not written
    assert "".join(said.split()) == page
