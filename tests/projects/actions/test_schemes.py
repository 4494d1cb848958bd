"""What a report past draft uses never changes: an edit makes a new row, and what is open moves to it."""

import pytest
from auditlog.models import LogEntry

from projects.actions.reports import open_draft, pull_back_report, submit_report
from projects.actions.schemes import (
    IsInUse,
    add_part,
    change_part,
    change_setting,
    change_status,
    change_template,
    change_template_section,
    change_tier,
    is_status_used,
    is_template_used,
    remove_part,
    remove_setting,
    restore_setting,
)
from projects.actions.writing import EditedMeanwhile
from projects.models import (
    Answer,
    Board,
    Dimension,
    DimensionRating,
    Label,
    Node,
    PlanItemUpdate,
    Post,
    Question,
    Report,
    ReportTemplate,
    RiskBand,
    Series,
    Status,
    StatusScheme,
    TemplateSection,
    Threshold,
    Tier,
)
from tests import factories
from tests.beginnings import handed_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def green(organisation):
    return Status.objects.get(organisation=organisation, scheme__slug="milestone", label="Green")


@pytest.fixture
def template(organisation):
    return ReportTemplate.objects.get(organisation=organisation, slug="highlight")


@pytest.fixture(scope="module")
def beginning(founded):
    """July's approved report with one green milestone."""
    project = factories.project(founded)
    report = factories.draft(project)
    factories.milestone(report, status=factories.status(founded, "milestone", "Green"))
    return {"project": project, "reported": factories.approved(project, report=report)}


(reported,) = handed_out("reported")


def section(template, key="budget"):
    return TemplateSection.objects.get(template=template, key=key)


# --- statuses --------------------------------------------------------------------------------------------------------


def test_a_status_nobody_used_is_edited_in_place(green, administrator):
    changed = change_status(green, {"label": "On course"}, by=administrator)
    assert changed.pk == green.pk
    assert Status.objects.get(pk=green.pk).label == "On course"


def test_a_status_that_only_a_draft_says_is_edited_in_place(project, green, administrator):
    factories.milestone(factories.draft(project), status=green)
    assert change_status(green, {"label": "On course"}, by=administrator).pk == green.pk


def test_a_status_in_use_is_replaced(reported, green, administrator):
    new = change_status(green, {"label": "On course", "shape": "square"}, by=administrator)
    old = Status.objects.get(pk=green.pk)
    assert new.pk != old.pk
    assert (old.label, old.shape, old.is_archived, old.replaced_by) == ("Green", "circle", True, new)
    assert (new.label, new.shape, new.code, new.severity, new.is_archived) == ("On course", "square", "G", 2, False)
    assert PlanItemUpdate.objects.get(report=reported).status == old


def test_submitted_is_past_draft(project, green, administrator):
    report = factories.draft(project)
    factories.milestone(report, status=green)
    submit_report(report, by=administrator)
    assert is_status_used(green)
    pull_back_report(Report.objects.get(pk=report.pk), by=administrator)
    assert not is_status_used(green)


def test_open_drafts_move_to_the_new_status(project, reported, green, administrator):
    draft = open_draft(project.headline_series, factories.next_period(reported.period), by=administrator)
    new = change_status(green, {"label": "On course"}, by=administrator)
    assert PlanItemUpdate.objects.get(report=draft).status == new
    line = LogEntry.objects.get_for_object(PlanItemUpdate.objects.get(report=draft)).first()
    assert line.actor == administrator


def test_the_same_change_to_a_used_status_is_none(reported, green, administrator):
    assert change_status(green, {"label": "Green"}, by=administrator).pk == green.pk


def test_other_ways_of_writing_are_never_printed_and_so_edited_in_place(reported, green, administrator):
    assert change_status(green, {"synonyms": ["Gr"]}, by=administrator).pk == green.pk


def test_bands_of_the_matrix_go_on_with_the_new_status(organisation, project, administrator):
    high = Status.objects.get(organisation=organisation, scheme__slug="risk-band", label="High")
    report = factories.draft(project)
    factories.risk(report, residual_band=high)
    factories.approved(project, report=report)
    new = change_status(high, {"label": "Serious"}, by=administrator)
    assert new.pk != high.pk
    assert RiskBand.objects.get(from_score=11).status == new


