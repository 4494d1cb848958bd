"""A parent's report is made from the reports below, and says what has overtaken it."""

from datetime import date

import pytest

from projects.actions.levels import children_of, overtaken_inputs
from projects.actions.reports import (
    approve_report,
    correct_report,
    open_draft,
    sections_of,
    start_series,
    submit_report,
)
from projects.actions.rows import add_row, change_row, remove_row, take_over_new
from projects.models import (
    Calendar,
    Dimension,
    DimensionRating,
    Node,
    NodeKind,
    Notice,
    PlanItemUpdate,
    Report,
    ReportInput,
    ReportTemplate,
    Status,
    StatusScheme,
    TemplateSection,
)
from projects.rules.dates import parse_written_date
from tests import factories

pytestmark = pytest.mark.django_db
JULY, AUGUST = date(2019, 7, 31), date(2019, 8, 31)


def programme_template(organisation):
    """Escalations, deviations and products, with an overall status proposed from the reports below."""
    template = ReportTemplate.objects.create(
        organisation=organisation, slug="programme", name="Programme report", document="project-dashboard"
    )
    keys = ("project-status", "escalations", "awareness", "deviations", "products-completed", "products-next")
    for order, key in enumerate(keys):
        TemplateSection.objects.create(
            organisation=organisation, template=template, key=key, title=key.capitalize(), order=order
        )
    Dimension.objects.create(
        organisation=organisation,
        template=template,
        key="status",
        label="Programme status",
        scheme=StatusScheme.objects.get(organisation=organisation, slug="rag"),
        section="project-status",
        is_overall=True,
        rule="children",
    )
    return template


@pytest.fixture
def programme(organisation):
    node = factories.project(organisation, slug="town", title="Town centre", with_series=False, kind=NodeKind.PROGRAMME)
    start_series(
        node,
        programme_template(organisation),
        Calendar.objects.filter(organisation=organisation).first(),
        by=factories.system_user(),
    )
    return node


@pytest.fixture
def library(organisation, programme):
    return factories.project(organisation, slug="library", title="New library", parent=programme)


@pytest.fixture
def baths(organisation, programme):
    return factories.project(organisation, slug="baths", title="Baths", parent=programme)


def status(node, kind, subject="overall"):
    return Status.objects.filter(organisation=node.organisation, scheme__subject=subject, kind=kind).first()


def rate(report, kind):
    """Choose the overall status, with a reason in case the rules say otherwise."""
    row = DimensionRating.objects.get(report=report, dimension__is_overall=True)
    scheme = row.dimension.scheme
    chosen = Status.objects.filter(scheme=scheme, kind=kind).first()
    return change_row(row, {"status": chosen, "chosen_because": "As the board sees it"}, by=factories.system_user())


def july(node):
    return factories.draft(node, factories.period(node.organisation, JULY))


def opened(programme, day=JULY):
    return open_draft(
        programme.headline_series, factories.period(programme.organisation, day), by=factories.system_user()
    )


def told(report):
    return sorted((row.kind, row.title, row.text, row.source_words) for row in Notice.objects.of(report).present())


def test_a_draft_opens_with_what_the_reports_below_say(programme, library, baths):
    report = july(library)
    late = status(library, "off_track", "milestone")
    factories.milestone(report, "Roof on", "15 July 2019", status=late)
    factories.milestone(report, "Doors open", "20 August 2019")
    factories.milestone(report, "Far away", "1 March 2021")
    done = factories.milestone(report, "Site bought", "1 June 2019")
    change_row(done, PlanItemUpdate.actual.values(parse_written_date("3 July 2019")), by=factories.system_user())
    add_row(report, Notice, by=factories.system_user(), kind="escalation", title="Contractor", text="May stop work.")
    child = factories.approved(library, report=report)
    parent = opened(programme)
    assert told(parent) == [
        ("deviation", "Roof on", "16 days past its date, 15 July 2019.", "New library"),
        ("escalation", "Contractor", "May stop work.", "New library"),
        ("product_done", "Site bought", "Completed 3 July 2019.", "New library"),
        ("product_next", "Doors open", "Due 20 August 2019.", "New library"),
    ]
    row = Notice.objects.of(parent).get(title="Roof on")
    assert (row.source, row.status, row.plan_item.title) == (child, late, "Roof on")
    assert [each.child for each in ReportInput.objects.filter(report=parent)] == [child]
    assert [(each.node, each.standing, each.is_late) for each in children_of(parent)] == [
        (library, child, False),
        (baths, None, True),
    ]


