"""The highlight report editor, as an officer uses it: every section, with and without saving as one types."""

import json
from datetime import date

import pytest
from auditlog.models import LogEntry
from django.urls import reverse
from playwright.sync_api import expect

from projects.actions.reports import approve_report, submit_report
from projects.actions.rows import change_row, section_state
from projects.models import (
    BudgetPosition,
    DimensionRating,
    Narrative,
    PlanItem,
    PlanItemBaseline,
    PlanItemUpdate,
    Report,
    ReportState,
    ResourcePosition,
    RiskAssessment,
    RiskBand,
    Status,
)
from projects.rules.dates import parse_written_date
from tests import factories
from tests.beginnings import handed_out
from tests.browser.launch import sign_in


def copied(project):
    """July's draft, a copy of June's approved report, which has a milestone, a risk and a budget."""
    june = factories.draft(project, factories.period(project.organisation, date(2019, 6, 30)))
    factories.milestone(june, "Doors open", "Mar-20 ongoing", ref="1")
    factories.risk(june, "Roof leaks", ref="1")
    factories.budget(june, planned=601_400, forecast=594_058)
    factories.approved(project, report=june)
    return factories.draft(project, factories.period(project.organisation, date(2019, 7, 31)))


@pytest.fixture(scope="module")
def beginning(founded):
    project = factories.project(founded)
    return {"project": project, "report": copied(project)}


(report,) = handed_out("report")


def url(report, section, name="report-edit-section"):
    return reverse(name, args=[report.pk, section])


def row_of(report, model, **which):
    return model.objects.of(report).get(**which)


def answers(client, report, section):
    """What the section's page would send back untouched, read from the page itself."""
    page = client.get(url(report, section))
    assert page.status_code == 200
    sent = {}
    for form in page.context["forms"].forms:
        sent[form.version_name] = str(form.row.version)
        sent[form.typed_name] = form.typed_json
        sent |= {form.add_prefix(name): text for name, text in json.loads(form.typed_json).items() if text}
    return sent


def box(row, name):
    return f"{row._meta.model_name}-{row.pk}-{name}"


@pytest.fixture
def signed_in(client, officer):
    client.force_login(officer)
    return client


def test_the_sections_of_the_tier_are_listed_with_their_state(signed_in, report):
    milestone = row_of(report, PlanItemUpdate)
    change_row(milestone, PlanItemUpdate.finish.values(_written("Jun-20")), by=factories.system_user())
    page = signed_in.get(reverse("report-edit", args=[report.pk]))
    tasks = {task["label"]: task for task in page.context["tasks"]}
    states = {task["url"].split("/")[-2]: task.get("state") for task in tasks.values()}
    assert states["milestones"] == "Changed since last period"
    assert states["high-risk-register"] == "Not looked at yet"
    assert b"Began as a copy of" in page.content


def test_a_field_shows_what_it_was_last_period_and_how_it_is_read(signed_in, report):
    milestone = row_of(report, PlanItemUpdate)
    change_row(milestone, PlanItemUpdate.finish.values(_written("Jun-20")), by=factories.system_user())
    page = signed_in.get(url(report, "milestones")).content.decode()
    assert "Last period: Mar-20 ongoing" in page
    assert "Read as: by the end of June 2020." in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Mar-20 ongoing", "Read as: by the end of March 2020."),
        ("15 June 2019", "Read as: 15 June 2019."),
        ("when funds allow", "Kept as words; no date can be read."),
        ("06/0/09", "Kept as words; it looks like a date but cannot be read as one."),
    ],
)
def test_dates_in_words_are_kept_and_the_reading_is_said(signed_in, report, words, said):
    milestone = row_of(report, PlanItemUpdate)
    sent = answers(signed_in, report, "milestones") | {box(milestone, "finish"): words}
    signed_in.post(url(report, "milestones"), sent)
    milestone.refresh_from_db()
    assert milestone.finish_words == words
    assert said in signed_in.get(url(report, "milestones")).content.decode()


