"""The published report of July 2019: every finding a reader can make by hand from its two appendices, and no other."""

import json
from collections import Counter
from io import StringIO

import pytest
from django.core.management import call_command

from projects.actions.reports import approve_report, submit_report
from projects.actions.rows import change_row
from projects.models import DimensionRating, Node, Organisation, Report
from reporting.assurance.document import assurance_of
from reporting.assurance.examine import UnknownPeriod, examine
from reporting.documents.render import render_pdf, render_xlsx
from tests import factories
from tests.reporting.documents.pdfua import assert_pdf_ua, pdf_text

pytestmark = pytest.mark.django_db

# Typed from the source, project by project.
HOMELESSNESS = {
    "DEP-01": 3,  # milestones 1, 2 and 3 each name themselves
    "DEP-02": 2,  # 2 waits for the blank row 5; 3 for the blank rows 5 and 6
    "RSK-02": 2,  # risks 2 and 5 are High
    "RSK-03": 1,  # RISK STATUS OK beside them
    "RES-01": 1,  # a post funded for 2018-19
    "CHG-01": 9,  # of eleven changes two say when the Executive became aware
}
ICT = {
    "MIL-01": 1,  # milestone 6: Mar-19 and GREEN
    "MIL-07": 1,  # a change moved the last payment from 1 July to the end of July: 30 days, where 28 are the line
    "DEP-04": 1,  # milestone 7 is complete before 6
    "RSK-01": 5,  # reviews of Jun-18, Feb-18, Aug-18, Oct-18, Oct-18
    "RSK-02": 3,  # risks 1, 2 and 3 are High
    "RSK-03": 1,  # RISK STATUS OK beside them
    "BEN-01": 2,  # benefits 3 and 4: Nov-18 and not completed
    "FIG-02": 2,  # £620,271 committed; a last payment of £7,581
    "ANS-02": 1,  # no milestone slipped, though 6 has
    "STA-01": 1,  # AMBER, with a milestone 101 days late
    "STA-02": 1,  # On Track, with the same
    "PRJ-01": 1,  # finished on 1 July 2019, in Delivery on the 10th
    "CHG-01": 5,  # no change says when the Leadership Team became aware
}


COUNCIL = "rochford"  # that `loaded` puts into the database


@pytest.fixture
def rochford(loaded, db):
    return Organisation.objects.get(pk=loaded.pk)


def examined(organisation, period="2019-07"):
    return {each.node.slug: each for each in examine(Node.objects.filter(organisation=organisation), period)}


def codes(found):
    return Counter(finding.code for finding in found.standing)


def places(found, code):
    return sorted(finding.subject.words.split(":")[0] for finding in found.standing if finding.code == code)


def test_homelessness(rochford):
    found = examined(rochford)["homelessness"]
    assert codes(found) == HOMELESSNESS
    assert places(found, "DEP-02") == ["Milestone 2", "Milestone 3"]
    assert places(found, "RSK-02") == ["Risk 2", "Risk 5"]
    assert found.notes == ()


def test_ict(rochford):
    found = examined(rochford)["ict"]
    assert codes(found) == ICT
    assert places(found, "MIL-01") == ["Milestone 6"]
    assert places(found, "DEP-04") == ["Milestone 7"]
    assert places(found, "BEN-01") == ["Benefit 3", "Benefit 4"]
    assert found.notes == ("Budget Remaining is stated as £44,979; the record gives £44,978: within rounding.",)


def test_the_evidence_of_ict_is_in_the_words_of_its_appendix(rochford):
    said = "\n".join(
        " | ".join((finding.code, finding.hit.what, *map(str, finding.hit.evidence)))
        for finding in examined(rochford)["ict"].standing
    )
    # 31 March to 10 July 2019 is 101 days; 28 February 2018 to then 497
    for words in (
        "MIL-01 | Its date passed 101 days ago and it is still GREEN. | Target date: Mar-19",
        "RSK-01 | Its review is 497 days overdue. | Review date: Feb-18 | Residual risk: High",
        "£620,271 is not a figure of the budget; the record has committed £102,888, "
        "spent and committed together £597,870.",
        "£7,581 is not a figure of the budget; the record has remaining £44,978.",
        "PRJ-01 | The project should have finished 9 days ago; its stage is Delivery. | Finish date: 01/07/2019",
    ):
        assert words in said


def test_what_moved_by_change_control_is_blamed_for_the_sum_of_its_moves_alone(rochford):
    found = examined(rochford)["leisure-centre-sample"]
    assert codes(found) == {"MIL-07": 1, "RSK-02": 1, "RSK-03": 1, "CHG-01": 1}
    (drift,) = (finding for finding in found.standing if finding.code == "MIL-07")
    assert drift.hit.what == "2 approved changes moved it 61 days later in all."  # end of August to end of October


