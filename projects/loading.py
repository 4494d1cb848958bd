"""Loading councils that are written down as data (fixtures/*.json) into the record, through the actions.

May be run again: a council or person that is there already is left as people have made it.
"""

import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from projects.actions.back_fill import PastReport, back_fill
from projects.actions.change_control import decide_change, raise_change, set_first_baseline, submit_change
from projects.actions.committees import add_meeting
from projects.actions.nodes import add_node
from projects.actions.organisations import close_period, found_organisation
from projects.actions.people import create_person, grant_role, person_with
from projects.actions.proposals import proposing_once
from projects.actions.reports import (
    approve_report,
    change_report,
    correct_report,
    open_draft,
    publish_report,
    return_report,
    start_series,
    submit_report,
)
from projects.actions.rows import add_rows, change_row
from projects.actions.writing import save_changes, save_new
from projects.audit import acting
from projects.loading_committees import load_committees
from projects.loading_indicators import load_indicators, measured_rows
from projects.loading_plans import fill_checkpoint, load_plans, nest_parts, past_rows, settle_matrices
from projects.loading_scorecard import load_identities, load_map_and_forward_plan, scorecard_rows
from projects.models import (
    Answer,
    Benefit,
    BenefitUpdate,
    Board,
    Budget,
    BudgetBaseline,
    BudgetBaselineLine,
    BudgetPosition,
    Calendar,
    ChangeRequest,
    ChangeRoute,
    ChangeRouteStep,
    DataTable,
    Dimension,
    DimensionRating,
    Grouping,
    GroupingMember,
    Meeting,
    Narrative,
    Node,
    NodeAlias,
    NodeBaseline,
    Notice,
    Organisation,
    Origin,
    Period,
    PlanItem,
    PlanItemBaseline,
    PlanItemUpdate,
    Post,
    Question,
    Report,
    ReportingStream,
    ReportTemplate,
    ResourcePosition,
    Risk,
    RiskAssessment,
    SavingLine,
    Series,
    StatedFigure,
    Status,
    StatusScheme,
    Tally,
    TallyLine,
    TemplateSection,
    Tier,
    Tranche,
)
from projects.permissions import top_node
from projects.rules.dates import parse_written_date
from projects.rules.kinds import Kind, severity_of

FIXTURES = settings.BASE_DIR / "fixtures"
LOADER_EMAIL = "demonstration-loader@example.org"
# Printed by the command; the demonstration listens on this machine only and refuses production settings.
DEMO_PASSWORD = "see-how-it-stands"  # noqa: S105
SAME_REPORT = ("template", "period", "node")  # what a report is known by from one part of a fixture to another
TOUCHED = {"milestone": ("plan_item", PlanItem), "risk": ("risk", Risk), "benefit": ("benefit", Benefit)}


def read_fixture(name: str, folder: Path = FIXTURES):
    """The JSON of fixtures/<name>.json; what fixtures/<name>-<part>.json list is added to the lists of a council."""
    read = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    for part in sorted(folder.glob(f"{name}-*.json")):
        for key, more in json.loads(part.read_text(encoding="utf-8")).items():
            read[key] = [*read.get(key, ()), *more]
    return read


def demonstration_loader():
    """Who the audit trail names for what was loaded; nobody can sign in as them."""
    found = person_with(LOADER_EMAIL)
    return found or get_user_model().objects.create_user(LOADER_EMAIL, post="Demonstration loader", is_active=False)