@pytest.mark.parametrize(
    ("typed", "pounds"), [("£1,234", "1234.00"), ("(1,234)", "-1234.00"), ("1.2m", "1200000.00"), ("", None)]
)
def test_money_is_taken_as_it_is_written(signed_in, report, typed, pounds):
    budget = row_of(report, BudgetPosition)
    signed_in.post(url(report, "budget"), answers(signed_in, report, "budget") | {box(budget, "forecast"): typed})
    budget.refresh_from_db()
    assert (budget.forecast and str(budget.forecast)) == pounds


def test_figures_that_follow_are_derived_after_each_save(signed_in, report):
    page = signed_in.get(url(report, "budget")).content.decode()
    assert "£7,342" in page
    assert "-1%" in page
    assert "Forecast to underspend by £7,342" in page


def test_a_wrong_answer_is_said_beside_its_box_and_holds_nothing_else_back(signed_in, report):
    budget = row_of(report, BudgetPosition)
    sent = answers(signed_in, report, "budget") | {
        box(budget, "forecast"): "a lot",
        box(budget, "planned"): "700000",
    }
    page = signed_in.post(url(report, "budget"), sent)
    content = page.content.decode()
    budget.refresh_from_db()
    assert page.status_code == 200
    assert "This is not an amount of money" in content
    assert 'value="a lot"' in content
    assert f'href="#id_{box(budget, "forecast")}"' in content
    assert (budget.planned, budget.forecast) == (700_000, 594_058)


def test_only_statuses_of_the_scheme_are_taken(signed_in, report, organisation):
    milestone = row_of(report, PlanItemUpdate)
    other = factories.status(organisation, "benefit", _any_label(organisation, "benefit"))
    sent = answers(signed_in, report, "milestones") | {box(milestone, "status"): str(other.pk)}
    page = signed_in.post(url(report, "milestones"), sent)
    milestone.refresh_from_db()
    assert "Choose one of the statuses listed." in page.content.decode()
    assert milestone.status is None


def test_saving_an_untouched_page_changes_nothing(signed_in, report):
    before = {row.pk: row.version for row in PlanItemUpdate.objects.of(report)}
    log = LogEntry.objects.count()
    for section in ("project-detail", "project-status", "budget", "risk-consideration", "milestones", "commentary"):
        signed_in.post(url(report, section), answers(signed_in, report, section))
    assert {row.pk: row.version for row in PlanItemUpdate.objects.of(report)} == before
    assert LogEntry.objects.count() == log


def test_every_section_opens_and_takes_what_is_typed(signed_in, report, organisation):
    typed = {
        "project-detail": (Report, {}, "stage_words", "Closure"),
        "project-status": (DimensionRating, {"dimension__is_overall": True}, "status", None),
        "commentary": (Narrative, {"section": "commentary"}, "text", "Tenders are in."),
        "high-risk-register": (RiskAssessment, {}, "review", "March 2020 monthly ongoing"),
    }
    for section, (model, which, name, value) in typed.items():
        row = report if model is Report else row_of(report, model, **which)
        if value is None:
            value = str(row.dimension.scheme.statuses.filter(kind="at_risk").first().pk)
        sent = answers(signed_in, report, section) | {box(row, name): value}
        assert signed_in.post(url(report, section), sent).status_code == 302, section
        row.refresh_from_db()
        kept = getattr(row, f"{name}_words", None) or getattr(row, f"{name}_id", None) or getattr(row, name)
        assert str(kept) == value


def test_a_milestone_is_added_with_the_next_reference(signed_in, report):
    sent = answers(signed_in, report, "milestones") | {"new-planitemupdate-title": "Books moved", "action": "add"}
    answer = signed_in.post(url(report, "milestones"), sent)
    row = row_of(report, PlanItemUpdate, title="Books moved")
    assert row.ref == "2"
    assert row.plan_item.title == "Books moved"
    assert answer.url.endswith(f"#row-planitemupdate-{row.pk}")


