"""Narrative updates and small tables as pages: begun, edited, flagged; pasted, previewed, refused without loss."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from projects.actions.assembly import reports_to_tell, sections_from
from projects.actions.committees import add_meeting, create_committee_report
from projects.actions.reports import correct_report
from projects.actions.rows import add_row, change_row
from projects.models import Board, CommitteeReport, DataTable, Narrative, ReportTemplate, TemplateSection
from projects.permissions import top_node
from tests import factories

pytestmark = pytest.mark.django_db
PASTED = "\tBefore\tAfter\r\nPosts\t204.63\t177.12"


def say(report, words):
    change_row(Narrative.objects.of(report).get(section="commentary"), {"text": words}, by=factories.system_user())
    return report


@pytest.fixture
def july(project):
    return factories.approved(project, report=say(factories.draft(project), "Due in spring."))


@pytest.fixture
def update(organisation, july, pmo):
    """A drafted update to the Executive of 20 August 2019, with what the library tells."""
    meeting = add_meeting(factories.board(organisation), datetime(2019, 8, 20, 18, tzinfo=UTC), by=pmo)
    return create_committee_report(
        node=top_node(organisation),
        meeting=meeting,
        slug="update",
        document="narrative-update",
        heading="Report",
        subject="Key projects",
        report_of="Leader",
        sections=[
            {"key": "detail", "heading": "Detail"},
            *sections_from(reports_to_tell(top_node(organisation), meeting)),
        ],
        by=pmo,
    )


def address(report, name="committee-report"):
    return reverse(name, args=[report.organisation.slug, report.slug])


def sent(page, **more):
    posted = {}
    for form in [page.header, *page.sections]:
        posted |= {form.version_name: form.shown_version, form.typed_name: form.typed_json}
        posted |= {form.add_prefix(name): words for name in form.fields if (words := form.text_of(form.row, name))}
    return {**posted, **more}


def begin(client, organisation, **more):
    board = Board.objects.filter(organisation=organisation).first() or factories.board(organisation)
    answers = {
        "document": "narrative-update", "node": top_node(organisation).pk, "board": board.pk,
        "meets_on": "20 August 2019", "meets_at": "18:00", "subject": "Key projects", "report_of": "Leader",
    }  # fmt: skip
    return client.post(reverse("committee-report-new", args=[organisation.slug]), {**answers, **more})


def test_an_update_is_begun_with_what_the_projects_tell(client, pmo, organisation, july):
    client.force_login(pmo)
    assert begin(client, organisation).status_code == 302
    report = CommitteeReport.objects.get(document="narrative-update")
    assert report.numbering == "through"
    headings = list(report.sections.values_list("heading", flat=True))
    assert headings[4:8] == ["Detail", "Background", "New library", "Looking forward"]
    told = report.sections.get(source=july)
    assert (told.text, told.is_within) == ("Due in spring.", True)
    words = client.get(address(report, "committee-report-edit")).content.decode()
    assert reverse("report", args=[july.pk]) in words
    assert "changes nothing in that report" in words


def test_the_councils_own_template_says_where_and_how(client, pmo, organisation, july):
    template = ReportTemplate.objects.create(
        organisation=organisation, slug="update", name="Update", document="narrative-update"
    )
    for order, (key, title, options) in enumerate(
        [
            ("detail", "DETAIL", {}),
            ("from-projects", "Projects", {}),
            ("questions", "Equality", {"is_within": True, "text": "Is one needed?"}),
        ]
    ):
        TemplateSection.objects.create(
            organisation=organisation, template=template, key=key, title=title, options=options, order=order
        )
    client.force_login(pmo)
    begin(client, organisation)
    sections = CommitteeReport.objects.get(document="narrative-update").sections.all()
    assert [(each.heading, each.text) for each in sections] == [
        ("DETAIL", ""), ("New library", "Due in spring."), ("Equality", "Is one needed?"),
    ]  # fmt: skip


def test_a_next_update_begins_from_the_last_with_what_is_told_now(client, pmo, organisation, update, project):
    factories.approved(project, factories.next_period(factories.period(organisation)))
    client.force_login(pmo)
    begin(client, organisation, source=update.pk, meets_on="12 September 2019")
    report = CommitteeReport.objects.exclude(pk=update.pk).get()
    (told,) = report.sections.exclude(source=None)
    assert told.source.period_label == "August 2019"


def test_a_cover_report_is_no_beginning_of_an_update(client, pmo, organisation, update):
    CommitteeReport.objects.filter(pk=update.pk).update(document="cover-report")
    client.force_login(pmo)
    page = begin(client, organisation, source=update.pk)
    assert "is no narrative update" in page.content.decode()


def test_a_correction_below_is_flagged_where_the_clerk_looks_and_taken_by_a_button(client, pmo, reader, update, july):
    correction = correct_report(july, by=pmo, reason="The supplier wrote again")
    factories.approved(july.node, report=say(correction, "Due in summer."))
    clerk = factories.person("clerk@example.org", update.organisation, "clerk")
    for writer in (clerk, pmo):
        client.force_login(writer)
        assert "no longer stands" in client.get(reverse("home")).content.decode()
    assert "The supplier wrote again" in client.get(address(update)).content.decode()
    where = address(update, "committee-report-edit")
    page = client.get(where)
    assert "Due in summer." in page.content.decode()
    section = update.sections.get(source=july)
    assert section.text == "Due in spring."
    client.post(where, sent(page.context["page"], action=f"take-anew:{section.pk}"))
    section.refresh_from_db()
    assert section.text == "Due in summer."
    assert "no longer stands" not in client.get(reverse("home")).content.decode()


def test_the_page_of_a_project_leads_to_what_committees_were_told_of_it(client, pmo, reader, update, project):
    where = reverse("node", args=[project.organisation.slug, project.slug])
    link = reverse("document", args=["narrative-update", project.organisation.slug, project.organisation.slug])
    client.force_login(pmo)
    assert link in client.get(where).content.decode()
    assert client.get(f"{link}?period=update").status_code == 200
    client.force_login(reader)
    assert client.get(f"{link}?period=update").status_code == 404


# ---- small tables ----


@pytest.fixture
def table(project, officer):
    """A table of the draft that has no cells yet."""
    template = ReportTemplate.objects.get(organisation=project.organisation, slug="highlight")
    TemplateSection.objects.create(
        organisation=project.organisation, template=template, key="data-tables", title="Tables", order=90
    )
    row = add_row(factories.draft(project), DataTable, by=officer, section="data-tables", title="Posts")
    row.refresh_from_db()
    return row


def paste(client, table, cells, **more):
    where = reverse("report-edit-section", args=[table.report_id, "data-tables"])
    form = client.get(where).context["forms"].forms[0]
    typed = {form.version_name: form.shown_version, form.typed_name: form.typed_json}
    return client.post(where, typed | {form.add_prefix("title"): "Posts", form.add_prefix("cells"): cells}, **more)


def test_cells_pasted_become_a_table_that_is_shown(client, officer, table):
    client.force_login(officer)
    assert paste(client, table, PASTED).status_code == 302
    table.refresh_from_db()
    assert (table.columns, table.rows) == (["", "Before", "After"], [["Posts", "204.63", "177.12"]])
    shown = client.get(reverse("report-edit-section", args=[table.report_id, "data-tables"])).content.decode()
    assert "<td>204.63</td>" in shown
    assert '<th scope="col">Before</th>' in shown


def test_cells_that_are_no_table_are_told_and_kept_in_the_box(client, officer, table):
    client.force_login(officer)
    page = paste(client, table, "a\tb\nx\t1\t2")
    assert page.status_code == 200
    words = page.content.decode()
    assert "This row has more cells than there are headings: x | 1 | 2" in words
    assert "x\t1\t2</textarea>" in words
    table.refresh_from_db()
    assert table.rows == []


def test_the_preview_follows_what_is_typed(client, officer, table):
    client.force_login(officer)
    answer = paste(client, table, PASTED, headers={"X-Autosave": "1"}).json()
    assert "<td>177.12</td>" in answer["parts"][f"datatable-{table.pk}-preview"]


def test_a_table_goes_on_into_the_next_draft_and_onto_the_dashboard(client, officer, pmo, table):
    client.force_login(officer)
    paste(client, table, PASTED)
    report = say(table.report, "As follows.\n\n[table 1]\n\nAnd so on.")
    factories.approved(report.node, report=report)
    following = factories.draft(report.node, factories.next_period(report.period))
    assert DataTable.objects.of(following).get().rows == [["Posts", "204.63", "177.12"]]
    client.force_login(pmo)
    page = client.get(reverse("report", args=[report.pk]))
    tables = [table for _, table in page.context["built"].tables if table.caption == "Posts"]
    assert len(tables) == 1
    assert "[table 1]" not in page.content.decode()