def load_council(council: dict, *, by) -> Organisation:
    """Load a council whole, unless it is there."""
    with transaction.atomic():
        if known := Organisation.objects.filter(slug=council["organisation"]["slug"]).first():
            return known
        organisation = _found(council, by)
        for place, node in enumerate(council["nodes"], start=1):
            _load_node(organisation, node, place, by)
        for place, grouping in enumerate(council.get("groupings", ()), start=1):
            _load_grouping(organisation, grouping, place, by)
        for series in council.get("series", ()):
            _begin_series(Node.objects.get(organisation=organisation, slug=series["node"]), series, by)
        for node, document, printed_as in council.get("aliases", ()):
            named = Node.objects.get(organisation=organisation, slug=node)
            save_new(NodeAlias(organisation=organisation, node=named, document=document, printed_as=printed_as), by=by)
        load_indicators(organisation, council, by=by)
        load_identities(organisation, council, by=by)
        _load_history(organisation, council, by)
        load_plans(organisation, council, by=by)
        for budget in council.get("budgets", ()):
            _load_budget(organisation, budget, by)
        for draft in council.get("drafts", ()):
            series, period = _series_and_period(organisation, draft)
            open_draft(series, period, by=by, at=_moment(draft["opened_on"]))
        for change in council.get("changes", ()):
            node = Node.objects.get(organisation=organisation, slug=change["node"])
            _load_change(node, change, _moment(change["on"]), by)
        load_committees(organisation, council, by=by)
        load_map_and_forward_plan(organisation, council, by=by)
        return organisation


def load_people(people: list[dict], *, by) -> None:
    """Make the cast of the demonstration, with roles and posts that are held, where they are missing."""
    for person in people:
        if person_with(person["email"]):
            continue
        nodes = [(role, _node_at(address)) for role in person["roles"] for address in role["nodes"]]
        organisation = nodes[0][1].organisation
        user, _ = create_person(email=person["email"], post=person["post"], by=by, organisation=organisation)
        with acting(by, "The demonstration's shared password", organisation):
            user.set_password(DEMO_PASSWORD)
            user.must_change_password = False
            user.save(update_fields=["password", "must_change_password"])
        for role, node in nodes:
            board = Board.objects.get(organisation=node.organisation, name=role["board"]) if "board" in role else None
            grant_role(user=user, node=node, role=role["role"], by=by, board=board)
        for held in person.get("holds", ()):
            post = _post(Organisation.objects.get(slug=held["council"]), held["post"], by)
            save_changes(post, {"holder": user}, by=by)


# --- A council's settings --------------------------------------------------------------------------------------------


def _found(council, by):
    # A council that declines the defaults brings every scheme, calendar and template it uses.
    given = dict(council["organisation"], clock_on=date.fromisoformat(council["organisation"]["clock_on"]))
    organisation = found_organisation(by=by, with_defaults=council.get("with_defaults", True), **given)
    for place, board in enumerate(council["boards"], start=1):
        save_new(Board(organisation=organisation, order=place, **board), by=by)
    for place, tier in enumerate(council.get("tiers", ()), start=1):
        save_new(Tier(organisation=organisation, order=place, **tier), by=by)
    for scheme in council["schemes"]:
        _settle_scheme(organisation, scheme, by)
    settle_matrices(organisation, council, by=by)
    for meeting in council.get("meetings", ()):
        # midnight where the source does not say the hour
        starts_at = _moment(meeting["on"], time.fromisoformat(meeting.get("at", "00:00")))
        add_meeting(_board(organisation, meeting["board"]), starts_at, by=by)
    for calendar in council["calendars"]:
        _settle_calendar(organisation, calendar, by)
    for template in council.get("templates", ()):
        _settle_template(organisation, template, by)
    for place, route in enumerate(council.get("routes", ()), start=1):
        _settle_route(organisation, route, place, by)
    return organisation


def _settle_route(organisation, given, place, by):
    """A way of decision with its steps: a board, a post, or (neither named) the project's own sponsor."""
    columns = {name: given[name] for name in ("name", "applies_to", "rule")}
    route = save_new(ChangeRoute(organisation=organisation, order=place, **columns), by=by)
    for order, step in enumerate(given["steps"], start=1):
        decides = {}
        if "board" in step:
            decides["board"] = _board(organisation, step["board"])
        if "post" in step:
            decides["post"] = _post(organisation, step["post"], by)
        save_new(ChangeRouteStep(organisation=organisation, route=route, order=order, **decides), by=by)