def test_two_who_change_a_used_status_at_once(reported, green, administrator):
    change_status(Status.objects.get(pk=green.pk), {"label": "On course"}, version=1, by=administrator)
    with pytest.raises(EditedMeanwhile):
        change_status(green, {"label": "Fine"}, version=1, by=administrator)
    assert not Status.objects.filter(label="Fine").exists()


def test_a_replaced_status_is_not_restored(reported, green, administrator):
    change_status(green, {"label": "On course"}, by=administrator)
    with pytest.raises(IsInUse, match="was replaced"):
        restore_setting(Status.objects.get(pk=green.pk), by=administrator)


def test_a_status_whose_label_was_taken_is_not_restored(organisation, green, administrator):
    remove_setting(green, by=administrator)
    Status.objects.create(
        organisation=organisation,
        scheme=green.scheme,
        label="Green",
        code="GG",
        shape="circle",
        colour="green",
        kind="on_track",
    )
    with pytest.raises(IsInUse, match="name or code"):
        restore_setting(Status.objects.get(pk=green.pk), by=administrator)


# --- tiers -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def gold(organisation, template):
    tier = Tier.objects.create(organisation=organisation, label="GOLD", code="gold")
    section(template).tiers.add(tier)
    return tier


def test_a_tier_in_use_is_replaced_and_its_sections_serve_both(organisation, template, gold, administrator):
    node = factories.project(organisation, tier=gold)
    report = factories.approved(node)
    new = change_tier(gold, {"label": "PLATINUM"}, by=administrator)
    assert new.pk != gold.pk
    assert Report.objects.get(pk=report.pk).tier.label == "GOLD"
    assert Node.objects.get(pk=node.pk).tier == new
    assert set(section(template).tiers.all()) == {gold, new}
    draft = open_draft(
        Node.objects.get(pk=node.pk).headline_series, factories.next_period(report.period), by=administrator
    )
    assert draft.tier == new


def test_a_tier_nobody_reported_at_is_edited_in_place(organisation, gold, administrator):
    factories.project(organisation, tier=gold)
    assert change_tier(gold, {"label": "PLATINUM"}, by=administrator).pk == gold.pk


# --- templates -------------------------------------------------------------------------------------------------------


def test_a_template_nobody_used_is_edited_in_place(template, administrator):
    changed = change_template_section(section(template), {"title": "Money"}, by=administrator)
    assert changed.template == template
    assert section(template).title == "Money"


def test_a_section_in_use_keeps_its_title_for_the_reports_that_printed_it(template, reported, administrator):
    changed = change_template_section(section(template), {"title": "Money"}, by=administrator)
    old = ReportTemplate.objects.get(pk=template.pk)
    new = changed.template
    assert new.pk != old.pk
    assert (old.is_archived, old.replaced_by, new.slug) == (True, new, "highlight")
    assert section(old).title == "Budgeting and forecasting"
    assert section(new).title == "Money"
    assert Report.objects.get(pk=reported.pk).template == old
    for model in (TemplateSection, Dimension, Question):
        keys = [list(model.objects.filter(template=each).values_list("key", flat=True)) for each in (old, new)]
        assert keys[0] == keys[1]


def test_the_series_goes_on_with_the_new_template_and_open_drafts_with_theirs(
    project, template, reported, administrator
):
    draft = open_draft(project.headline_series, factories.next_period(reported.period), by=administrator)
    new = change_template(template, {"name": "Monthly report"}, by=administrator)
    assert Series.objects.get(node=project).template == new
    assert Report.objects.get(pk=draft.pk).template == template


def test_a_second_edit_needs_no_third_template(template, reported, administrator):
    first = change_template_section(section(template), {"title": "Money"}, by=administrator)
    second = change_template_section(first, {"title": "Funds"}, by=administrator)
    assert second.pk == first.pk
    assert ReportTemplate.objects.filter(slug="highlight").count() == 2


def test_a_part_is_added_to_the_copy(organisation, template, reported, administrator):
    scheme = StatusScheme.objects.get(organisation=organisation, slug="answer-yes-good")
    question = Question(
        organisation=organisation, template=template, key="insured", text="Is it insured?", scheme=scheme
    )
    added = add_part(question, {"tiers": []}, by=administrator)
    assert added.template.pk != template.pk
    assert not Question.objects.filter(template=template, key="insured").exists()