def test_a_budget_and_a_post_can_be_added(signed_in, report):
    for section, model in (("budget", BudgetPosition), ("resources", ResourcePosition)):
        table = model._meta.model_name
        sent = answers(signed_in, report, section) | {f"new-{table}-title": "Second", "action": "add"}
        signed_in.post(url(report, section), sent)
        assert model.objects.of(report).filter(title="Second").count() == 1


def test_a_row_is_taken_out_with_a_reason_and_put_back(signed_in, report):
    milestone = row_of(report, PlanItemUpdate)
    key = f"planitemupdate-{milestone.pk}"
    sent = answers(signed_in, report, "milestones") | {
        box(milestone, "comment"): "Typed before taking out",
        "action": f"remove:{key}",
    }
    answer = signed_in.post(url(report, "milestones"), sent)
    page = signed_in.post(answer.url, {"reason": ""})
    assert "Say why." in page.content.decode()
    signed_in.post(answer.url, {"reason": "Merged with another"})
    milestone.refresh_from_db()
    assert (milestone.is_removed, milestone.removed_reason) == (True, "Merged with another")
    assert milestone.comment == "Typed before taking out"
    signed_in.post(url(report, "milestones"), {"action": f"restore:{key}"})
    milestone.refresh_from_db()
    assert not milestone.is_removed
    assert PlanItem.objects.filter(pk=milestone.plan_item_id).exists()


def test_confirming_says_looked_at_and_an_edit_forgets_it(signed_in, report):
    sent = answers(signed_in, report, "milestones")
    signed_in.post(url(report, "milestones"), sent | {"action": "confirm"})
    assert section_state(_fresh(report), "milestones") == "confirmed"
    milestone = row_of(report, PlanItemUpdate)
    sent = answers(signed_in, report, "milestones") | {box(milestone, "comment"): "Slipping"}
    signed_in.post(url(report, "milestones"), sent)
    assert section_state(_fresh(report), "milestones") == "changed"


def test_confirming_with_something_new_typed_saves_it_and_confirms_nothing(signed_in, report):
    milestone = row_of(report, PlanItemUpdate)
    sent = answers(signed_in, report, "milestones") | {box(milestone, "comment"): "New", "action": "confirm"}
    signed_in.post(url(report, "milestones"), sent)
    assert section_state(_fresh(report), "milestones") == "changed"
    assert "milestones" not in _fresh(report).confirmed


# saving as one types


def autosave(client, report, section, sent):
    return client.post(url(report, section), sent, headers={"X-Autosave": "1"})


def test_saving_as_one_types_answers_with_the_time_the_versions_and_the_readings(signed_in, report):
    milestone = row_of(report, PlanItemUpdate)
    sent = answers(signed_in, report, "milestones") | {
        box(milestone, "finish"): "Jun-20",
        "new-planitemupdate-title": "half a ti",
    }
    said = autosave(signed_in, report, "milestones", sent).json()
    milestone.refresh_from_db()
    assert milestone.finish_words == "Jun-20"
    assert said["values"][f"planitemupdate-{milestone.pk}-version"] == str(milestone.version)
    assert said["parts"][f"id_{box(milestone, 'finish')}-hint"] == "Read as: by the end of June 2020."
    assert "Changed" in said["parts"]["section-state"]
    assert said["unsent"]
    assert not PlanItemUpdate.objects.filter(title="half a ti").exists()
    second = autosave(signed_in, report, "milestones", sent | said["values"] | {box(milestone, "finish"): "Jul-20"})
    assert second.status_code == 200
    milestone.refresh_from_db()
    assert milestone.finish_words == "Jul-20"


def test_saving_as_one_types_names_wrong_boxes_and_saves_the_rest(signed_in, report):
    budget = row_of(report, BudgetPosition)
    sent = answers(signed_in, report, "budget") | {box(budget, "planned"): "x", box(budget, "forecast"): "600000"}
    said = autosave(signed_in, report, "budget", sent).json()
    budget.refresh_from_db()
    assert list(said["errors"]) == [box(budget, "planned")]
    assert budget.forecast == 600_000
    assert "£1,400" in said["parts"]["derived-figures"]


