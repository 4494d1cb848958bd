"""Every address of the portal: what it is given and who may come in; and one of everything that it can name.

A row says what the address is given, who may come in, and from whom the thing itself is hidden (404).
Everybody else signed in gets 403; people of another council get 404; nobody signed in is asked to sign in.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.core.files.base import ContentFile
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from projects.actions.change_control import raise_change
from projects.imports.cell_maps import read_cell_map
from projects.imports.layout import built_in_layouts, layout_to_dict
from projects.imports.planned import ROUND_TRIP, ImportPlan
from projects.models import (
    Board,
    Calendar,
    ChangeRequest,
    ChangeRoute,
    ChangeRouteStep,
    Checklist,
    CommitteeReport,
    CommitteeReportClearance,
    Dependency,
    Dimension,
    ForwardPlan,
    ForwardPlanQuery,
    Grouping,
    GroupingMember,
    Import,
    ImportLayout,
    Label,
    LayoutDraft,
    Meeting,
    Node,
    NodeAlias,
    Period,
    PlanItem,
    Post,
    Question,
    ReportTemplate,
    Resolution,
    RiskBand,
    RiskMatrix,
    Status,
    StatusScheme,
    Team,
    TemplateSection,
    Threshold,
    Tier,
    Tranche,
    WorkProgrammeItem,
)
from projects.permissions import top_node
from reporting.assembling import begin_pack
from reporting.assurance.examine import examine
from reporting.models import Export, FindingAcceptance, KeptFile
from tests import factories

ROLES = ("officer", "sponsor", "pmo", "clerk", "director", "administrator", "member", "reader")
STAFF = ("officer", "sponsor", "pmo", "clerk", "director", "administrator")
PUBLIC = ("member", "reader")
EVERYBODY = (*STAFF, *PUBLIC)
ADMINISTRATOR = ("administrator",)
WRITERS = ("officer", "pmo")
PAPERS = ("pmo", "clerk")
IMPORTERS = ("pmo", "administrator")


@dataclass(frozen=True)
class Row:
    """`given` names the things of the world that the address takes; `hidden_from` get 404."""

    given: tuple[str, ...]
    allowed: tuple[str, ...]
    hidden_from: tuple[str, ...] = ()
    is_personal: bool = False  # open to anyone signed in, who sees only what is theirs
    query: str = ""  # the words of the world that follow the address


def _settings(*things, without=()):
    """The pages of kinds of settings: list, add, change, remove, restore, as far as the kind has them."""
    return {
        f"settings-{thing}{page}": Row(given, ADMINISTRATOR)
        for thing, above in things
        for page, given in {
            "": ("org",),
            "-add": ("org", f"above:{above}") if above else ("org",),
            "-change": ("org", f"pk:{thing}"),
            "-remove": ("org", f"pk:{thing}"),
            "-restore": ("org", f"pk:archived-{thing}"),
        }.items()
        if f"{thing}{page}" not in without
    }


NODE = ("org", "node")
DRAFT = ("pk:draft",)
ITEM = ("org", "node", "kind", "pk:item")

ROWS = {
    # for everybody signed in
    "home": Row((), EVERYBODY, is_personal=True),
    "documents": Row((), EVERYBODY, is_personal=True),
    "accessibility": Row((), EVERYBODY, is_personal=True),
    "styleguide": Row((), EVERYBODY, is_personal=True),
    # what is drawn
    "portfolio": Row(("org", "top"), EVERYBODY),
    "rollup": Row(("org", "top"), EVERYBODY),
    "exceptions": Row(("org", "top"), EVERYBODY),
    "severity-mapping": Row(("org",), EVERYBODY),
    "node": Row(NODE, EVERYBODY),
    "node-history": Row(NODE, EVERYBODY),
    "trends": Row(NODE, EVERYBODY),
    "report": Row(("pk:published",), EVERYBODY),
    "document": Row(("name", "org", "node"), EVERYBODY),
    "approvals": Row(NODE, ("pmo",)),
    "compare": Row(NODE, EVERYBODY),
    "dependencies": Row(NODE, STAFF),
    "dependency-remove": Row((*NODE, "pk:dependency"), WRITERS),
    "scrutiny-plan": Row(NODE, EVERYBODY),
    **{
        name: Row(NODE, PAPERS) for name in ("scrutiny-plan-edit", "scrutiny-plan-validate", "scrutiny-query-add")
    },
    "scrutiny-query": Row((*NODE, "pk:query"), PAPERS),
    "assurance": Row(NODE, STAFF),
    "assurance-accept": Row(NODE, ("pmo",), query="finding"),
    "assurance-withdraw": Row(("org", "node", "pk:acceptance"), ("pmo",)),
    # reports
    "report-periods": Row(NODE, WRITERS),
    "report-open": Row(NODE, WRITERS),
    "report-edit": Row(DRAFT, STAFF, PUBLIC),
    "report-edit-section": Row(("pk:draft", "section"), WRITERS, PUBLIC),
    "report-propose-change": Row(DRAFT, WRITERS, PUBLIC),
    "report-row-remove": Row(("pk:draft", "section", "row"), WRITERS, PUBLIC),
    "report-print": Row(DRAFT, STAFF, PUBLIC),
    "report-below": Row(DRAFT, STAFF, PUBLIC),
    "report-take-over": Row(DRAFT, WRITERS, PUBLIC),
    "report-submit": Row(DRAFT, WRITERS, PUBLIC),
    "report-pull-back": Row(DRAFT, WRITERS, PUBLIC),
    "report-sign-off": Row(DRAFT, ("sponsor",), PUBLIC),
    "report-return": Row(DRAFT, ("sponsor", "pmo"), PUBLIC),
    "report-approve": Row(DRAFT, ("pmo",), PUBLIC),
    "report-publish": Row(DRAFT, ("pmo",), PUBLIC),
    "report-correct": Row(("pk:published",), ("pmo",)),
    "report-discard": Row(DRAFT, WRITERS, PUBLIC),
    # returns and periods
    "returns": Row(NODE, STAFF),
    "returns-remind": Row(NODE, ("pmo",)),
    "period": Row(("org", "pk:periods"), IMPORTERS),
    # registers
    "register": Row(("org", "node", "kind"), EVERYBODY),
    "register-add": Row(("org", "node", "kind"), WRITERS),
    "register-item": Row(ITEM, EVERYBODY),
    "register-item-edit": Row(ITEM, WRITERS),
    "register-item-about": Row(ITEM, WRITERS),
    "register-item-remove": Row(ITEM, WRITERS),
    "register-item-restore": Row(ITEM, WRITERS),
    # scored lists
    "checklists": Row(NODE, EVERYBODY),
    "checklist": Row((*NODE, "checklist"), EVERYBODY),
    "checklist-score": Row((*NODE, "checklist"), WRITERS),
    # change control
    "changes": Row(NODE, STAFF),
    "change-new": Row(NODE, ("officer", "sponsor", "pmo")),
    "change-blanks": Row(NODE, STAFF),
    "ledger": Row(NODE, STAFF),
    "baselines": Row(NODE, STAFF),
    "baseline": Row(("org", "node", "kind", "pk:item"), STAFF),
    "change-proposed": Row(("pk:change",), ("officer", "sponsor", "pmo"), PUBLIC),
    "change-anew": Row(("pk:change",), ("officer", "sponsor", "pmo"), PUBLIC),
    "change-route": Row(("pk:change",), ("pmo",), PUBLIC),
    "change": Row(("pk:change",), STAFF, PUBLIC),
    "change-edit": Row(("pk:change",), ("officer", "sponsor", "pmo"), PUBLIC),
    "change-awareness": Row(("pk:change",), ("officer", "sponsor", "pmo"), PUBLIC),
    "change-submit": Row(("pk:change",), ("officer", "sponsor", "pmo"), PUBLIC),
    "change-withdraw": Row(("pk:change",), ("officer", "sponsor", "pmo"), PUBLIC),
    "change-decide": Row(("pk:change",), ("pmo",), PUBLIC),
    "change-archive": Row(("pk:change",), ("officer", "sponsor", "pmo"), PUBLIC),
    # imports
    **{
        name: Row((), IMPORTERS, ("officer", "sponsor", "clerk", "director", *PUBLIC), is_personal=True)
        for name in ("imports", "import-new")
    },
    **{
        name: Row(("pk:import",), IMPORTERS, ("officer", "sponsor", "clerk", "director", *PUBLIC))
        for name in (
            "import",
            "import-period",
            "import-posts",
            "import-answers",
            "import-layout",
            "import-apply",
            "import-choices",
            "import-cancel",
            "import-again",
            "import-discard",
            "import-undo",
            "import-file",
        )
    },
    "report-sources": Row(DRAFT, STAFF, PUBLIC),
    "import-needs": Row(("pk:import",), ADMINISTRATOR, ("officer", "sponsor", "clerk", "director", *PUBLIC)),
    "export-workbook": Row(NODE, STAFF),
    **{name: Row(NODE, WRITERS) for name in ("spreadsheet", "spreadsheet-report", "spreadsheet-portfolio")},
    "spreadsheet-register": Row((*NODE, "kind"), WRITERS),
    # the workbook of the world was brought back by somebody else
    **{
        f"spreadsheet-{step}": Row(("pk:returned",), (), EVERYBODY)
        for step in ("back", "apply", "choices", "cancel", "again", "discard", "undo", "file")
    },
    # layouts of workbooks
    **{name: Row(("org",), IMPORTERS) for name in ("layouts", "layout-new")},
    **{name: Row(("org", "name"), IMPORTERS) for name in ("layout", "layout-change", "layout-archive")},
    **{name: Row(("org", "name", "number"), IMPORTERS) for name in ("layout-file", "layout-version")},
    **{
        name: Row(("pk:layout_draft",), IMPORTERS, ("officer", "sponsor", "clerk", "director", *PUBLIC))
        for name in ("layout-draft", "layout-try", "layout-save", "layout-discard")
    },
    "layout-map": Row(("pk:map_draft",), IMPORTERS, ("officer", "sponsor", "clerk", "director", *PUBLIC)),
    "layout-block": Row(
        ("pk:layout_draft", "sheet", "place"), IMPORTERS, ("officer", "sponsor", "clerk", "director", *PUBLIC)
    ),
    "named-values": Row(("pk:published",), STAFF),
    "export-by-layout": Row(("pk:published", "name"), STAFF),
    # committee reports
    "committee-reports": Row(("org",), EVERYBODY),
    "committee-report": Row(("org", "slug"), STAFF, PUBLIC),
    "committee-report-new": Row(("org",), PAPERS),
    "committee-report-edit": Row(("org", "slug"), PAPERS, PUBLIC),
    "committee-report-publish": Row(("org", "slug"), PAPERS, PUBLIC),
    "committee-report-clear": Row(("org", "slug", "pk:clearance"), PAPERS, PUBLIC),
    "committee-report-open": Row(("org", "slug"), PAPERS, PUBLIC),
    "committee-report-discard": Row(("org", "slug"), PAPERS, PUBLIC),
    "committees": Row(("org",), EVERYBODY),
    "work-programme": Row(("org", "pk:boards"), EVERYBODY),
    "work-programme-add": Row(("org", "pk:boards"), PAPERS),
    "meeting-add": Row(("org", "pk:boards"), PAPERS),
    **{
        f"work-programme-{step}": Row(("org", "pk:line"), PAPERS) for step in ("item", "shift", "remove", "restore")
    },
    "resolution-action": Row(("org", "pk:resolution"), WRITERS),
    "minutes-edit": Row(("org", "pk:meetings"), PAPERS),
    # packs
    "meeting": Row(("org", "pk:meetings"), EVERYBODY),
    "pack-new": Row(("org", "pk:meetings"), (*PAPERS, "director")),
    "pack": Row(("pk:pack",), STAFF, PUBLIC),
    **{
        f"pack-{step}": Row(("pk:pack",), (*PAPERS, "director"), PUBLIC)
        for step in ("put-in", "assemble", "cancel", "discard")
    },
    "pack-item": Row(("pk:pack", "item:pack_item"), (*PAPERS, "director"), PUBLIC),
    "pack-publish": Row(("pk:pack",), PAPERS, PUBLIC),
    "pack-withdraw": Row(("pk:pack",), PAPERS, PUBLIC),
    "published": Row(("pk:kept",), STAFF, PUBLIC),
    # large documents: the one of the world was asked for by somebody else
    "export-ask": Row(("name", "org", "node"), EVERYBODY),
    **{name: Row(("pk:export",), (), EVERYBODY) for name in ("export", "export-cancel", "export-again", "export-file")},
    # administration
    "audit": Row(("org",), ("pmo", "administrator")),
    "settings": Row(("org",), ADMINISTRATOR),
    "settings-organisation": Row(("org",), ADMINISTRATOR),
    "settings-nodes": Row(("org",), ADMINISTRATOR),
    **{
        f"settings-node-{step}": Row(("org", "node"), ADMINISTRATOR)
        for step in ("add", "change", "move", "archive", "restore")
    },
    "settings-node-series": Row(("org", "node"), ADMINISTRATOR),
    "settings-node-series-end": Row(("org", "node", "pk:series"), ADMINISTRATOR),
    "settings-node-beside": Row(("org", "node"), ADMINISTRATOR),
    "settings-grouping-nodes": Row(("org", "pk:groupings"), ADMINISTRATOR),
    "settings-make-periods": Row(("org", "pk:calendars"), ADMINISTRATOR),
    "settings-people": Row(("org",), ADMINISTRATOR),
    "settings-person-add": Row(("org",), ADMINISTRATOR),
    **{
        f"settings-{page}": Row(("org", "pk:person"), ADMINISTRATOR)
        for page in ("person", "person-password", "person-second-factor", "person-close", "role-add")
    },
    "settings-role": Row(("org", "pk:grant"), ADMINISTRATOR),
    "settings-role-end": Row(("org", "pk:grant"), ADMINISTRATOR),
    **_settings(
        ("boards", None),
        ("meetings", "boards"),
        ("posts", None),
        ("teams", None),
        ("labels", None),
        ("aliases", None),
        ("groupings", None),
        ("grouped", "groupings"),
        ("tranches", None),
        ("tiers", None),
        ("templates", None),
        ("sections", "templates"),
        ("dimensions", "templates"),
        ("questions", "templates"),
        ("calendars", None),
        ("periods", "calendars"),
        ("routes", None),
        ("steps", "routes"),
        ("schemes", None),
        ("statuses", "schemes"),
        ("thresholds", None),
        ("matrices", None),
        ("bands", "matrices"),
        without={
            "aliases-restore", "groupings-restore", "grouped", "grouped-restore", "tranches-restore",
            "meetings", "meetings-restore", "labels-restore", "sections", "sections-restore", "dimensions",
            "dimensions-restore", "questions", "questions-restore", "periods", "periods-restore", "steps",
            "steps-restore", "statuses", "thresholds-add", "thresholds-remove", "thresholds-restore",
            "matrices-restore", "bands", "bands-restore",
        },
    ),
}  # fmt: skip


def addresses():
    """(name, view) of every address of the portal's own; those of libraries ask for themselves."""

    def walk(patterns, prefix):
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield path, pattern
            else:
                yield from walk(pattern.url_patterns, path)

    for path, pattern in walk(get_resolver().url_patterns, ""):
        if not path.startswith(("admin/", "account/")) and path != "health/":
            yield pattern.name, pattern.callback