def _settle_scheme(organisation, scheme, by):
    """Make the scheme, or give the default one of the same slug the council's own statuses."""
    statuses = {status["code"]: _status_columns(status, place) for place, status in enumerate(scheme["statuses"], 1)}
    columns = {name: scheme[name] for name in ("name", "subject")}
    found = StatusScheme.objects.filter(organisation=organisation, slug=scheme["slug"]).first()
    if found:
        found = save_changes(found, columns, by=by)
        with acting(by):
            for status in found.statuses.exclude(code__in=statuses):
                status.delete()
    else:
        found = save_new(StatusScheme(organisation=organisation, slug=scheme["slug"], **columns), by=by)
    known = {status.code: status for status in found.statuses.all()}
    for code, columns in statuses.items():
        if code in known:
            save_changes(known[code], columns, by=by)
        else:
            save_new(Status(organisation=organisation, scheme=found, **columns), by=by)


def _status_columns(status, place):
    severity = severity_of(Kind(status["kind"]))
    return {"definition": "", "synonyms": [], "severity": severity, "order": place, **status}


def _settle_calendar(organisation, calendar, by):
    """Make the calendar with its periods, or set those of the default one to the council's own dates."""
    columns = {name: calendar[name] for name in calendar if name not in ("slug", "periods", "closed_to")}
    if "board" in columns:
        columns["board"] = _board(organisation, columns["board"])
    found = Calendar.objects.filter(organisation=organisation, slug=calendar["slug"]).first()
    if found:
        found = save_changes(found, columns, by=by)
    else:
        found = save_new(Calendar(organisation=organisation, slug=calendar["slug"], **columns), by=by)
    known = {period.slug: period for period in found.periods.all()}
    for period in calendar["periods"]:
        days = {name: date.fromisoformat(period[name]) for name in ("starts_on", "ends_on", "as_at_on")}
        columns = {"label": period["label"], "short_code": period.get("short_code", ""), **days}
        if "due_on" in period:
            columns["due_at"] = _moment(period["due_on"], time(17))
        if "due_at" in period:
            columns["due_at"] = timezone.make_aware(datetime.fromisoformat(period["due_at"]))
        if "meeting" in period:
            columns["meeting"] = _meeting(organisation, period["meeting"])
        if period["slug"] in known:
            save_changes(known[period["slug"]], columns, by=by)
        else:
            save_new(Period(organisation=organisation, calendar=found, slug=period["slug"], **columns), by=by)


def _settle_template(organisation, template, by):
    parts = ("sections", "dimensions", "questions")
    columns = {name: template[name] for name in template if name not in parts}
    if "board" in columns:
        columns["board"] = _board(organisation, columns["board"])
    saved = save_new(ReportTemplate(organisation=organisation, **columns), by=by)
    tiers = {tier.code: tier for tier in Tier.objects.filter(organisation=organisation)}
    schemes = {scheme.slug: scheme for scheme in StatusScheme.objects.filter(organisation=organisation)}
    for model, name in ((TemplateSection, "sections"), (Dimension, "dimensions"), (Question, "questions")):
        for place, given in enumerate(template[name], start=1):
            part = dict(given)
            codes = part.pop("tiers", [])
            if "scheme" in part:
                part["scheme"] = schemes[part["scheme"]]
            row = save_new(model(organisation=organisation, template=saved, order=place, **part), by=by)
            if codes:
                with acting(by):
                    row.tiers.set([tiers[code] for code in codes])


# --- Nodes -----------------------------------------------------------------------------------------------------------


def _load_node(organisation, given, place, by):
    fields = {name: given[name] for name in ("reference", "description", "is_sample") if name in given}
    if "tier" in given:
        fields["tier"] = Tier.objects.get(organisation=organisation, code=given["tier"], is_archived=False)
    if "board" in given:
        fields["board"] = _board(organisation, given["board"])
    for role in ("lead_post", "sponsor_post"):
        if role in given:
            fields[role] = _post(organisation, given[role], by)
    parent = top_node(organisation)
    if "parent" in given:
        parent = Node.objects.get(organisation=organisation, slug=given["parent"])
    node = add_node(
        parent=parent, kind=given["kind"], slug=given["slug"], title=given["title"], order=place, by=by, **fields
    )
    for document, printed_as in given.get("aliases", ()):
        save_new(NodeAlias(organisation=organisation, node=node, document=document, printed_as=printed_as), by=by)
    for order, tranche in enumerate(given.get("tranches", ()), start=1):
        due = Tranche.due.values(parse_written_date(tranche.get("due", "")))
        save_new(Tranche(organisation=organisation, node=node, name=tranche["name"], order=order, **due), by=by)
    for series in given.get("series", ()):
        _begin_series(node, series, by)


