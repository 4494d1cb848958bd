"""The series of reports of a node in pages: a fortnightly checkpoint beside monthly reports."""

import pytest
from django.urls import reverse

from projects.actions.nodes import archive_node
from projects.actions.reports import open_draft
from projects.actions.series import SeriesRefused, begin_series
from projects.models import Calendar, Narrative, Node, Period, ReportTemplate, Series, TemplateSection
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkpoint(organisation):
    return ReportTemplate.objects.create(
        organisation=organisation, slug="checkpoint", name="Checkpoint report", document="checkpoint"
    )


@pytest.fixture
def fortnights(organisation):
    calendar = Calendar.objects.create(
        organisation=organisation, slug="checkpoint", name="Fortnightly checkpoint", cadence="fortnightly"
    )
    days = {"starts_on": "2009-05-01", "ends_on": "2009-05-14", "as_at_on": "2009-05-14"}
    Period.objects.create(organisation=organisation, calendar=calendar, slug="a", label="1 to 14 May 2009", **days)
    return calendar


def address(project):
    return reverse("settings-node-series", args=[project.organisation.slug, project.slug])


def end(series):
    return reverse("settings-node-series-end", args=[series.organisation.slug, series.node.slug, series.pk])


def test_an_administrator_begins_and_ends_a_second_series_from_the_nodes_page(
    client, administrator, project, checkpoint, fortnights
):
    client.force_login(administrator)
    page = client.get(reverse("node", args=[project.organisation.slug, project.slug])).content.decode()
    assert address(project) in page
    sent = {"template": checkpoint.pk, "calendar": fortnights.pk}
    assert client.post(address(project), {"template": checkpoint.pk}).context["form"].errors["calendar"]
    shown = client.post(address(project), sent, follow=True).content.decode()
    assert "now reports on Checkpoint report by the calendar Fortnightly checkpoint" in shown
    assert "Fortnightly checkpoint (fortnightly)" in shown
    second = Series.objects.get(node=project, template=checkpoint)
    assert not second.keeps_registers
    assert Node.objects.get(pk=project.pk).headline_series_id != second.pk
    twice = client.post(address(project), sent).content.decode()
    assert "reports on “Checkpoint report” already, by the calendar “Fortnightly checkpoint”" in twice

    draft = open_draft(second, fortnights.periods.get(), by=administrator)
    refused = client.post(end(second), {"reason": "The project is over."}).content.decode()
    assert "The report of 1 to 14 May 2009 is not approved yet (draft). Approve or discard it first." in refused
    draft.delete()
    assert client.post(end(second), {"reason": ""}).context["form"].errors["reason"]
    client.post(end(second), {"reason": "The project is over."})
    second.refresh_from_db()
    assert second.is_archived
    again = client.post(address(project), sent).content.decode()
    assert "Take it up again instead." in again
    client.post(end(second), {"reason": "It goes on."})
    second.refresh_from_db()
    assert not second.is_archived


def test_templates_of_reports_to_committees_are_no_series_of_a_node(client, administrator, project, checkpoint):
    for document in ("cover-report", "narrative-update"):
        ReportTemplate.objects.create(
            organisation=project.organisation, slug=document, name=document, document=document
        )
    client.force_login(administrator)
    offered = client.get(address(project)).context["form"].fields["template"].queryset
    assert set(offered.values_list("document", flat=True)) == {"project-dashboard", "checkpoint"}


def test_the_series_that_keeps_the_registers_ends_with_the_node(client, administrator, project):
    client.force_login(administrator)
    refused = client.post(end(project.headline_series), {"reason": "No more."}).content.decode()
    assert "it ends when the node is archived" in refused
    assert not Series.objects.get(pk=project.headline_series_id).is_archived


def test_nothing_begins_at_an_archived_node(administrator, project, checkpoint, fortnights):
    archive_node(project, by=administrator, reason="Done")
    with pytest.raises(SeriesRefused, match="is archived"):
        begin_series(project, checkpoint, fortnights, by=administrator)


def test_a_node_without_reports_begins_with_the_series_that_keeps_its_registers(
    organisation, administrator, checkpoint, fortnights
):
    node = factories.project(organisation, slug="roof", title="Roof", with_series=False)
    assert begin_series(node, checkpoint, fortnights, by=administrator).keeps_registers
    assert Node.objects.get(pk=node.pk).headline_series.template == checkpoint


def test_a_text_that_says_as_of_when_it_speaks_is_not_copied_and_one_that_was_is_said(client, officer, project):
    """June's "Position as of End of Jun 22" is no sentence for July."""
    template = project.headline_series.template
    for key, options in (("position", {"kind": "narrative", "starts_blank": True}), ("ask", {"kind": "narrative"})):
        TemplateSection.objects.create(
            organisation=project.organisation, template=template, key=key, title=key, order=60, options=options
        )
    july = factories.draft(project)
    said = "Position as of End of Jul 19 [USING AVAILABLE DATA]"
    Narrative.objects.filter(report=july, section__in=("position", "ask")).update(text=said)
    july = factories.published(project, report=july)
    august = factories.draft(project, factories.next_period(july.period))
    texts = dict(Narrative.objects.filter(report=august).values_list("section", "text"))
    assert (texts["position"], texts["ask"]) == ("", said)
    client.force_login(officer)
    page = client.get(reverse("report-edit-section", args=[august.pk, "ask"])).content.decode()
    assert "It still says “as of End of Jul 19”, and this report is as at 31 August 2019." in page
    assert (
        "It still says" not in client.get(reverse("report-edit-section", args=[august.pk, "position"])).content.decode()
    )