def test_saving_as_one_types_tells_how_the_choice_stands_to_what_the_rules_propose(signed_in, report, organisation):
    rating = row_of(report, DimensionRating, dimension__is_overall=True)
    rating.dimension.rule = "schedule"
    rating.dimension.save()
    milestone = row_of(report, PlanItemUpdate)
    held_to = PlanItemBaseline.finish.values(_written("31 August 2019"))
    made = PlanItemBaseline.objects.create(
        organisation=organisation, plan_item=milestone.plan_item, state="in_force", number=1, **held_to
    )
    PlanItemUpdate.objects.filter(pk=milestone.pk).update(baseline=made)
    change_row(milestone, PlanItemUpdate.finish.values(_written("20 September 2019")), by=factories.system_user())
    green = Status.objects.get(scheme=rating.dimension.scheme, label="Green")
    sent = answers(signed_in, report, "project-status") | {box(rating, "status"): str(green.pk)}
    parts = autosave(signed_in, report, "project-status", sent).json()["parts"]
    proposal = parts[f"dimensionrating-{rating.pk}-proposal"]
    assert "Slip is 20 days" in proposal
    assert "is chosen. Say why below" in proposal
    page = signed_in.get(url(report, "project-status")).content.decode()
    assert f'id="dimensionrating-{rating.pk}-proposal"' in page


# two people at once


def test_two_people_changing_different_answers_of_a_row_both_keep_theirs(signed_in, report, pmo):
    milestone = row_of(report, PlanItemUpdate)
    sent = answers(signed_in, report, "milestones") | {box(milestone, "comment"): "Mine"}
    change_row(milestone, {"interdependencies": "Milestone 2"}, by=pmo)
    assert signed_in.post(url(report, "milestones"), sent).status_code == 302
    milestone.refresh_from_db()
    assert (milestone.comment, milestone.interdependencies) == ("Mine", "Milestone 2")


@pytest.mark.parametrize(("choice", "kept"), [("yours", "Mine"), ("theirs", "Theirs")])
def test_two_people_changing_one_answer_are_asked_which_to_keep(signed_in, report, pmo, choice, kept):
    milestone = row_of(report, PlanItemUpdate)
    sent = answers(signed_in, report, "milestones") | {
        box(milestone, "comment"): "Mine",
        box(milestone, "interdependencies"): "Milestone 9",
    }
    change_row(milestone, {"comment": "Theirs"}, by=pmo)
    page = signed_in.post(url(report, "milestones"), sent)
    assert page.status_code == 409
    content = page.content.decode()
    assert "Theirs" in content
    assert "Mine" in content
    assert str(pmo) in content
    milestone.refresh_from_db()
    assert (milestone.comment, milestone.interdependencies) == ("Theirs", "Milestone 9")
    conflict = page.context["conflict"]
    again = dict(conflict["carried"]) | {f"keep_{field['name']}": choice for field in conflict["fields"]}
    assert signed_in.post(conflict["action"], again).status_code == 302
    milestone.refresh_from_db()
    assert milestone.comment == kept


def test_saving_as_one_types_stops_where_somebody_else_was_quicker(signed_in, report, pmo):
    commentary = row_of(report, Narrative, section="commentary")
    sent = answers(signed_in, report, "commentary") | {box(commentary, "text"): "Mine"}
    change_row(commentary, {"text": "Theirs"}, by=pmo)
    assert autosave(signed_in, report, "commentary", sent).status_code == 409
    commentary.refresh_from_db()
    assert commentary.text == "Theirs"