def _begin_series(node, given, by):
    common = {"organisation": node.organisation_id}
    template = ReportTemplate.objects.get(slug=given["template"], is_archived=False, **common)
    calendar = Calendar.objects.get(slug=given["calendar"], **common)
    start_series(node, template, calendar, by=by, keeps_registers=given.get("keeps_registers", True))


def _load_grouping(organisation, given, place, by):
    """Nodes that a document groups beside the tree, in the order in which it lists them."""
    columns = {name: given[name] for name in ("document", "title")}
    grouping = save_new(Grouping(organisation=organisation, order=place, **columns), by=by)
    nodes = {node.slug: node for node in Node.objects.filter(organisation=organisation, slug__in=given["nodes"])}
    for order, slug in enumerate(given["nodes"], start=1):
        member = GroupingMember(organisation=organisation, grouping=grouping, node=nodes[slug], order=order)
        save_new(member, by=by)


def _post(organisation, title, by):
    found = Post.objects.filter(organisation=organisation, title=title).first()
    return found or save_new(Post(organisation=organisation, title=title), by=by)


# --- Reports ---------------------------------------------------------------------------------------------------------


def _load_history(organisation, council, by):
    """Enter the reports of the past in the order they were opened, and close each period when its day has come.

    Those that cover no more than some sections are as a source printed them, and are entered together.
    """
    given = list(_reports_of(council))
    statuses = {(each.scheme_id, each.label): each for each in Status.objects.filter(organisation=organisation)}
    back_fill((_past_report(organisation, each, statuses) for each in given if "covers" in each), by=by)
    nest_parts(organisation)
    entered = [each for each in given if "covers" not in each]
    closings = _closings(organisation, council)
    for report in sorted(entered, key=lambda each: each["opened_on"]):
        while closings and closings[0][0] < report["opened_on"]:
            _close(*closings.pop(0), by)
        _load_report(organisation, report, by)
    for day, period in closings:
        _close(day, period, by)


def _reports_of(council):
    """The reports of a council; an entry with `each` stands for many that have the rest of it in common.

    What another part of the fixture says of the same report ("more_of_reports") is laid into it.
    """
    more = {tuple(each[name] for name in SAME_REPORT): each for each in council.get("more_of_reports", ())}
    for entry in council.get("reports", ()):
        common = {name: value for name, value in entry.items() if name != "each"}
        for own in entry.get("each", ({},)):
            report = {**common, **own}
            said = more.get(tuple(report[name] for name in SAME_REPORT), {})
            yield {name: _laid_over(report.get(name), said.get(name)) for name in {**report, **said}}


def _laid_over(value, more):
    """`more` laid into `value`: lists one after the other, the parts of a mapping each into its like."""
    if isinstance(value, dict) and isinstance(more, dict):
        return {name: _laid_over(value.get(name), more.get(name)) for name in {**value, **more}}
    if isinstance(value, list) and isinstance(more, list):
        return [*value, *(each for each in more if each not in value)]
    return value if more is None else more


def _closings(organisation, council):
    """(day, period), in order, of the periods that are over: by a day of their own, or at their end up to a date."""
    closings = []
    for calendar in council["calendars"]:
        days = {period["slug"]: period["closed_on"] for period in calendar["periods"] if "closed_on" in period}
        for period in Period.objects.filter(organisation=organisation, calendar__slug=calendar["slug"]):
            if period.slug in days:
                closings.append((days[period.slug], period))
            elif period.ends_on.isoformat() <= calendar.get("closed_to", ""):
                closings.append((period.ends_on.isoformat(), period))
    return sorted(closings, key=lambda closing: closing[0])


