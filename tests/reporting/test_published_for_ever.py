"""After publication everything that can be edited is edited, and the published report prints the same."""

import pytest
from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.urls import reverse

from projects.actions.change_control import raise_change, set_awareness
from projects.actions.nodes import change_node, move_node
from projects.actions.reports import open_draft, publish_report
from projects.actions.rows import add_row, change_row
from projects.actions.schemes import change_part, change_status, change_template, change_tier
from projects.models import (
    Board,
    Dimension,
    Narrative,
    Node,
    PlanItemUpdate,
    Question,
    Report,
    ReportTemplate,
    ResourcePosition,
    Status,
    TemplateSection,
    Tier,
)
from tests import factories
from tests.reporting.documents.pdfua import pdf_text

pytestmark = pytest.mark.django_db

# Edited through the actions the pages use, which put a new row in place of one that a report prints.
REPLACED = (Status, Tier, ReportTemplate, TemplateSection, Dimension, Question)
NEVER_EDITED = {"email", "password", "slug", "path", "node_path", "key", "kind", "state", "origin", "sha256", "code"}


@pytest.fixture
def published(organisation, officer):
    tier = Tier.objects.create(organisation=organisation, label="GOLD", code="gold", definition="The largest")
    board = Board.objects.create(
        organisation=organisation, name="Leadership Team", short_name="LT", awareness_heading="Date LT aware"
    )
    project = factories.project(organisation, tier=tier, reference="5", board=board)
    report = factories.draft(project)
    factories.milestone(report, title="Doors open", interdependencies="Milestone 1,4")
    factories.risk(report, title="Roof leaks", residual_band=factories.status(organisation, "risk_band", "High"))
    factories.benefit(report, title="More visitors")
    factories.budget(report, planned=601400, forecast=594058)
    add_row(report, ResourcePosition, by=officer, title="Librarian")
    change_row(Narrative.objects.of(report).first(), {"text": "The roof was looked at."}, by=officer)
    change = raise_change(
        project, by=officer, item_words="Doors", description="Date moved", awareness={board: "17.7.18"}
    )
    report = publish_report(factories.approved(project, report=report), by=officer)
    return report, change


def printed(client, user, report):
    client.force_login(user)
    page = client.get(reverse("report", args=[report.pk]))
    assert page.status_code == 200
    address = reverse("document", args=["project-dashboard", report.organisation.slug, report.node.slug])
    pdf = client.get(address, {"report": report.pk, "format": "pdf"})
    assert pdf.status_code == 200
    html = page.content.decode()
    drawn = html[html.index('<div class="document ') : html.index("</main>")]
    return drawn, pdf_text(pdf.content if not pdf.streaming else b"".join(pdf.streaming_content))


def edit_by_force(row):
    """Change every free text of a row; what the database refuses is refused."""
    for field in row._meta.concrete_fields:
        is_text = isinstance(field, models.CharField | models.TextField) and not isinstance(field, models.SlugField)
        if not is_text or field.choices or field.name in NEVER_EDITED:
            continue
        words = (getattr(row, field.attname) + " EDITED")[-(field.max_length or 500) :]
        try:
            with transaction.atomic():
                type(row)._base_manager.filter(pk=row.pk).update(**{field.attname: words})
        except DatabaseError as refusal:
            assert "frozen" in str(refusal)  # noqa: PT017


def test_nothing_that_can_be_edited_reaches_a_published_report(client, pmo, organisation, published):
    report, change = published
    page_before, pdf_before = printed(client, pmo, report)
    assert "Doors open" in pdf_before
    assert "£7,342" in pdf_before

    # the record moves on
    august = open_draft(report.series, factories.next_period(report.period), by=pmo)
    change_row(PlanItemUpdate.objects.of(august).get(), {"title": "Doors EDITED"}, by=pmo)
    raise_change(report.node, by=pmo, item_words="Roof EDITED", description="Another change")
    set_awareness(change, Board.objects.get(organisation=organisation), "1.8.19 EDITED", by=pmo)

    # the tree and its settings
    node = Node.objects.get(pk=report.node_id)
    change_node(node, {"title": "Library EDITED", "reference": "99"}, by=pmo)
    other = factories.project(organisation, slug="culture", title="Culture", kind="programme", with_series=False)
    move_node(Node.objects.get(pk=node.pk), to=other, by=pmo)
    for status in Status.objects.filter(organisation=organisation, is_archived=False):
        change_status(status, {"label": f"{status.label} EDITED", "colour": "purple", "definition": "EDITED"}, by=pmo)
    change_tier(Tier.objects.get(organisation=organisation), {"label": "SILVER"}, by=pmo)
    for part in (TemplateSection, Dimension, Question):
        words = {TemplateSection: "title", Dimension: "label", Question: "text"}[part]
        keys = list(part.objects.filter(template=report.template).values_list("key", flat=True))
        for key in keys:
            row = part.objects.get(key=key, template__slug=report.template.slug, template__is_archived=False)
            change_part(row, {words: f"{getattr(row, words)} EDITED"}, by=pmo)
    for template in ReportTemplate.objects.filter(organisation=organisation, is_archived=False):
        change_template(template, {"name": "EDITED", "marking": "EDITED", "score_label": "EDITED"}, by=pmo)

    # and everything else, by force
    for model in [*apps.get_app_config("projects").get_models(), type(pmo)]:
        if not issubclass(model, REPLACED):
            for row in model._base_manager.all():
                edit_by_force(row)

    assert Report.objects.get(pk=report.pk).title == report.title
    organisation.refresh_from_db()
    assert organisation.name.endswith("EDITED")
    pmo.refresh_from_db()
    page_after, pdf_after = printed(client, pmo, Report.objects.get(pk=report.pk))
    assert page_after.splitlines() == page_before.splitlines()
    assert pdf_after == pdf_before