def test_saving_as_one_types_keeps_what_others_write_into_boxes_that_are_not_touched(signed_in, report, pmo):
    """The page goes on showing the old text of what somebody else has changed; saving again must not bring it back."""
    milestone = row_of(report, PlanItemUpdate)
    change_row(milestone, {"comment": "Old"}, by=pmo)
    sent = answers(signed_in, report, "milestones") | {box(milestone, "title"): "Doors are open"}
    change_row(milestone, {"comment": "Theirs"}, by=pmo)
    sent |= autosave(signed_in, report, "milestones", sent).json()["values"]
    again = autosave(signed_in, report, "milestones", sent | {box(milestone, "title"): "Doors wide open"})
    milestone.refresh_from_db()
    assert (milestone.title, milestone.comment) == ("Doors wide open", "Theirs")
    sent |= again.json()["values"] | {box(milestone, "comment"): "Mine"}
    assert autosave(signed_in, report, "milestones", sent).status_code == 409
    milestone.refresh_from_db()
    assert milestone.comment == "Theirs"


def test_a_page_that_comes_back_with_a_mistake_is_still_the_one_that_was_opened(signed_in, report, pmo):
    milestone = row_of(report, PlanItemUpdate)
    change_row(milestone, {"comment": "Old"}, by=pmo)
    sent = answers(signed_in, report, "milestones") | {box(milestone, "title"): ""}
    change_row(milestone, {"comment": "Theirs"}, by=pmo)
    page = signed_in.post(url(report, "milestones"), sent)
    assert page.status_code != 302
    for form in page.context["forms"].forms:
        sent |= {form.version_name: str(form.shown_version), form.typed_name: form.typed_json}
    assert signed_in.post(url(report, "milestones"), sent | {box(milestone, "title"): "Doors"}).status_code == 302
    milestone.refresh_from_db()
    assert (milestone.title, milestone.comment) == ("Doors", "Theirs")


# who, when, where


def test_a_submitted_report_is_read_and_not_edited(signed_in, report, officer):
    sent = answers(signed_in, report, "milestones")
    submit_report(report, by=officer)
    assert signed_in.get(url(report, "milestones")).url == reverse("report-edit", args=[report.pk])
    assert signed_in.post(url(report, "milestones"), sent).status_code == 302
    assert autosave(signed_in, report, "milestones", sent).status_code == 422
    page = signed_in.get(reverse("report-edit", args=[report.pk]))
    assert not any("url" in task for task in page.context["tasks"])


def test_who_may_not_edit_is_refused_and_who_may_not_see_finds_nothing(client, report, director, stranger, reader):
    for user, status in ((director, 403), (stranger, 404), (reader, 404)):
        client.force_login(user)
        assert client.get(url(report, "milestones")).status_code == status
        assert client.post(reverse("report-open", args=["westshire", "library"])).status_code == status or (
            user == reader
        )


def test_a_section_of_another_tier_is_not_found(signed_in, report):
    assert signed_in.get(url(report, "no-such-section")).status_code == 404


def test_opening_begins_the_newest_period_and_comes_back_to_it(signed_in, project, officer):
    opened = signed_in.post(reverse("report-open", args=["westshire", "library"]))
    report = Report.objects.get(node=project)
    assert opened.url == reverse("report-edit", args=[report.pk])
    assert report.as_at_on == date(2019, 8, 31)
    assert signed_in.post(reverse("report-open", args=["westshire", "library"])).url == opened.url
    assert signed_in.get(reverse("report-periods", args=["westshire", "library"])).status_code == 200


def test_opening_an_approved_period_is_refused_in_words(signed_in, report, officer, pmo):
    approve_report(submit_report(report, by=officer), by=pmo)
    answer = signed_in.post(reverse("report-open", args=["westshire", "library"]), {"period": report.period.slug})
    assert "Make a correction instead" in signed_in.get(answer.url).content.decode()
    assert Report.objects.filter(node=report.node, state=ReportState.DRAFT).count() == 0


def test_the_paper_return_is_blank_or_filled(signed_in, report):
    filled = signed_in.get(reverse("report-print", args=[report.pk])).content.decode()
    blank = signed_in.get(reverse("report-print", args=[report.pk]) + "?blank=1").content.decode()
    assert "Mar-20 ongoing" in filled
    assert "£7,342" in filled
    assert "Mar-20 ongoing" not in blank
    assert "7,342" not in blank
    assert "Target end date" in blank