def _close(day, period, by):
    close_period(period, by=by, at=_moment(day, time(17)))


def _load_report(organisation, given, by):
    """Enter one report of the past, or the correction of one, and take it through to publication."""
    series, period = _series_and_period(organisation, given)
    opened = _moment(given["opened_on"])
    if "corrects" in given:
        wrong = Report.objects.filter(series=series, period=period).in_order().last()
        report = correct_report(wrong, by=by, reason=given["corrects"], at=opened)
    else:
        origin = Origin(given.get("origin", Origin.BACK_FILLED))  # said before the rules could propose anything
        report = open_draft(series, period, by=by, origin=origin, at=opened)
    _fill(report, given, by)
    if "baselines" in given:
        _set_baselines(report, given["baselines"], by)
    for change in given.get("changes", ()):
        _load_change(report.node, change, _moment(change["on"]) if "on" in change else opened, by, report)
    if returned := given.get("returned"):
        submit_report(report, by=by, at=_moment(returned["submitted_on"], time(16)))
        return_report(report, by=by, reason=returned["reason"], at=_moment(returned["on"], time(11)))
        report.refresh_from_db()
        _fill(report, returned["mended"], by)
    submit_report(report, by=by, at=_moment(given["submitted_on"], time(16)))
    approve_report(report, by=by, at=_moment(given["approved_on"]))
    publish_report(report, by=by, at=_moment(given["published_on"]))


def _past_report(organisation, given, statuses):
    series, period = _series_and_period(organisation, given)
    common = {"organisation": organisation}
    rows = []
    for dimension in series.template.dimensions.all():
        if label := given.get("dimensions", {}).get(dimension.key):
            said = {"title": dimension.label, "order": dimension.order, "status": statuses[dimension.scheme_id, label]}
            rows.append((DimensionRating(dimension=dimension, **said, **common), ()))
    texts = given.get("narratives", {})
    rows += [
        (Narrative(section=section.key, title=section.title, text=texts[section.key], **common), ())
        for section in series.template.sections.all()
        if section.key in texts
    ]
    if savings := given.get("savings"):
        benefit = Benefit(node=series.node, kind="cashable", title="Cashable benefits", **common)
        carried = _pounds({name: savings[name] for name in ("brought_forward",) if name in savings})
        row = BenefitUpdate(benefit=benefit, title=benefit.title, order=1, **carried, **common)
        rows.append((row, [SavingLine(**line, **common) for line in _saving_lines(savings)]))
    for order, said in enumerate(given.get("plan", ()), start=1):
        columns = _chosen(said, {"title": "title", "comment": "comment", "shares_comment": "shares_comment"})
        about = _chosen(said, {"kind": "kind", "theme": "theme", "title": "title"})
        item = PlanItem(node=series.node, **about, **common)
        if "status" in said:
            columns["status"] = _status(item, "milestone", said["status"])
        columns |= PlanItemUpdate.finish.values(parse_written_date(said.get("finish", "")))
        row = PlanItemUpdate(plan_item=item, order=order, **columns, **common)
        if item.theme:
            row.marks = row.marks_with_theme(item.theme)
        rows.append((row, ()))
    for order, notice in enumerate(given.get("notices", ()), start=1):
        rows.append((Notice(order=order, **notice, **common), ()))
    for order, tally in enumerate(given.get("tallies", ()), start=1):
        columns = {name: tally[name] for name in ("key", "section", "title", "total") if name in tally}
        row = Tally(order=order, as_of=date.fromisoformat(tally["as_of"]), **columns, **common)
        lines = [
            TallyLine(order=place, label=label, column=column, count=count, kinds=kinds, **common)
            for place, (label, column, count, *kinds) in enumerate(tally["lines"], start=1)
        ]
        rows.append((row, lines))
    for order, table in enumerate(given.get("tables", ()), start=1):
        columns = {name: table[name] for name in ("title", "columns", "rows")}
        rows.append((DataTable(section="data-tables", order=order, **columns, **common), ()))
    rows += measured_rows(organisation, given)
    rows += past_rows(series, given, lambda scheme, label: _status(series, scheme, label))
    rows += scorecard_rows(series, given)
    header = dict(given.get("header", {}))
    for name, field in (("start", Report.start), ("finish", Report.finish)):
        if name in header:
            header |= field.values(parse_written_date(header.pop(name)))
    return PastReport(
        series=series,
        period=period,
        covers=given["covers"],
        rows=rows,
        opened_at=_moment(given["opened_on"]),
        submitted_at=_moment(given["submitted_on"], time(16)),
        approved_at=_moment(given["approved_on"]),
        published_at=_moment(given["published_on"]),
        header=header,
    )


