"""What makes a PDF fail PDF/UA, or a page break the content security policy, is kept out of the templates."""

import re
from pathlib import Path

import pytest

from reporting.documents.render import render_html
from tests.reporting.documents import samples

FOLDER = Path(__file__).parents[3] / "templates" / "reporting"
TEMPLATES = sorted(FOLDER.rglob("*.html"))
# Drawn in PDFs; the others are pages only, where a list item may hold blocks.
DRAWN = [FOLDER / "print.html", FOLDER / "drawn.html", *(FOLDER / "sections").glob("*.html")]
BLOCK_IN_ITEM = "a block inside a list item"
BLOCKS = r"<(p|div|table|ul|ol|h[1-6]|section|dl|blockquote)\b"


def faults(markup: str) -> list[str]:
    pictures = re.findall(r"<svg.*?</svg>", markup, re.S)
    found = ["an inline SVG without a title" for each in pictures if not re.search(r"<title>\s*\S", each)]
    if re.search(r'alt=""', markup):
        found.append("a picture with an empty text alternative")
    if any(re.search(BLOCKS, item) for item in re.findall(r"<li\b.*?</li>", markup, re.S)):
        found.append(BLOCK_IN_ITEM)
    heads = re.findall(r"<thead.*?</thead>", markup, re.S)
    if any("rowspan" in head for head in heads):
        found.append("a table head with rowspan, which may not stand beside colspan")
    if any("scope=" not in header for header in re.findall(r"<th\b[^>]*>", markup)):
        found.append("a table header without scope")
    if re.search(r"\sstyle=|<style\b|<script\b|\son\w+=", markup):
        found.append("inline style or script")
    return found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.stem)
def test_templates_hold_no_traps(template):
    found = faults(template.read_text())
    if template not in DRAWN:
        found = [fault for fault in found if fault != BLOCK_IN_ITEM]
    assert found == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.stem)
def test_a_template_opens_with_the_context_it_needs(template):
    assert "Context:" in template.read_text()[:200]


@pytest.mark.parametrize(
    "trap",
    [
        "<svg><circle/></svg>",
        '<img src="a.png" alt="">',
        "<ul><li><p>Words</p></li></ul>",
        '<thead><tr><th scope="col" rowspan="2">A</th></tr></thead>',
        "<th>A</th>",
        '<p style="color: red">A</p>',
    ],
)
def test_the_lint_sees_each_trap(trap):
    assert len(faults(trap)) == 1


@pytest.mark.parametrize("sample", samples.ALL, ids=lambda sample: sample.__name__)
def test_pages_hold_no_traps_and_every_section(sample):
    built = sample()
    page = render_html(built)
    main = page[page.index('<div class="document') :]
    assert faults(main[: main.index("</main>")]) == []
    assert page.count("<h1") == 1
    for section in built.sections:
        assert f'id="{section.anchor}"' in page


def test_the_page_offers_the_files():
    page = render_html(samples.change_control(), downloads=[{"label": "PDF", "url": "/a.pdf"}])
    assert '<a href="/a.pdf">PDF</a>' in page