def test_the_milestone_page_costs_the_same_however_long(signed_in, report, count_queries):
    def cost():
        with count_queries() as counted:
            signed_in.get(url(report, "milestones"))
        return len(counted)

    cost()
    few = cost()
    for number in range(20):
        factories.milestone(report, f"Milestone {number}", ref=str(number + 2))
    assert cost() == few


def _written(words):
    return parse_written_date(words)


def _any_label(organisation, subject):
    return Status.objects.filter(organisation=organisation, scheme__subject=subject).first().label


def _fresh(report):
    return Report.objects.select_related("template").get(pk=report.pk)


@pytest.mark.browser
def test_typing_in_a_browser_is_saved_and_wrong_answers_are_said_beside_their_box(
    chromium, live_server, client, project, officer
):
    report = copied(project)
    budget = row_of(report, BudgetPosition)
    context = chromium.new_context()
    sign_in(context, client, officer, live_server.url)
    page = context.new_page()
    page.goto(live_server.url + url(report, "budget"))
    page.locator(f"#id_{box(budget, 'planned')}").fill("£700,000")
    expect(page.locator("#derived-figures")).to_contain_text("£105,942")
    forecast = page.locator(f"#id_{box(budget, 'forecast')}")
    forecast.fill("a lot")
    expect(page.locator(".error-text")).to_contain_text("This is not an amount of money")
    forecast.fill("650000")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("saved")
    expect(page.locator("#derived-figures")).to_contain_text("£50,000")
    context.close()


def test_the_band_of_a_risk_follows_from_its_score(signed_in, report, organisation):
    risk = row_of(report, RiskAssessment)
    where = url(report, "high-risk-register")
    sent = answers(signed_in, report, "high-risk-register")
    scored = sent | {box(risk, "residual_likelihood"): "4", box(risk, "residual_impact"): "4"}
    answer = signed_in.post(where, scored, headers={"X-Autosave": "1"}).json()
    risk.refresh_from_db()
    expected = RiskBand.objects.get(matrix__organisation=organisation, from_score__lte=16, to_score__gte=16).status
    assert risk.residual_band == expected
    # the box on the page shows it, so that the next save does not send the old one
    assert answer["values"][box(risk, "residual_band")] == str(expected.pk)
    other = Status.objects.filter(scheme=expected.scheme).exclude(pk=expected.pk).first()
    sent = answers(signed_in, report, "high-risk-register") | {box(risk, "residual_band"): str(other.pk)}
    refused = signed_in.post(where, sent).content.decode()
    assert "The band follows from the score: 4 x 4 = 16" in refused
    risk.refresh_from_db()
    assert risk.residual_band == expected


def test_a_tier_that_reports_its_critical_path_only_edits_only_that(signed_in, report, organisation):
    section = report.template.sections.get(key="milestones")
    section.options = {
        "critical_path": {"title": "CRITICAL PATH", "scope_label": "ALL PROJECTS"},
        "critical_path_only": ["bronze"],
    }
    section.save()
    factories.milestone(report, "Keys handed over", ref="2", is_critical_path=True)

    def shown():
        page = signed_in.get(url(report, "milestones"))
        return [form.row.title for form in page.context["forms"].forms], page.content.decode()

    titles, words = shown()
    assert titles == ["Doors open", "Keys handed over"]
    assert "CRITICAL PATH" not in words
    Report.objects.filter(pk=report.pk).update(tier=factories.tier(organisation, "bronze"))
    titles, words = shown()
    assert titles == ["Keys handed over"]
    assert "CRITICAL PATH" in words
    assert "is_critical_path" not in words
    tasks = signed_in.get(reverse("report-edit", args=[report.pk])).context["tasks"]
    assert ("CRITICAL PATH", "ALL PROJECTS") in [(task["label"], task["hint"]) for task in tasks]
    signed_in.post(url(report, "milestones"), {"new-planitemupdate-title": "Roof on"})
    assert row_of(report, PlanItemUpdate, title="Roof on").is_critical_path