def _saving_lines(given):
    """Columns of a saving's lines from thousands of pounds with the signs as printed: {"target": {"2018": 2010},
    "at_risk": {"2018": -1967}, "other_way": 22}; what is delivered another way is a total of no year."""
    by_year = ("target", "at_risk", "slipped", "claimed", "validated")
    years = sorted({year for name in by_year for year in given.get(name, {})})
    for order, year in enumerate(years, start=1):
        amounts = {name: given[name][year] for name in by_year if year in given.get(name, {})}
        yield {"order": order, "year": int(year), **_pounds(amounts)}
    if "other_way" in given:
        yield {"order": len(years) + 1, **_pounds({"other_way": given["other_way"]})}


def _pounds(thousands):
    return {name: Decimal(amount) * 1000 for name, amount in thousands.items()}


def _series_and_period(organisation, given):
    series = Series.objects.select_related("calendar", "template", "node").get(
        organisation=organisation, node__slug=given["node"], template__slug=given["template"]
    )
    return series, series.calendar.periods.get(slug=given["period"])


def _fill(report, given, by):
    with proposing_once():  # what the rules would say between two rows nobody asks
        _fill_header(report, given, by)
        _fill_template_rows(report, given, by)
        _fill_registers(report, given, by)
        _fill_lists(report, given, by)
        fill_checkpoint(report, given, by)


def _fill_header(report, given, by):
    changes = dict(given.get("header", {}), **_chosen(given, {"marking": "marking"}))
    for name, field in (("start", Report.start), ("finish", Report.finish)):
        if name in changes:
            changes.update(field.values(parse_written_date(changes.pop(name))))
    if changes:
        change_report(report, changes, by=by)


def _fill_template_rows(report, given, by):
    """The statuses of the dimensions, the answers to the questions and the commentary."""
    for key, label in given.get("dimensions", {}).items():
        row = DimensionRating.objects.of(report).get(dimension__key=key)
        _say(row, {"status": row.dimension.scheme.statuses.get(label=label)}, by)
    for key, label in given.get("answers", {}).items():
        row = Answer.objects.of(report).get(question__key=key)
        _say(row, {"status": row.question.scheme.statuses.get(label=label)}, by)
    if "commentary" in given:
        change_row(Narrative.objects.of(report).get(section="commentary"), {"text": given["commentary"]}, by=by)


def _fill_registers(report, given, by):
    """Milestones, risks and benefits: new ones are added, those carried forward are found by their reference."""
    milestones = []
    for item in given.get("milestones", ()):
        columns = _chosen(
            item,
            {"interdependencies": "interdependencies", "critical_path": "is_critical_path", "owner": "owner_words"},
        )
        if "status" in item:
            columns["status"] = _status(report, "milestone", item["status"])
        if "start" in item:
            columns.update(PlanItemUpdate.start.values(parse_written_date(item["start"])))
        if "end" in item:
            # one printed column over two facts: the end of what is done is the actual one
            is_done = "status" in columns and columns["status"].kind == Kind.DONE
            field = PlanItemUpdate.actual if is_done else PlanItemUpdate.finish
            columns.update(field.values(parse_written_date(item["end"])))
        milestones.append((item, columns))
    _put_rows(report, PlanItemUpdate, milestones, by, identity={"kind": "milestone"})
    risks = []
    for risk in given.get("risks", ()):
        columns = {"residual_band": _status(report, "risk-band", risk["band"])} if "band" in risk else {}
        if "review" in risk:
            columns.update(RiskAssessment.review.values(parse_written_date(risk["review"])))
        risks.append((risk, columns))
    _put_rows(report, RiskAssessment, risks, by, identity={})
    benefits = []
    for benefit in given.get("benefits", ()):
        columns = {"status": _status(report, "benefit", benefit["status"])}
        if "review" in benefit:
            columns.update(BenefitUpdate.review.values(parse_written_date(benefit["review"])))
        benefits.append((benefit, columns))
    _put_rows(report, BenefitUpdate, benefits, by, identity={})