def test_an_open_draft_is_judged_by_today_and_shows_what_was_carried_forward(rochford):
    found = examined(rochford, "2019-08")["homelessness"]
    assert found.day == rochford.clock_on
    assert codes(found) == HOMELESSNESS | {"NAR-01": 1}


def test_without_a_period_the_newest_approved_reports_are_looked_at(rochford):
    assert {slug: codes(found) for slug, found in examined(rochford, "").items()} == {
        slug: codes(found) for slug, found in examined(rochford, "2019-07").items()
    }


def test_a_day_asks_for_what_was_approved_by_then(rochford):
    assert {each.report.period.slug for each in examined(rochford, "2019-07-09").values()} == {"2019-06"}
    assert codes(examined(rochford, "2019-07-10")["ict"]) == ICT


def test_a_period_there_is_not(rochford):
    with pytest.raises(UnknownPeriod, match="There is no period 1999-01"):
        examined(rochford, "1999-01")


def test_a_report_that_is_due_and_not_in(rochford):
    rochford.clock_on = rochford.clock_on.replace(day=17)  # the August report was due on the 16th
    rochford.save()
    missing = {slug: found.standing[0] for slug, found in examined(rochford, "2019-08").items()}
    assert {finding.code for finding in missing.values()} == {"REP-02"}
    assert str(missing["homelessness"].hit.evidence[1]) == "State: Draft"
    assert str(missing["ict"].hit.evidence[1]) == "State: not begun"
    assert str(missing["ict"].hit.evidence[2]) == "Last known: July 2019"


def test_a_report_in_hand_is_not_missing(rochford):
    rochford.clock_on = rochford.clock_on.replace(day=17)
    rochford.save()
    draft = Report.objects.get(node__slug="homelessness", period__slug="2019-08")
    by = factories.system_user()
    for rating in DimensionRating.objects.of(draft):
        change_row(rating, {"chosen_because": "As in July"}, by=by)
    report = submit_report(draft, by=by)
    assert "REP-02" not in codes(examined(rochford, "2019-08")["homelessness"])
    approve_report(report, by=by)
    assert "REP-02" not in codes(examined(rochford, "2019-08")["homelessness"])


def test_examining_costs_the_same_however_many_nodes(rochford, count_queries):
    with count_queries() as one:
        examine(Node.objects.filter(organisation=rochford, slug="leisure-centre-sample"), "2019-07")
    with count_queries() as four:
        examine(Node.objects.filter(organisation=rochford), "2019-07")
    assert len(four) == len(one)


def test_the_document_is_accessible_and_its_workbook_opens(rochford):
    built = assurance_of(Node.objects.get(organisation=rochford, slug="rochford"), "2019-07")
    drawn = render_pdf(built)
    assert_pdf_ua(drawn)
    assert "£620,271 is not a figure of the budget" in pdf_text(drawn)
    assert render_xlsx(built)[:2] == b"PK"


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("assure", *arguments, stdout=out, stderr=err)
    return out.getvalue()


def test_the_command_prints_findings_by_node(rochford):
    said = run("--organisation", "rochford", "--period", "2019-07")
    assert "ICT (rochford/ict). Report of July 2019, as at 10 July 2019." in said
    assert "High   MIL-01  Milestone 6: Windows 2003 servers and app installs" in said
    assert "48 findings on 4 nodes, 0 more accepted." in said


def test_the_command_gives_scripts_a_list(rochford):
    found = json.loads(run("--json", "--organisation", "rochford"))
    of_ict = [each for each in found if each["node"] == "rochford/ict"]
    assert Counter(each["code"] for each in of_ict) == ICT
    late = next(each for each in of_ict if each["code"] == "MIL-01")
    assert late.keys() == {
        "code", "node", "report", "severity", "what", "where", "evidence", "why", "clear_by", "accepted",
    }  # fmt: skip
    assert (late["report"], late["severity"], late["accepted"]) == ("July 2019", "high", None)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--organisation", "nowhere"), "There is no organisation nowhere."),
        (("--organisation", "rochford", "--period", "nope"), "There is no period nope"),
    ],
)
def test_the_command_refuses_what_there_is_not(rochford, arguments, sentence):
    err = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("assure", *arguments, stdout=StringIO(), stderr=err)
    assert left.value.code == 2
    assert err.getvalue().startswith(sentence)


def test_a_report_sent_after_the_day_of_a_demonstration_is_not_years_late(rochford):
    """The August report of Homelessness is due on 16 August 2019, ten days after the demonstration's day."""
    draft = Report.objects.get(series__node__slug="homelessness", organisation=rochford, state="draft")
    factories.approved(draft.node, report=draft)
    assert "REP-01" not in codes(examined(rochford, "2019-08")["homelessness"])
    rochford.clock_on = rochford.clock_on.replace(day=20)
    rochford.save()
    assert codes(examined(rochford, "2019-08")["homelessness"])["REP-01"] == 1
