"""Where statuses of several schemes are listed, counted or compared together, the document prints the mapping."""

from datetime import date

import pytest

from projects.actions.rows import change_row
from projects.models import DimensionRating, Status, StatusScheme
from projects.permissions import top_node
from reporting.comparison import Asked
from reporting.drawing import Reader, build_document
from tests import factories

pytestmark = pytest.mark.django_db
STAFF = Reader(only_published=False, sees_exempt=True)
TITLE = "Statuses on the common scale"


@pytest.fixture
def steps(organisation):
    """A second scheme of overall statuses, as a council that was merged in brings one."""
    scheme = StatusScheme.objects.create(organisation=organisation, slug="steps", name="Steps", subject="overall")
    Status.objects.create(
        organisation=organisation, scheme=scheme, label="Wobbling", code="W", shape="triangle", colour="amber",
        kind="at_risk", severity=4,
    )  # fmt: skip
    return scheme


def report(node, status=None, period=None):
    """An approved report whose overall status is the first of the council's, or `status`."""
    draft = factories.draft(node, period)
    if status:
        rating = DimensionRating.objects.of(draft).get(dimension__is_overall=True)
        change_row(rating, {"status": status, "chosen_because": "As that council calls it"}, by=factories.system_user())
    return factories.approved(node, report=draft)


def mapping(built):
    """The rows of the mapping by status; None where it is not printed."""
    found = [section.content for section in built.sections if section.title == TITLE]
    return {row["status"].label: row["severity"] for row in found[0].rows} if found else None


def built(name, organisation, **more):
    return build_document(name, top_node(organisation), STAFF, **more)


@pytest.mark.parametrize("name", ["portfolio-status", "changes-since", "trends"])
def test_it_is_printed_where_two_schemes_meet_and_not_for_one(organisation, project, steps, name):
    may, june = (factories.period(organisation, day) for day in (date(2019, 5, 31), date(2019, 6, 30)))
    more = {"compared": Asked()} if name == "changes-since" else {}
    wobbling = steps.statuses.get()
    other = factories.project(organisation, slug="museum", title="Museum")
    for node in (project, other):
        report(node, period=may)
        report(node, period=june)
    assert "Wobbling" not in (mapping(built(name, organisation, **more)) or {})
    july = factories.period(organisation)
    report(other, wobbling, july)
    report(project, period=july)
    printed = mapping(built(name, organisation, **more))
    assert printed["Wobbling"] == "4: at risk"
    assert len(printed) > 1


def test_findings_on_statuses_explain_what_is_compared(organisation, project):
    draft = factories.draft(project)
    factories.milestone(
        draft, "Doors open", "1 July 2019", status=factories.status(organisation, "milestone", "Red"), ref="1"
    )
    factories.approved(project, report=draft)
    found = built("assurance", organisation)
    codes = [
        row["code"] for section in found.sections for table in section.tables for row in table.rows if "code" in row
    ]
    assert any(code.startswith("STA-") for code in codes)
    schemes = {row["scheme"] for section in found.sections if section.title == TITLE for row in section.content.rows}
    assert len(schemes) > 1