def one_of_everything(organisation):
    """(things, words) that an address can name."""
    system = factories.system_user()
    tier = Tier.objects.create(organisation=organisation, label="GOLD", code="gold")
    board = Board.objects.create(organisation=organisation, name="Executive")
    project = factories.project(organisation, tier=tier)
    template = project.headline_series.template
    TemplateSection.objects.create(
        organisation=organisation, template=template, key="changes-proposed", title="Changes proposed", order=90
    )
    july = factories.draft(project)
    factories.milestone(july, finish="Mar-19", status=factories.status(organisation, "milestone", "Green"))
    july = factories.published(project, report=july)
    draft = factories.draft(project, factories.next_period(july.period))
    meeting = Meeting.objects.create(organisation=organisation, board=board, starts_at=timezone.now())
    route = ChangeRoute.objects.create(organisation=organisation, name="To the board")
    committee_report = CommitteeReport.objects.create(
        organisation=organisation,
        node=project,
        meeting=meeting,
        slug="dashboard",
        heading="Report",
        subject="Dashboard",
        report_of="Director",
    )
    imported = Import.objects.create(
        organisation=organisation, node=top_node(organisation), file_name="a.xlsx", layout="project-dashboard",
        uploaded_by=system, plan=ImportPlan("project-dashboard", "a.xlsx").to_json(),
    )  # fmt: skip
    imported.file.save("a.xlsx", ContentFile(b"not a workbook"))
    pack = begin_pack(meeting, [committee_report], by=system)
    kept = KeptFile(
        organisation=organisation, pack=pack, copy=KeptFile.PUBLIC, title="Pack", name="Pack.pdf", ending="pdf",
        sha256=hashlib.sha256(b"kept").hexdigest(), size=4,
    )  # fmt: skip
    kept.file.save("pack.pdf", ContentFile(b"kept"))
    forward_plan = ForwardPlan.objects.create(organisation=organisation, node=project, board=board)
    grouping = Grouping.objects.create(organisation=organisation, document="portfolio-status", title="Libraries")
    cell_map = layout_to_dict(read_cell_map(b"key,sheet,cell\nDoors,Return,B2\n", title="Project dashboard"))
    ImportLayout.objects.create(
        organisation=organisation, slug="project-dashboard", name="Return", declaration=cell_map, saved_by=system
    )
    person = factories.person("somebody@example.org", organisation, "officer")

    def mine(model):
        return model.objects.filter(organisation=organisation).first()

    things = {
        "draft": draft,
        "published": july,
        "item": mine(PlanItem),
        "row": draft.planitemupdate_rows.get(),
        "change": raise_change(
            project, by=system, item_words="Doors", description="Moved", sort=ChangeRequest.Sort.BASELINE
        ),
        "acceptance": FindingAcceptance.objects.create(
            organisation=organisation,
            node=project,
            check_code="PLN-01",
            subject_key="1",
            subject_words="Doors open",
            reason="Known",
            expires_on=timezone.localdate() + timedelta(days=30),
            accepted_by=system,
        ),
        "dependency": Dependency.objects.create(
            organisation=organisation, from_item=mine(PlanItem), words="Keys", is_mapped=True
        ),
        "query": ForwardPlanQuery.objects.create(
            organisation=organisation, plan=forward_plan, node=project, text="When?"
        ),
        "import": imported,
        "series": project.headline_series,
        "returned": Import.objects.create(
            organisation=organisation,
            node=project,
            file_name="b.xlsx",
            layout=ROUND_TRIP,
            uploaded_by=system,
            plan=ImportPlan(ROUND_TRIP, "b.xlsx").to_json(),
        ),
        "layout_draft": LayoutDraft.objects.create(
            organisation=organisation, declaration=layout_to_dict(built_in_layouts()[0]), started_by=system
        ),
        "map_draft": LayoutDraft.objects.create(organisation=organisation, declaration=cell_map, started_by=system),
        "clearance": CommitteeReportClearance.objects.create(
            organisation=organisation, report=committee_report, heading="Financial comments"
        ),
        "resolution": Resolution.objects.create(
            organisation=organisation, meeting=meeting, number="1", text="To note the report."
        ),
        "export": Export.objects.create(
            organisation=organisation, node=project, document="portfolio-status", ending="pdf", asked_by=system
        ),
        "pack": pack,
        "pack_item": pack.items.get(),
        "kept": kept,
        "person": person,
        "grant": person.grants.get(),
        "line": WorkProgrammeItem.objects.create(
            organisation=organisation, board=board, meeting=meeting, title="Doors"
        ),
        "boards": board,
        "meetings": meeting,
        "posts": Post.objects.create(organisation=organisation, title="Librarian"),
        "teams": Team.objects.create(organisation=organisation, name="Libraries"),
        "labels": Label.objects.create(organisation=organisation, name="Climate"),
        "aliases": NodeAlias.objects.create(organisation=organisation, node=project, printed_as="Reading rooms"),
        "groupings": grouping,
        "grouped": GroupingMember.objects.create(organisation=organisation, grouping=grouping, node=project),
        "tranches": Tranche.objects.create(organisation=organisation, node=project, name="Tranche 1"),
        "tiers": tier,
        "templates": mine(ReportTemplate),
        "sections": mine(TemplateSection),
        "dimensions": mine(Dimension),
        "questions": mine(Question),
        "calendars": mine(Calendar),
        "periods": mine(Period),
        "routes": route,
        "steps": ChangeRouteStep.objects.create(organisation=organisation, route=route, board=board),
        "schemes": mine(StatusScheme),
        "statuses": mine(Status),
        "thresholds": mine(Threshold),
        "matrices": mine(RiskMatrix),
        "bands": mine(RiskBand),
    }
    for kind in ("boards", "posts", "teams", "tiers", "templates", "calendars", "routes", "schemes", "statuses"):
        things[f"archived-{kind}"] = _archived_copy(things[kind])
    finding = examine(Node.objects.filter(pk=project.pk))[0].judged[0].finding
    words = {
        "org": organisation.slug,
        "node": project.slug,
        "top": organisation.slug,
        "kind": "milestones",
        "number": 1,
        "sheet": 0,
        "place": 0,
        "section": "milestones",
        "name": "project-dashboard",
        "slug": committee_report.slug,
        "checklist": Checklist.objects.create(organisation=organisation, name="Agilometer", slug="agilometer").slug,
        "finding": urlencode({"code": finding.code, "subject": finding.subject.key}),
    }
    return things, words


def _archived_copy(thing):
    copy = type(thing).objects.get(pk=thing.pk)
    copy.pk = None
    copy._state.adding = True
    copy.is_archived = True
    for name in ("name", "slug", "code", "label"):
        if hasattr(copy, name):
            setattr(copy, name, f"{getattr(copy, name)}-old"[:12])
    copy.save()
    return copy


def address_of(name, world):
    things, words = world
    given = {}
    for part in ROWS[name].given:
        argument, _, thing = part.partition(":")
        if thing:
            given[argument] = things[thing].pk
        elif part == "top":
            given["node"] = words["top"]
        elif part == "row":
            given["row"] = f"planitemupdate-{things['row'].pk}"
        else:
            given[part] = words[part]
    query = f"?{words[ROWS[name].query]}" if ROWS[name].query else ""
    return reverse(name, kwargs=given) + query