def _put_rows(report, model, given, by, *, identity):
    carried = {row.ref: row for row in model.objects.of(report)}
    new = []
    for thing, columns in given:
        if thing["ref"] in carried:
            _say(carried[thing["ref"]], columns, by)
        else:
            new.append((identity, {"ref": thing["ref"], "title": thing["title"], **columns}))
    if new:
        add_rows(report, model, new, by=by)


def _say(row, columns, by):
    """Change a row carried forward, if it says anything else by now."""
    if any(getattr(row, name) != value for name, value in columns.items()):
        change_row(row, columns, by=by)


def _fill_lists(report, given, by):
    """The budget, the posts, the other reporting streams and what the source states of derived figures."""
    if budget := given.get("budget"):
        _put_list(report, BudgetPosition, [{"title": "Project budget", **budget}], by, {"layout": budget["layout"]})
    posts = [
        {
            "title": post["title"],
            "funding_words": post.get("funding", ""),
            **ResourcePosition.ends.values(parse_written_date(post.get("ends", ""))),
        }
        for post in given.get("resources", ())
    ]
    _put_list(report, ResourcePosition, posts, by)
    streams = [{"title": stream["title"], "tier_words": stream["tier"]} for stream in given.get("streams", ())]
    _put_list(report, ReportingStream, streams, by)
    if stated := given.get("stated"):
        add_rows(report, StatedFigure, [(None, figure) for figure in stated], by=by)


def _put_list(report, model, rows, by, identity=None):
    """Say a list anew: what was carried forward is changed in its place, what is more is added."""
    carried = list(model.objects.of(report))
    for row, columns in zip(carried, rows, strict=False):
        _say(row, columns, by)
    if new := rows[len(carried) :]:
        add_rows(report, model, [(identity, columns) for columns in new], by=by)


# --- Change control --------------------------------------------------------------------------------------------------


def _set_baselines(report, given, by):
    """Put the first baselines in force: end dates of milestones, the budget, the project itself."""
    at = _moment(given["on"])
    common = {"organisation": report.organisation, "label": "First baseline"}
    for ref, end in given.get("milestones", {}).items():
        row = PlanItemUpdate.objects.of(report).get(ref=ref)
        dates = {f"start_{part}": value for part, value in row.start.items()} | _finish(PlanItemBaseline, end)
        set_first_baseline(PlanItemBaseline(plan_item=row.plan_item, **dates, **common), by=by, at=at)
    if "budget" in given:
        budget = BudgetPosition.objects.of(report).get().budget
        set_first_baseline(BudgetBaseline(budget=budget, amount=Decimal(given["budget"]), **common), by=by, at=at)
    if "project" in given:
        dates = {
            f"{name}_{part}": value for name in ("start", "finish") for part, value in getattr(report, name).items()
        }
        agreed = NodeBaseline(node=report.node, tier=report.tier, **dates, **given["project"], **common)
        set_first_baseline(agreed, by=by, at=at)