def test_a_part_is_removed_from_the_copy(template, reported, administrator):
    new = remove_part(section(template), by=administrator)
    assert new.pk != template.pk
    assert TemplateSection.objects.filter(template=template, key="budget").exists()
    assert not TemplateSection.objects.filter(template=new, key="budget").exists()


def test_what_a_draft_has_rated_is_not_taken_from_under_it(project, template, administrator):
    draft = factories.draft(project)
    assert not is_template_used(template)
    direction = Dimension.objects.get(template=template, key="direction")
    new = remove_part(direction, by=administrator)
    assert DimensionRating.objects.filter(report=draft, dimension=direction).exists()
    assert not Dimension.objects.filter(template=new, key="direction").exists()


def test_links_of_a_part_are_copied(template, gold, reported, administrator):
    new = change_template(template, {"name": "Monthly report"}, by=administrator)
    assert list(section(new).tiers.all()) == [gold]


def test_a_dimension_changes_with_its_template(template, reported, administrator):
    status = Dimension.objects.get(template=template, key="status")
    changed = change_part(status, {"label": "Overall"}, by=administrator)
    assert changed.pk != status.pk
    assert changed.is_overall
    assert Dimension.objects.get(pk=status.pk).label == "Project status"


# --- any setting -----------------------------------------------------------------------------------------------------


def test_members_of_a_board_are_kept_and_told(organisation, administrator):
    board = Board.objects.create(organisation=organisation, name="Executive")
    leader = Post.objects.create(organisation=organisation, title="Leader")
    change_setting(board, {"members": [leader], "short_name": "Exec"}, version=1, by=administrator)
    assert list(board.members.all()) == [leader]
    told = [line.changes for line in LogEntry.objects.get_for_object(board)]
    assert {"members": ["", "Leader"]} in told
    assert {"short_name": ["", "Exec"]} in told


def test_a_threshold_has_a_version(organisation, administrator):
    limit = Threshold.objects.get(organisation=organisation, measure="schedule")
    change_setting(limit, {"amber_from": 10}, version=1, by=administrator)
    with pytest.raises(EditedMeanwhile):
        change_setting(Threshold.objects.get(pk=limit.pk), {"amber_from": 12}, version=1, by=administrator)


def test_what_has_no_archive_goes(organisation, administrator):
    label = Label.objects.create(organisation=organisation, name="Carbon")
    remove_setting(label, by=administrator)
    assert not Label.objects.exists()
    assert LogEntry.objects.filter(object_repr="Carbon", action=LogEntry.Action.DELETE).get().actor == administrator


def test_what_is_needed_stays(project, template, administrator):
    factories.draft(project)
    status = Dimension.objects.get(template=template, key="status")
    with pytest.raises(IsInUse, match="still used by dimension ratings"):
        remove_setting(status, by=administrator)


def test_the_next_report_asks_each_thing_once_under_the_new_template(project, template, reported, administrator):
    change_template_section(section(template), {"title": "Money"}, by=administrator)
    draft = open_draft(Series.objects.get(node=project), factories.next_period(reported.period), by=administrator)
    ratings = DimensionRating.objects.filter(report=draft)
    assert [rating.dimension.template for rating in ratings] == [draft.template] * 4
    overall = ratings.get(dimension__is_overall=True)
    assert overall.status == DimensionRating.objects.get(report=reported, dimension__is_overall=True).status
    answers = Answer.objects.filter(report=draft)
    assert [answer.question.template for answer in answers] == [draft.template] * 3


def test_two_changes_from_the_same_old_page_both_land_in_the_template_in_force(template, reported, administrator):
    milestones, budget = section(template, "milestones"), section(template, "budget")
    change_part(milestones, {"title": "Milestones then"}, by=administrator)
    change_part(budget, {"title": "Money"}, by=administrator)
    in_force = ReportTemplate.objects.get(organisation=template.organisation, slug="highlight", is_archived=False)
    assert (section(in_force, "milestones").title, section(in_force, "budget").title) == ("Milestones then", "Money")
    assert section(template, "budget").title == budget.title != "Money"
