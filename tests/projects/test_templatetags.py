"""What the shared template tags print: figures, dates, statuses, links, fields and the list of errors."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from projects.templatetags import portal


@dataclass(frozen=True)
class Status:
    label: str = "AMBER"
    shape: str = "triangle"
    colour: str = "amber"
    kind: str = "at_risk"


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        # Homelessness and ICT appendices, July 2019
        (Decimal("601400"), "£601,400"),
        (Decimal("-7342"), "-£7,342"),
        (Decimal("44977.50"), "£44,978"),
        (Decimal("44977.49"), "£44,977"),
        (Decimal("0"), "£0"),
        (Decimal("-0.40"), "£0"),
        (999, "£999"),
        (1000, "£1,000"),
    ],
)
def test_money_prints_whole_pounds(value, printed):
    assert portal.money(value) == printed


def test_money_with_pence():
    assert portal.money(Decimal("44978.5"), pence=True) == "£44,978.50"


@pytest.mark.parametrize(
    ("value", "printed"),
    [(Decimal("601400"), "601"), (Decimal("-7342"), "-7"), (Decimal("499.99"), "0"), (Decimal("500"), "1"), (0, "0")],
)
def test_thousands(value, printed):
    assert portal.thousands(value) == printed


@pytest.mark.parametrize(
    ("value", "places", "printed"),
    [(Decimal("-1.22"), 0, "-1%"), (Decimal("92.86"), 0, "93%"), (Decimal("92.86"), 1, "92.9%")],
)
def test_percent_takes_per_cent(value, places, printed):
    assert portal.percent(value, places) == printed


@pytest.mark.parametrize("tag", [portal.money, portal.thousands, portal.percent])
def test_an_absent_figure_is_a_dash_that_is_read_out_and_never_a_nought(tag):
    assert strip_tags(tag(None)) == "–not reported"
    assert tag(0) != tag(None)


def test_day_in_words():
    assert portal.day(datetime.date(2019, 7, 10)) == "10 July 2019"
    assert strip_tags(portal.day(None)) == "–no date"


def test_a_written_date_prints_its_own_words():
    on = datetime.date(2020, 3, 31)
    assert portal.written("Mar-20 ongoing", on) == "Mar-20 ongoing"
    assert strip_tags(portal.written("Mar-20 ongoing", on, reading=True)) == "Mar-20 ongoing (read as 31 March 2020)"
    assert portal.written("", on) == "31 March 2020"
    assert strip_tags(portal.written("monthly monitoring", None, reading=True)) == "monthly monitoring"


def test_a_status_is_words_and_shape_and_colour():
    drawn = portal.status_tag(Status())
    assert "status--amber" in drawn
    assert "<svg" in drawn
    assert strip_tags(drawn.split("</svg>")[1]).strip() == "AMBER"


def test_no_status_is_not_rated_and_never_green():
    drawn = portal.status_tag(None)
    assert "Not rated" in drawn
    assert "status--grey" in drawn
    assert "green" not in drawn


def test_a_status_of_an_unknown_colour_is_grey_and_escapes_its_label():
    drawn = portal.status_tag(Status(label="<b>x</b>", colour='"><script>', kind="invented"))
    assert "status--grey" in drawn
    assert "<script>" not in drawn
    assert "<b>" not in drawn


def test_a_pair_says_which_period_is_which():
    words = strip_tags(portal.status_pair(None, Status()))
    assert words.index("Last period:") < words.index("Not rated") < words.index("This period:") < words.rindex("AMBER")


def test_direction_of_travel_prints_the_words_given():
    assert strip_tags(portal.direction_of_travel("improving", "Ahead of Target")).endswith("Ahead of Target")
    assert strip_tags(portal.direction_of_travel(None)) == "–not known"


@pytest.mark.parametrize("shape", ["circle", "triangle", "diamond", "square", "octagon", "tick", "bar", "ring", "dash"])
def test_every_shape_differs_and_carries_a_title(shape):
    drawn = {
        s: render_to_string("components/status_shape.html", {"shape": s, "label": "L"})
        for s in (shape, "circle", "ring")
    }
    assert "<title>L</title>" in drawn[shape]
    assert len(set(drawn.values())) == len(drawn)


def test_query_string_changes_one_thing_and_forgets_the_page():
    query = QueryDict("status=red&tier=GOLD&page=7")
    assert portal.query_string(query, status=None) == "?tier=GOLD"
    assert portal.query_string(query, page=8) == "?status=red&tier=GOLD&page=8"
    assert portal.query_string(None) == "?"
    assert query.urlencode() == "status=red&tier=GOLD&page=7"


@pytest.mark.parametrize(
    ("now", "order", "next_order"),
    [("", None, "title"), ("title", "ascending", "-title"), ("-title", "descending", "title")],
)
def test_sort_header_turns_the_order_round(now, order, next_order):
    drawn = portal.sort_header(QueryDict(f"sort={now}&page=3"), "title", "Project")
    assert (f'aria-sort="{order}"' in drawn) if order else ("aria-sort" not in drawn)
    assert f'href="?sort={next_order}"' in drawn


class Sample(forms.Form):
    title = forms.CharField(label="Title", help_text="As printed.")
    stage = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    boards = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.CheckboxSelectMultiple, required=False)
    sure = forms.BooleanField(label="Sure", help_text="Quite.")
    words = forms.CharField(widget=forms.Textarea(attrs={"class": "tall"}), required=False)
    due = forms.DateField(widget=forms.SelectDateWidget(years=[2026]), required=False)
    workbook = forms.FileField(required=False, help_text="xlsx")
    ticket = forms.CharField(widget=forms.HiddenInput)


class Ids(HTMLParser):
    """Collects ids, and what aria-describedby, for and in-page links point at."""

    def __init__(self):
        super().__init__()
        self.ids, self.pointed_at = [], []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        self.pointed_at += attrs.get("aria-describedby", "").split()
        if attrs.get("for"):
            self.pointed_at.append(attrs["for"])
        if attrs.get("href", "").startswith("#"):
            self.pointed_at.append(attrs["href"][1:])


def test_every_label_description_and_error_link_leads_to_something():
    form = Sample({})
    page = portal.error_summary(form) + "".join(
        portal.field(bound, was="Earlier answer" if bound.name in ("title", "stage", "sure") else None)
        for bound in form
    )
    found = Ids()
    found.feed(page)
    assert set(found.pointed_at) <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))
    assert {"id_title", "id_stage_0", "id_sure", "id_title-error", "id_title-was", "id_title-hint"} <= set(
        found.pointed_at
    )


def test_an_error_stands_beside_its_field_and_marks_the_box():
    drawn = portal.field(Sample({})["title"])
    assert "field--error" in drawn
    assert 'aria-invalid="true"' in drawn
    assert "This field is required." in drawn


def test_a_field_that_differs_from_last_period_says_both():
    words = strip_tags(portal.field(Sample()["title"], was="Roof survey", changed=True))
    assert "Changed" in words
    assert "Last period: Roof survey" in words


def test_a_widget_keeps_its_own_class_and_optional_is_said():
    drawn = portal.field(Sample()["words"], width="full")
    assert 'class="tall textarea input--full"' in drawn
    assert "(optional)" in drawn
    assert "(optional)" not in portal.field(Sample()["words"], mark_optional=False)


def test_a_hidden_field_is_only_its_box():
    assert strip_tags(portal.field(Sample()["ticket"])) == ""


def test_error_summary_names_field_and_row():
    rows = forms.formset_factory(Sample, extra=0)(
        {
            "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "1",
            "form-0-stage": "a",
            "form-0-sure": "on",
            "form-0-ticket": "1",
        }
    )
    drawn = portal.error_summary(rows)
    assert '<a href="#id_form-0-title">Row 1: Title: This field is required.</a>' in drawn


def test_nothing_wrong_prints_no_summary():
    assert portal.error_summary(Sample(), None) == ""