def test_children_are_aligned_by_date_and_nearest_reporting(programme, library):
    beneath = factories.project(library.organisation, slug="wing", title="West wing", parent=library)
    factories.approved(library, report=july(library))
    factories.approved(beneath, report=july(beneath))
    later = factories.approved(library, factories.period(library.organisation, AUGUST))
    assert [child.standing.as_at_on for child in children_of(opened(programme))] == [JULY]
    assert [child.standing for child in children_of(opened(programme, AUGUST))] == [later]


def test_taking_over_never_overwrites_an_edit_or_brings_back_what_was_taken_out(programme, library, officer):
    report = july(library)
    for title in ("Edited here", "Taken out here", "Left alone", "Solved"):
        factories.milestone(report, title, "15 July 2019")
    first = factories.approved(library, report=report)
    parent = opened(programme)
    rows = {row.title: row for row in Notice.objects.of(parent)}
    change_row(rows["Edited here"], {"text": "Agreed with the board."}, by=officer)
    remove_row(rows["Taken out here"], by=officer, reason="Not for members")
    assert take_over_new(parent, by=officer).added == 0

    correction = correct_report(first, by=officer, reason="A date was wrong")
    for row in PlanItemUpdate.objects.of(correction):
        changes = PlanItemUpdate.finish.values(parse_written_date("10 July 2019"))
        if row.title == "Solved":
            changes = PlanItemUpdate.actual.values(parse_written_date("31 July 2019"))
        change_row(row, changes, by=officer)
    second = factories.approved(library, report=correction)
    assert [child.is_new for child in children_of(parent)] == [True]
    taken = take_over_new(parent, by=officer)
    # "Solved" is completed now, so one row is new in another section and the old one goes
    assert (taken.added, taken.renewed, taken.dropped, taken.kept) == (1, 1, 1, 2)
    now = {(row.kind, row.title): row for row in Notice.objects.of(parent)}
    assert now["deviation", "Edited here"].text == "Agreed with the board."
    assert now["deviation", "Taken out here"].is_removed
    assert now["deviation", "Left alone"].text == "21 days past its date, 10 July 2019."
    assert now["deviation", "Left alone"].source == second
    assert now["deviation", "Solved"].is_removed
    assert [each.child for each in ReportInput.objects.filter(report=parent)] == [second]


def test_the_next_draft_keeps_the_parents_own_rows_and_takes_the_others_anew(programme, library, officer):
    report = july(library)
    factories.milestone(report, "Roof on", "15 July 2019")
    factories.approved(library, report=report)
    parent = opened(programme)
    add_row(parent, Notice, by=officer, kind="escalation", title="Own words")
    rate(parent, "on_track")
    factories.approved(programme, report=parent)
    august = factories.draft(library, factories.period(library.organisation, AUGUST))
    remove_row(PlanItemUpdate.objects.of(august).get(), by=officer, reason="Given up")
    factories.approved(library, report=august)
    assert [(row.title, row.source) for row in Notice.objects.of(opened(programme, AUGUST))] == [("Own words", None)]


def test_exempt_children_and_rows_stay_exempt(programme, library, baths):
    Node.objects.filter(pk=baths.pk).update(is_exempt=True, exempt_paragraph="3", exempt_reason="Tender")
    for node in (library, baths):
        report = july(node)
        factories.milestone(report, f"Open {node.slug}", "15 July 2019")
        secret = factories.milestone(report, f"Secret {node.slug}", "15 July 2019")
        PlanItemUpdate.objects.filter(pk=secret.pk).update(is_exempt=True, exempt_paragraph="1")
        factories.approved(node, report=report)
    parent = opened(programme)
    exempt = {row.title: (row.is_exempt, row.exempt_paragraph) for row in Notice.objects.of(parent)}
    assert exempt == {
        "Open library": (False, ""),
        "Secret library": (True, "1"),
        "Open baths": (True, "3"),
        "Secret baths": (True, "3"),
    }
    because = " ".join(DimensionRating.objects.get(report=parent).proposed_because)
    assert "Baths" not in because


