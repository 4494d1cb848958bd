"""The settings of a council in pages: one set of views over every declared table."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from projects.models import (
    Board,
    Calendar,
    ChangeRoute,
    Meeting,
    Organisation,
    Period,
    Post,
    ReportTemplate,
    RiskMatrix,
    Status,
    StatusScheme,
    TemplateSection,
    Threshold,
    Tier,
)
from projects.permissions import top_node
from projects.views.settings_pages import PAGES, children_of
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client, administrator):
    client.force_login(administrator)
    return client


def url(name, organisation, *args):
    return reverse(name, args=[organisation.slug, *args])


def answers_of(response):
    """What the form on a page would send back as it stands."""
    form = response.context["form"]
    sent = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, bool):
            if value:
                sent[bound.html_name] = "on"
        elif isinstance(value, list):
            sent[bound.html_name] = [getattr(each, "pk", each) for each in value]
        else:
            widget = form.fields[bound.name].widget
            shown = widget.format_value(value) if hasattr(widget, "format_value") else value
            if isinstance(shown, list):
                shown = shown[0] if shown else ""
            sent[bound.html_name] = "" if shown is None else shown
    return sent


def first_row(page, organisation):
    return page.model.objects.filter(organisation=organisation).first()


@pytest.fixture
def filled(organisation):
    """One row at least in every table of settings."""
    board = Board.objects.create(organisation=organisation, name="Executive")
    Meeting.objects.create(organisation=organisation, board=board, starts_at=datetime(2019, 7, 10, 19, 30, tzinfo=UTC))
    team = organisation_row("Team", organisation, name="Housing")
    Post.objects.create(organisation=organisation, title="Head of Housing", team=team)
    organisation_row("Label", organisation, name="Carbon")
    Tier.objects.create(organisation=organisation, label="GOLD", code="gold")
    route = organisation_row("ChangeRoute", organisation, name="Minor")
    organisation_row("ChangeRouteStep", organisation, route=route, board=board)
    node = top_node(organisation)
    organisation_row("NodeAlias", organisation, node=node, printed_as="Westshire CC")
    grouping = organisation_row("Grouping", organisation, document="portfolio-status", title="Services")
    organisation_row("GroupingMember", organisation, grouping=grouping, node=node)
    organisation_row("Tranche", organisation, node=node, name="Tranche 1")
    return organisation


def organisation_row(table, organisation, **fields):
    model = next(page.model for page in PAGES if page.model.__name__ == table)
    return model.objects.create(organisation=organisation, **fields)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_every_page_opens_and_saves_as_it_stands(signed_in, filled, page):
    if not page.parent:
        listed = signed_in.get(url(f"settings-{page.key}", filled))
        assert listed.status_code == 200
        assert page.title in listed.content.decode()
    row = first_row(page, filled)
    address = url(f"settings-{page.key}-change", filled, row.pk)
    shown = signed_in.get(address)
    assert shown.status_code == 200
    for child in children_of(page, row):
        assert child.title in shown.content.decode()
    before = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    saved = signed_in.post(address, answers_of(shown))
    assert saved.status_code == 302, saved.context["form"].errors
    row.refresh_from_db()
    after = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    assert {k: v for k, v in after.items() if k != "version"} == {k: v for k, v in before.items() if k != "version"}


@pytest.mark.parametrize("page", [page for page in PAGES if page.can_add], ids=lambda page: page.key)
def test_an_empty_form_says_what_is_missing(signed_in, filled, page):
    above = [first_row(next(p for p in PAGES if p.key == page.parent), filled).pk] if page.parent else []
    address = url(f"settings-{page.key}-add", filled, *above)
    assert signed_in.get(address).status_code == 200
    count = page.model.objects.count()
    refused = signed_in.post(address, {"order": "x"})
    assert refused.status_code == 200
    assert "There is a problem" in refused.content.decode()
    assert page.model.objects.count() == count


@pytest.mark.parametrize("page", [page for page in PAGES if page.can_remove], ids=lambda page: page.key)
def test_removing_asks_first(signed_in, filled, page):
    row = first_row(page, filled)
    address = url(f"settings-{page.key}-remove", filled, row.pk)
    assert signed_in.get(address).status_code == 200
    assert page.model.objects.filter(pk=row.pk).exists()
    answer = signed_in.post(address)
    if answer.status_code == 409:
        assert "still used" in answer.content.decode()
    elif page.has_archive:
        row.refresh_from_db()
        assert row.is_archived
        signed_in.post(url(f"settings-{page.key}-restore", filled, row.pk))
        row.refresh_from_db()
        assert not row.is_archived
    else:
        assert not page.model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.key)
def test_another_councils_rows_are_not_there(client, filled, stranger, page):
    client.force_login(stranger)
    row = first_row(page, filled)
    assert client.get(url(f"settings-{page.key}-change", filled, row.pk)).status_code == 404
    elsewhere = Organisation.objects.get(slug="elsewhere")
    assert client.get(url(f"settings-{page.key}-change", elsewhere, row.pk)).status_code == 404


@pytest.mark.parametrize("who", ["officer", "pmo", "director"])
def test_only_administrators_settle(client, organisation, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get(url("settings", organisation)).status_code == 403
    assert client.get(url("settings-boards", organisation)).status_code == 403
    assert client.post(url("settings-boards-add", organisation), {"name": "X"}).status_code == 403


def test_the_home_leads_everywhere(signed_in, organisation):
    page = signed_in.get(url("settings", organisation)).content.decode()
    for each in PAGES:
        if not each.parent:
            assert url(f"settings-{each.key}", organisation) in page
    for name in ("settings-organisation", "settings-nodes", "settings-people", "audit"):
        assert url(name, organisation) in page


def test_the_council_is_renamed_with_its_top_node(signed_in, organisation):
    address = url("settings-organisation", organisation)
    sent = answers_of(signed_in.get(address)) | {"name": "West and North Shire", "clock_on": "1/9/2019"}
    assert signed_in.post(address, sent).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.name, str(organisation.clock_on)) == ("West and North Shire", "2019-09-01")
    assert top_node(organisation).title == "West and North Shire"


def test_a_board_is_added_with_its_members(signed_in, organisation):
    leader = Post.objects.create(organisation=organisation, title="Leader")
    signed_in.post(
        url("settings-boards-add", organisation),
        {"name": "Executive", "kind": "executive", "cadence": "monthly", "members": [leader.pk], "order": "1"},
    )
    board = Board.objects.get(organisation=organisation)
    assert list(board.members.all()) == [leader]


def test_a_name_is_taken_once_in_a_council(signed_in, organisation):
    Board.objects.create(organisation=organisation, name="Executive")
    Board.objects.create(organisation=factories.council(name="Other", slug="other"), name="Cabinet")
    sent = {"name": "Executive", "kind": "executive", "cadence": "monthly", "order": "1"}
    refused = signed_in.post(url("settings-boards-add", organisation), sent)
    assert "Another board has this name." in refused.content.decode()
    assert signed_in.post(url("settings-boards-add", organisation), sent | {"name": "Cabinet"}).status_code == 302


def test_choices_are_the_councils_own(signed_in, organisation):
    other = factories.council(name="Other", slug="other")
    theirs = Post.objects.create(organisation=other, title="Their Leader")
    address = url("settings-boards-add", organisation)
    assert "Their Leader" not in signed_in.get(address).content.decode()
    refused = signed_in.post(
        address, {"name": "X", "kind": "board", "cadence": "monthly", "order": "1", "members": [theirs.pk]}
    )
    assert refused.status_code == 200
    assert not Board.objects.filter(name="X").exists()


def test_a_status_in_use_is_replaced_and_the_page_says_so(signed_in, organisation, project):
    green = Status.objects.get(organisation=organisation, scheme__slug="milestone", label="Green")
    report = factories.draft(project)
    factories.milestone(report, status=green)
    factories.approved(project, report=report)
    address = url("settings-statuses-change", organisation, green.pk)
    shown = signed_in.get(address)
    assert "it never changes" in shown.content.decode()
    saved = signed_in.post(address, answers_of(shown) | {"label": "On course"}, follow=True)
    assert "Saved as a new status" in saved.content.decode()
    green.refresh_from_db()
    assert (green.label, green.replaced_by.label) == ("Green", "On course")


def test_a_status_is_shown_before_it_is_saved(signed_in, organisation):
    green = Status.objects.get(organisation=organisation, scheme__slug="rag", label="Green")
    address = url("settings-statuses-change", organisation, green.pk)
    sent = answers_of(signed_in.get(address)) | {"label": "Fine", "colour": "blue", "preview": "1"}
    shown = signed_in.post(address, sent).content.decode()
    assert 'class="status status--blue' in shown
    assert "Fine" in shown
    green.refresh_from_db()
    assert green.label == "Green"


def test_a_section_of_a_template_in_use_leads_to_the_new_template(signed_in, organisation, project):
    factories.approved(project)
    section = TemplateSection.objects.get(organisation=organisation, key="budget")
    address = url("settings-sections-change", organisation, section.pk)
    saved = signed_in.post(address, answers_of(signed_in.get(address)) | {"title": "Money"})
    new = ReportTemplate.objects.get(organisation=organisation, is_archived=False)
    assert saved.url == url("settings-templates-change", organisation, new.pk)
    assert new.pk != section.template_id
    removed = signed_in.post(url("settings-sections-remove", organisation, new.sections.get(key="resources").pk))
    assert removed.url == saved.url
    assert not new.sections.filter(key="resources").exists()


def test_a_section_of_text_and_the_remark_below_its_figures_are_settings(signed_in, organisation):
    template = ReportTemplate.objects.get(organisation=organisation, is_archived=False)
    address = url("settings-sections-add", organisation, template.pk)
    sent = answers_of(signed_in.get(address)) | {"title": "Key points", "key": "key-points", "order": "40"}
    signed_in.post(address, sent | {"is_text": "on", "remark": "The register is not complete."})
    made = TemplateSection.objects.get(template=template, key="key-points")
    assert made.options == {"kind": "narrative", "note": "The register is not complete."}
    address = url("settings-sections-change", organisation, made.pk)
    shown = answers_of(signed_in.get(address))
    assert (shown["is_text"], shown["remark"]) == ("on", "The register is not complete.")
    del shown["is_text"]
    signed_in.post(address, shown | {"remark": ""})
    made.refresh_from_db()
    assert made.options == {}


def test_thresholds_keep_their_order(signed_in, organisation):
    limit = Threshold.objects.get(organisation=organisation, measure="schedule")
    address = url("settings-thresholds-change", organisation, limit.pk)
    refused = signed_in.post(address, {"amber_from": "50", "red_from": "42", "version": "1"})
    assert "Red cannot begin before amber." in refused.content.decode()
    signed_in.post(address, {"amber_from": "10", "red_from": "30", "version": "1"})
    limit.refresh_from_db()
    assert (limit.amber_from, limit.red_from) == (10, 30)


def test_bands_do_not_overlap(signed_in, organisation):
    matrix = RiskMatrix.objects.get(organisation=organisation)
    status = matrix.bands.first().status
    address = url("settings-bands-add", organisation, matrix.pk)
    refused = signed_in.post(address, {"status": status.pk, "from_score": "6", "to_score": "8"})
    assert "holds the scores 1 to 6 already" in refused.content.decode()
    assert matrix.bands.count() == 4


def test_periods_of_a_year(signed_in, organisation):
    calendar = Calendar.objects.get(organisation=organisation)
    address = url("settings-make-periods", organisation, calendar.pk)
    assert signed_in.get(address).context["form"]["year"].value() == 2019
    signed_in.post(address, {"year": "2020"})
    assert calendar.periods.count() == 24


def test_a_calendar_says_whose_meetings_and_when_to_remind(signed_in, organisation):
    calendar = Calendar.objects.get(organisation=organisation)
    board = factories.board(organisation)
    address = url("settings-calendars-change", organisation, calendar.pk)
    sent = answers_of(signed_in.get(address)) | {"deadline_rule": "clear_days", "deadline_amount": "5"}
    assert "Choose the board whose meetings" in signed_in.post(address, sent).text
    assert "Write numbers of days" in signed_in.post(address, sent | {"remind_days_before": "soon"}).text
    signed_in.post(address, sent | {"board": str(board.pk), "remind_days_before": "1; 10 3"})
    calendar.refresh_from_db()
    assert (calendar.board, calendar.remind_days_before) == (board, [10, 3, 1])
    july = Period.objects.get(calendar=calendar, slug="2019-07")
    assert july.due_at is None  # no meeting is known yet
    signed_in.post(url("settings-meetings-add", organisation, board.pk), {"starts_at": "14/8/2019 10:00"})
    july.refresh_from_db()
    assert timezone.localdate(july.due_at) == date(2019, 8, 8)
    move = url("settings-meetings-change", organisation, july.meeting_id)
    signed_in.post(move, answers_of(signed_in.get(move)) | {"starts_at": "21/8/2019 10:00"})
    july.refresh_from_db()
    assert timezone.localdate(july.due_at) == date(2019, 8, 15)
    signed_in.post(url("settings-meetings-remove", organisation, july.meeting_id))
    july.refresh_from_db()
    assert (july.meeting, july.due_at) == (None, None)


def test_a_short_code_stands_once_in_a_calendar(signed_in, organisation):
    july = Period.objects.get(organisation=organisation, slug="2019-07")
    address = url("settings-periods-change", organisation, july.pk)
    refused = signed_in.post(address, answers_of(signed_in.get(address)) | {"short_code": "Jun 19"})
    assert "June 2019 of this calendar has this code." in refused.text


def test_bank_holidays_are_chosen_by_nation(signed_in, organisation):
    address = url("settings-organisation", organisation)
    signed_in.post(address, answers_of(signed_in.get(address)) | {"bank_holidays": "SCT"})
    organisation.refresh_from_db()
    assert organisation.bank_holidays == "SCT"


def test_two_at_once_see_both_texts_and_choose(signed_in, organisation):
    scheme = StatusScheme.objects.get(organisation=organisation, slug="rag")
    address = url("settings-schemes-change", organisation, scheme.pk)
    mine = answers_of(signed_in.get(address)) | {"name": "Mine"}
    signed_in.post(address, answers_of(signed_in.get(address)) | {"name": "Theirs"})
    clash = signed_in.post(address, mine)
    assert clash.status_code == 409
    page = clash.content.decode()
    assert "Mine" in page
    assert "Theirs" in page
    carried = dict(clash.context["conflict"]["carried"])
    signed_in.post(address, carried | {"keep_name": "theirs"})
    scheme.refresh_from_db()
    assert scheme.name == "Theirs"
    carried["version"] = scheme.version
    signed_in.post(address, carried | {"keep_name": "yours"})
    scheme.refresh_from_db()
    assert scheme.name == "Mine"


def test_archived_rows_are_shown_on_request(signed_in, organisation):
    Tier.objects.create(organisation=organisation, label="TIN", code="tin", is_archived=True)
    address = url("settings-tiers", organisation)
    assert "TIN" not in signed_in.get(address).content.decode()
    assert "TIN" in signed_in.get(f"{address}?archived=tiers").content.decode()


def test_a_list_costs_the_same_however_long(signed_in, organisation, count_queries):
    def cost():
        with count_queries() as counted:
            assert signed_in.get(url("settings-posts", organisation)).status_code == 200
        return len(counted)

    for number in range(2):
        Post.objects.create(organisation=organisation, title=f"Post {number}")
    cost()  # the first page also begins the session
    few = cost()
    for number in range(2, 22):
        Post.objects.create(organisation=organisation, title=f"Post {number}")
    assert cost() == few


def test_the_accessibility_statement_is_open_to_everybody(client, db):
    page = client.get(reverse("accessibility"))
    assert page.status_code == 200
    assert "WCAG 2.2" in page.content.decode()


def test_the_rule_of_a_route_is_asked_in_plain_boxes(signed_in, filled):
    add = url("settings-routes-add", filled)
    signed_in.post(
        add,
        {
            "name": "Board",
            "applies_to": "Large changes",
            "order": "1",
            "kinds": ["budget", "plan_item"],
            "days_from": "30",
            "pounds_from": "5000.50",
            "drift": "red",
        },
    )
    route = ChangeRoute.objects.get(name="Board")
    assert route.rule == {"kinds": ["budget", "plan_item"], "days_from": 30, "pounds_from": "5000.50", "drift": "red"}
    change = url("settings-routes-change", filled, route.pk)
    shown = signed_in.get(change)
    assert shown.context["form"]["kinds"].value() == ["budget", "plan_item"]
    signed_in.post(change, {**answers_of(shown), "kinds": [], "days_from": "", "service_or_policy": "on"})
    route.refresh_from_db()
    assert route.rule == {"pounds_from": "5000.50", "drift": "red", "service_or_policy": True}
    assert (
        "Enter a whole number."
        in signed_in.post(change, {**answers_of(shown), "days_from": "a month"}).content.decode()
    )


def test_a_step_is_one_boards_posts_or_the_sponsors(signed_in, filled):
    route = ChangeRoute.objects.get(name="Minor")
    add = url("settings-steps-add", filled, route.pk)
    refused = signed_in.post(add, {"order": "2"})
    assert "Name one: a board, a post or the project" in refused.content.decode()
    signed_in.post(add, {"order": "2", "is_sponsor": "on"})
    step = route.steps.get(order=2)
    assert str(step) == "The project's sponsor"
    assert signed_in.get(url("settings-steps-change", filled, step.pk)).context["form"]["is_sponsor"].value() is True


def test_a_section_of_a_committees_template_is_chosen_by_what_it_is(signed_in, organisation):
    address = url("settings-templates-add", organisation)
    wrong = signed_in.post(address, {"name": "Cover", "slug": "cover", "document": "cover report"})
    assert "Select a valid choice" in wrong.content.decode()
    signed_in.post(address, {"name": "Cover", "slug": "cover", "document": "cover-report", "numbering": "through"})
    template = ReportTemplate.objects.get(slug="cover")
    page = signed_in.get(url("settings-templates-change", organisation, template.pk)).content.decode()
    assert ("Questions" in page, "Sponsor signs off" in page, "Numbering of paragraphs" in page) == (False, False, True)
    address = url("settings-sections-add", organisation, template.pk)
    assert "asks_cost" not in answers_of(signed_in.get(address))
    for title, kind in (
        ("Recommendations", "recommendations"),
        ("Wards affected", "plain"),
        ("Key decision", "plain"),
        ("Recommendations", ""),
        ("Legal implications", ""),
    ):
        answers = answers_of(signed_in.get(address)) | {"title": title, "key": kind, "text": f"{title}: words"}
        signed_in.post(address, answers)
    made = list(template.sections.values_list("key", "options__text"))
    assert made == [
        ("recommendations", "Recommendations: words"),
        ("plain", "Wards affected: words"),
        ("plain-2", "Key decision: words"),
        ("text-recommendations", "Recommendations: words"),
        ("legal-implications", "Legal implications: words"),
    ]


def test_what_a_section_of_a_committees_template_begins_with_is_a_setting(signed_in, organisation):
    template = ReportTemplate.objects.create(
        organisation=organisation, slug="cover", name="Cover report", document="cover-report"
    )
    comments, purpose = (
        TemplateSection.objects.create(organisation=organisation, template=template, key=key, title=key, order=order)
        for order, key in enumerate(("clearances", "purpose"), start=1)
    )
    treasurer = Post.objects.create(organisation=organisation, title="Treasurer")
    address = url("settings-sections-change", organisation, comments.pk)
    shown = answers_of(signed_in.get(address))
    assert "is_text" not in shown
    nameless = signed_in.post(address, shown | {"reviewer_2_post": treasurer.pk})
    assert "Say whose comments these are." in nameless.content.decode()
    asked = {"reviewer_1_heading": "Legal Comments", "reviewer_1_who": "legal"}
    asked |= {"reviewer_2_heading": "Financial Comments", "reviewer_2_who": "finance", "reviewer_2_post": treasurer.pk}
    signed_in.post(address, shown | asked)
    comments.refresh_from_db()
    assert comments.options == {
        "reviewers": [
            {"heading": "Legal Comments", "reviewer": "legal"},
            {"heading": "Financial Comments", "reviewer": "finance", "post": treasurer.pk},
        ]
    }
    shown = answers_of(signed_in.get(address))
    assert (shown["reviewer_2_post"], shown["reviewer_4_heading"]) == (str(treasurer.pk), "")
    signed_in.post(address, shown | {"reviewer_1_heading": ""})
    comments.refresh_from_db()
    assert [each["heading"] for each in comments.options["reviewers"]] == ["Financial Comments"]
    words = url("settings-sections-change", organisation, purpose.pk)
    signed_in.post(words, answers_of(signed_in.get(words)) | {"text": "To ask members", "is_within": "on"})
    purpose.refresh_from_db()
    assert purpose.options == {"text": "To ask members", "is_within": True}


def test_labels_and_stamps_of_a_section_are_settings(signed_in, organisation):
    """What the scorecard's source prints: its own row, its stamp, the headings of time used and remaining."""
    template = ReportTemplate.objects.get(organisation=organisation)
    for order, key in enumerate(("project-status", "position", "time"), start=50):
        held, _ = TemplateSection.objects.update_or_create(
            organisation=organisation, template=template, key=key, defaults={"title": key, "order": order}
        )
        address = url("settings-sections-change", organisation, held.pk)
        sent = answers_of(signed_in.get(address))
        boxes = {
            "project-status": {"label_own": "Overall Prog. RAG"},
            "position": {"stamp": "USING AVAILABLE DATA", "starts_blank": "on", "is_text": "on"},
            "time": {"label_used": "Time Used (Since Oct 2021)", "label_remaining": ""},
        }[key]
        assert set(boxes) - {"starts_blank", "is_text"} <= set(sent)
        signed_in.post(address, sent | boxes)
    options = dict(template.sections.values_list("key", "options"))
    assert options["project-status"]["labels"] == {"own": "Overall Prog. RAG"}
    assert (options["position"]["stamp"], options["position"]["starts_blank"]) == ("USING AVAILABLE DATA", True)
    assert options["time"]["labels"] == {"used": "Time Used (Since Oct 2021)"}
    long = signed_in.post(address, sent | {"label_used": "x" * 201}).content.decode()
    assert "at most 200 characters" in long