def _load_change(node, given, at, by, report=None):
    """A change logged, or one to baselines: proposed, and decided where the fixture says how."""
    touches = []
    for touch in given.get("touches", ()):
        kind = next(kind for kind in TOUCHED if kind in touch)
        name, model = TOUCHED[kind]
        touches.append(
            {
                name: model.objects.get(node=node, ref=touch[kind]),
                "report": report,
                **_chosen(touch, {"field": "field", "before": "before_words", "after": "after_words"}),
            }
        )
    proposals = [_proposal(node, move) for move in given.get("moves", ())]
    request = raise_change(
        node,
        by=by,
        sort=ChangeRequest.Sort.BASELINE if proposals else ChangeRequest.Sort.LOGGED,
        item_words=given["item"],
        description=given["description"],
        justification=given["justification"],
        financial_implications=given["financial"],
        awareness={_board(node.organisation, board): words for board, words in given["aware"].items()},
        touches=touches,
        baselines=proposals,
        report=report,
        at=at,
    )
    if proposals:
        submit_change(request, by=by)
    if decided := given.get("decided"):
        board = _board(node.organisation, decided["board"]) if "board" in decided else None
        decide_change(request, by=by, approve=True, board=board, words=decided["words"], at=_moment(decided["on"]))


def _load_budget(organisation, given, by):
    """A budget of a node with the first version of its profile; later ones are changes."""
    node = Node.objects.get(organisation=organisation, slug=given["node"])
    columns = {name: given[name] for name in ("title", "fund", "layout") if name in given}
    budget = save_new(Budget(organisation=organisation, node=node, **columns), by=by)
    first = given["first"]
    baseline = BudgetBaseline(organisation=organisation, budget=budget, label=first["label"], amount=_whole(first))
    set_first_baseline(baseline, _profile_lines(first), by=by, at=_moment(first["on"]))


def _whole(profile):
    """The whole budget in pounds where the source states it, from thousands."""
    return Decimal(profile["amount"]) * 1000 if "amount" in profile else None


def _profile_lines(profile):
    """The unsaved lines of a profile, written as {category: {year: thousands of pounds}}; year "" is no year."""
    return [
        BudgetBaselineLine(category=category, year=int(year) if year else None, amount=Decimal(thousands) * 1000)
        for category, by_year in profile["lines"].items()
        for year, thousands in by_year.items()
    ]


def _proposal(node, move):
    """The baseline a move proposes, unsaved: the one in force with another end date or team, or a budget's profile."""
    if "budget" in move:
        budget = Budget.objects.get(node=node, title=move["budget"])
        return BudgetBaseline(budget=budget, label=move["label"], amount=_whole(move)), _profile_lines(move)
    if "milestone" in move:
        item = PlanItem.objects.get(node=node, ref=move["milestone"])
        held = PlanItemBaseline.objects.in_force().get(plan_item=item)
        dates = {f"start_{part}": value for part, value in held.start.items()}
        return PlanItemBaseline(plan_item=item, tranche=held.tranche, **dates, **_finish(PlanItemBaseline, move["end"]))
    held = NodeBaseline.objects.in_force().get(node=node)
    dates = {f"{name}_{part}": value for name in ("start", "finish") for part, value in getattr(held, name).items()}
    return NodeBaseline(node=node, tier=held.tier, scope=held.scope, team_size=move["team_size"], **dates)


def _finish(model, words):
    return model.finish.values(parse_written_date(words))


def _chosen(given, columns):
    return {column: given[name] for name, column in columns.items() if name in given}


# --- Looking things up -----------------------------------------------------------------------------------------------


def _node_at(address):
    organisation, slug = address.split("/")
    return Node.objects.select_related("organisation").get(organisation__slug=organisation, slug=slug)


def _board(organisation, name):
    return Board.objects.get(organisation=organisation, name=name)


def _meeting(organisation, given):
    return Meeting.objects.get(board=_board(organisation, given["board"]), starts_at__date=given["on"])


def _status(report, scheme, label):
    return Status.objects.get(
        organisation_id=report.organisation_id, scheme__slug=scheme, label=label, is_archived=False
    )


def _moment(day: str | date, at=time(9)):
    """The hour of a day in the councils' own time."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return timezone.make_aware(datetime.combine(day, at))