def test_the_parents_status_is_proposed_from_its_children(programme, library, baths):
    for node, kind in ((library, "off_track"), (baths, "on_track")):
        report = july(node)
        rate(report, kind)
        factories.approved(node, report=report)
    rating = DimensionRating.objects.get(report=opened(programme))
    assert rating.proposed_status.kind == "off_track"
    assert rating.proposed_because[0] == "The worst of the reports below is RED: 1 of 2"
    assert rating.status is None  # it is stated separately


def test_a_later_correction_below_flags_the_parent_and_changes_nothing(programme, library, pmo):
    report = july(library)
    factories.milestone(report, "Roof on", "15 July 2019")
    first = factories.approved(library, report=report)
    parent = opened(programme)
    rate(parent, "on_track")
    parent = factories.approved(programme, report=parent)
    before = told(parent)
    assert not overtaken_inputs([parent]).exists()
    second = factories.approved(library, report=correct_report(first, by=pmo, reason="The roof was on"))
    [flag] = overtaken_inputs([parent])
    assert (flag.child, flag.corrected_by, flag.child_corrected_at) == (first, second, second.approved_at)
    assert told(parent) == before
    # the parent's own correction starts from the same reports and takes over the newer one
    correction = correct_report(parent, by=pmo, reason="Follow the library")
    assert [child.is_new for child in children_of(correction)] == [True]
    take_over_new(correction, by=pmo)
    assert [each.child for each in ReportInput.objects.filter(report=correction)] == [second]


def test_a_return_that_comes_late_flags_the_parent(programme, library, baths, pmo):
    factories.approved(library, report=july(library))
    parent = opened(programme)
    rate(parent, "on_track")
    parent = factories.approved(programme, report=parent)
    late = factories.approved(baths, report=july(baths))
    [flag] = overtaken_inputs([parent])
    assert (flag.child, flag.corrected_by) == (late, late)
    factories.approved(library, factories.period(library.organisation, AUGUST))
    assert overtaken_inputs([parent]).count() == 1, "what speaks of a later day overtakes nothing"


def test_a_correction_approved_before_the_parent_flags_it_at_its_own_approval(programme, library, pmo):
    first = factories.approved(library, report=july(library))
    parent = opened(programme)
    rate(parent, "on_track")
    second = factories.approved(library, report=correct_report(first, by=pmo, reason="A figure"))
    approve_report(submit_report(Report.objects.get(pk=parent.pk), by=pmo), by=pmo)
    assert [each.corrected_by for each in overtaken_inputs([parent])] == [second]


def test_opening_costs_the_same_however_many_report_below(programme, count_queries):
    def grow(number):
        for place in range(Node.objects.filter(parent=programme).count(), number):
            node = factories.project(programme.organisation, slug=f"p{place}", title=f"P {place}", parent=programme)
            report = july(node)
            factories.milestone(report, "Roof on", "15 July 2019")
            factories.approved(node, report=report)

    grow(2)
    with count_queries() as few:
        report = opened(programme)
    assert Notice.objects.of(report).count() == 2
    report.delete()
    grow(8)
    with count_queries() as many:
        report = opened(programme)
    assert Notice.objects.of(report).count() == 8
    assert len(many) == len(few)


def test_a_template_that_names_no_such_section_serves_a_parent_all_the_same(organisation):
    """The template of single projects serves a programme too: what lies below it decides, and stays decided."""
    town = factories.project(organisation, slug="quarter", title="Old quarter", kind=NodeKind.PROGRAMME)
    hall = factories.project(organisation, slug="hall", title="Town hall", parent=town)
    report = july(hall)
    factories.milestone(report, "Roof on", "15 July 2019", status=status(hall, "off_track", "milestone"))
    factories.approved(hall, report=report)
    draft = opened(town)
    assert [row.title for row in Notice.objects.of(draft)] == ["Roof on"]
    keys = [section.key for section in sections_of(draft)]
    assert keys[-5:] == ["escalations", "awareness", "deviations", "products-completed", "products-next"]
    alone = july(factories.project(organisation, slug="alone", title="On its own"))
    assert "deviations" not in [section.key for section in sections_of(alone)]
    rate(draft, "on_track")
    frozen = factories.approved(town, report=draft)
    Node.objects.filter(pk=hall.pk).update(is_archived=True)
    assert [section.key for section in sections_of(frozen)] == keys
