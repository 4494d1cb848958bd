"""Many rows added at once are what the same rows added one by one would be."""

import pytest

from projects.actions.rows import add_row, add_rows, confirm_section
from projects.actions.writing import OtherOrganisation
from projects.models import PlanItem, PlanItemUpdate, ReportIsFrozen
from tests import factories


def said(rows):
    return [(row.ref, row.title, row.order, row.plan_item.title) for row in rows]


def test_many_rows_are_as_rows_added_one_by_one(organisation, officer):
    new = [({"kind": "milestone"}, {"ref": str(number), "title": f"Step {number}"}) for number in (1, 2, 3)]
    new[1][1]["order"] = 7
    one, many = (factories.project(organisation, slug=slug, title="Homes") for slug in ("one", "many"))
    drafts = [factories.draft(node) for node in (one, many)]
    expected = [add_row(drafts[0], PlanItemUpdate, by=officer, identity=dict(thing), **words) for thing, words in new]
    add_rows(drafts[1], PlanItemUpdate, new, by=officer)
    found = PlanItemUpdate.objects.of(drafts[1])
    assert said(found) == said(sorted(expected, key=lambda row: row.order))
    assert [row.order for row in found] == [1, 7, 8]
    assert PlanItem.objects.filter(node=many).count() == 3


def test_rows_go_into_drafts_only_and_undo_a_confirmation(project, officer):
    draft = factories.draft(project)
    confirm_section(draft, "milestones", by=officer)
    add_rows(draft, PlanItemUpdate, [({"kind": "milestone"}, {"ref": "1", "title": "Step"})], by=officer)
    draft.refresh_from_db()
    assert "milestones" not in draft.confirmed
    factories.approved(project, report=draft)
    with pytest.raises(ReportIsFrozen):
        add_rows(draft, PlanItemUpdate, [({"kind": "milestone"}, {"ref": "2", "title": "Late"})], by=officer)
    assert PlanItem.objects.filter(node=project).count() == 1


def test_no_row_of_many_points_into_another_council(project, officer):
    theirs = factories.project(factories.council(name="Elsewhere", slug="elsewhere"), slug="theirs")
    item = PlanItem.objects.create(organisation=theirs.organisation, node=theirs, kind="milestone", title="Theirs")
    with pytest.raises(OtherOrganisation, match="another organisation"):
        add_rows(factories.draft(project), PlanItemUpdate, [(item, {"ref": "1", "title": "Theirs"})], by=officer)
