"""Documents made by hand from the published figures of Rochford's July 2019 report, to draw and look at.

Figures, titles, labels and dates are the source's; narrative is ours.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from reporting.documents.charts import money_bars, risk_matrix
from reporting.documents.contents import (
    Column,
    CoverClosing,
    CoverHeader,
    FieldRow,
    Fields,
    Narrative,
    Paragraph,
    Passage,
    StatusMark,
    Table,
    WrittenDay,
)
from reporting.documents.document import BuiltDocument, Document, Masthead, Section, build

GREEN = StatusMark("GREEN", "circle", "green", "on_track")
AMBER = StatusMark("AMBER", "triangle", "amber", "at_risk")
RED = StatusMark("RED", "square", "red", "off_track")
COMPLETE = StatusMark("Complete", "tick", "blue", "done")
HIGH = StatusMark("High", "square", "red", "off_track")
MEDIUM = StatusMark("Medium", "triangle", "amber", "at_risk")
LOW = StatusMark("Low", "circle", "green", "on_track")
UNDER_REVIEW = StatusMark("Under Review", "ring", "purple", "watch")
COMPLETED = StatusMark("Completed", "tick", "blue", "done")
ON_TARGET = StatusMark("On Target", "circle", "green", "on_track")
OK = StatusMark("OK", "circle", "green", "on_track")


@dataclass
class Sheet:
    """A context: the masthead and the content of each section by its key; a key that is missing has no section."""

    masthead: Masthead
    contents: dict = field(default_factory=dict)


def held(key: str):
    """A content function that finds its section's content in the sheet."""
    return lambda sheet: sheet.contents.get(key)


DASHBOARD = Document(
    "project-dashboard",
    "Project dashboard",
    (
        Section("project-detail", "Project detail", held("project-detail"), beside=True),
        Section("project-status", "Project status", held("project-status"), beside=True),
        Section("budget", "Budgeting and forecasting", held("budget"), beside=True),
        Section("risk-consideration", "Risk consideration", held("risk-consideration"), beside=True),
        Section("commentary", "Explanatory commentary", held("commentary")),
        Section("milestones", "Milestones and interdependencies, critical path", held("milestones")),
        Section("high-risk-register", "Project high risk register", held("high-risk-register")),
        Section("benefits", "Benefits realisation", held("benefits")),
        Section("resources", "Resource planning and forecasting", held("resources")),
        Section("reporting-streams", "Other reporting streams", held("reporting-streams")),
    ),
)
CHANGE_CONTROL = Document(
    "change-control",
    "Change control record",
    (Section("change-control", "Change control record", held("change-control")),),
    landscape=True,
)
RISK_REGISTER = Document(
    "risk-register",
    "Risk register",
    (
        Section("risk-matrix", "Risk matrix", held("risk-matrix")),
        Section("risk-register", "Risks", held("risk-register")),
        Section("status-key", "Key", held("status-key")),
    ),
    landscape=True,
)
COVER_REPORT = Document(
    "cover-report",
    "Cover report",
    (
        Section("cover-header", "Report", held("cover-header")),
        Section("cover-section", "Numbered sections", lambda sheet: sheet.contents["cover-sections"], many=True),
        Section("cover-closing", "Declaration and contact", held("cover-closing")),
    ),
)


def masthead(title: str, **differences) -> Masthead:
    given = {
        "organisation_name": "Rochford District Council",
        "marking": "PUBLIC DOCUMENT",
        "as_at": "as at 10 July 2019",
        "footer": "Milestones, risks and benefits are shown as reported by the project lead.",
        "made_on": date(2019, 7, 10),
    }
    return Masthead(title, **(given | differences))


MILESTONE_COLUMNS = (
    Column("ref", "Ref", width=5),
    Column("detail", "Detail", header=True, width=32),
    Column("start", "Start date", "date", width=10),
    Column("end", "Target / actual end date", "date", width=15),
    Column("rag", "RAG", "status", width=12),
    Column("links", "Interdependencies", width=17),
    Column("critical", "Critical path", width=9),
)
RISK_COLUMNS = (
    Column("ref", "Ref", width=5),
    Column("detail", "Detail", header=True, width=50),
    Column("review", "Review date", "date", width=30),
    Column("residual", "Residual", "status", width=15),
)
BENEFIT_COLUMNS = (
    Column("ref", "Ref", width=5),
    Column("detail", "Key benefit", header=True, width=55),
    Column("review", "Review date", "date", width=20),
    Column("status", "Status", "status", width=20),
)
POST_COLUMNS = (
    Column("post", "Post", header=True, width=50),
    Column("until", "Until", "date", width=15),
    Column("funding", "Funding", width=35),
)
STREAM_COLUMNS = (Column("stream", "Work stream activity", header=True), Column("tier", "Tier"))
CHANGE_COLUMNS = (
    Column("item", "Item amended", header=True, width=15),
    Column("change", "Description of change", width=20),
    Column("why", "Justification", width=20),
    Column("money", "Financial implications", width=15),
    Column("lt", "Date LT aware", "date", width=15),
    Column("executive", "Date IB / Exec aware", "date", width=15),
)


def rows(keys: str, *values: tuple) -> tuple[dict, ...]:
    return tuple(dict(zip(keys.split(), each, strict=True)) for each in values)


STREAMS = Table(
    STREAM_COLUMNS,
    rows("stream tier", ("Communications Plan", "GOLD"), ("Stakeholder Engagement Strategy", "GOLD")),
)


def homelessness() -> BuiltDocument:
    ongoing = WrittenDay("Mar-20 ongoing")
    monthly = WrittenDay("March 2020 monthly ongoing")
    contents = {
        "project-detail": Fields((
            FieldRow("Project Reference", "5"),
            FieldRow("Project Title", "Homelessness"),
            FieldRow("Project Lead", "Assistant Director - People & Communities"),
            FieldRow("Reports to", "Executive"),
            FieldRow("Project Start Date", WrittenDay("01/04/2018", date(2018, 4, 1)), "date"),
            FieldRow("Project Finish Date", WrittenDay("31/03/2020", date(2020, 3, 31)), "date"),
            FieldRow("Project Stage", "Delivery"),
            FieldRow("Project Team Members", 9, "number"),
        )),
        "project-status": Fields((
            FieldRow("Project Status", GREEN, "status"),
            FieldRow("Project Score (10)", 3, "number"),
            FieldRow("Direction of travel", StatusMark("Ahead of Target", "arrow_up", "green"), "status"),
        )),
        "budget": Fields(
            (
                FieldRow("Planned budget", Decimal(601400), "money"),
                FieldRow("End of year forecast", Decimal(594058), "money"),
                FieldRow("Budget remaining", Decimal(7342), "money"),
                FieldRow("End of year forecast vs planned budget", Decimal("-1.22"), "percent"),
                FieldRow("Forecast overspend/underspend", "Forecast to underspend by £7,342"),
            ),
            chart=money_bars((("Planned budget", Decimal(601400)), ("Forecast", Decimal(594058)))),
        ),
        "risk-consideration": Fields((
            FieldRow("Number of High Risks", 2, "number"),
            FieldRow("Is your budget on track?", "Yes"),
            FieldRow("Has there been any unforeseen spend?", "No"),
            FieldRow("Number of Red Milestones", 0, "number"),
            FieldRow("Have any of your milestones slipped with consequences?", "No"),
            FieldRow("Direction of Travel", OK, "status"),
            FieldRow("Risk status", OK, "status"),
        )),
        "milestones": Table(MILESTONE_COLUMNS, rows(
            "ref detail start end rag links critical",
            ("1", "Eliminate the use of B & B", WrittenDay("Apr-18"), ongoing, GREEN, "Milestone 1", ""),
            ("2", "Increase the supply of affordable temporary and settled accommodation", WrittenDay("Apr-18"),
             ongoing, AMBER, "Milestone 2,5", ""),
            ("3", "To deliver a proactive preventative housing options service", WrittenDay("Apr-18"), ongoing, GREEN,
             "Milestone 2,3,5,6", ""),
        )),
        "high-risk-register": Table(RISK_COLUMNS, rows(
            "ref detail review residual",
            ("1", "Increased number of households owed a homeless duty.", monthly, MEDIUM),
            ("2", "Increased number of households requiring alternative private rented accommodation.", monthly, HIGH),
            ("3", "Stakeholders and partners do not join in agreed referral pathways.", monthly, MEDIUM),
            ("4", "Stakeholders and partners do not join in, so that prevention costs more.", monthly, LOW),
            ("5", "Lack of supply of local affordable private rented accommodation", monthly, HIGH),
            ("6", "Ring fenced grant and front line resources fall below demand.", monthly, MEDIUM),
        )),
        "benefits": Table(BENEFIT_COLUMNS, rows(
            "ref detail review status",
            ("1", "0 B & B placements", WrittenDay("monthly monitoring"), UNDER_REVIEW),
            ("2", "50% reduction in out of district emergency placements (Nightly Let/HMO)",
             WrittenDay("monthly monitoring"), UNDER_REVIEW),
            ("3", "50% increase in homeless preventions", WrittenDay("monthly monitoring"), UNDER_REVIEW),
        )),
        "commentary": Narrative.of(
            "Residents now find housing advice on rewritten pages that an adviser has reviewed. A draft strategy goes "
            "to users in June 2019 and to the new forum.",
            "The site works at the Kings Head run late: occupation is expected in August or September 2019, which "
            "may raise the use of nightly lets until then.",
            "Grants that paid for two fixed term posts end after 2019-20; business cases for what follows will be "
            "made as the money runs down.",
        ),
        "resources": Table(POST_COLUMNS, rows(
            "post until funding",
            ("Housing Options Team Leader", None, ""),
            ("Housing Options Allocations/Enabling Officer", None, ""),
            ("Senior Housing Options officer", None, ""),
            ("Housing Options officer", None, ""),
            ("Housing Options officer", WrittenDay("2018-21"), "Fixed term post, grant funded"),
            ("Housing Options Officer", None, ""),
            ("Housing Options Officer", None, ""),
            ("Housing Options Support Officer", None, ""),
            ("Community Engagement officer", WrittenDay("2018-19"), "Fixed term post, DWP funded"),
        )),
        "reporting-streams": STREAMS,
    }  # fmt: skip
    head = masthead(
        "PMO Dashboard: Homelessness",
        subtitle="Homelessness Project",
        tier="GOLD",
        tier_style="gold",
        appendix="Appendix 1",
        file_stem="Appendix 1 - PMO Dashboard - Homelessness",
        status_key=(GREEN, AMBER, RED, COMPLETE),
    )
    return build(DASHBOARD, Sheet(head, contents))


def change_control(copies: int = 1) -> BuiltDocument:
    """Homelessness' change control record; `copies` of its rows make it run over pages."""
    records = rows(
        "item change why money lt executive",
        ("Milestone change: Eliminate use of B & B", "RAG change to Green.",
         "x5 households in B & B, an 81% reduction.",
         "The forecast year end position is 4.05% (£28,800) lower than the budget.",
         WrittenDay("17.7.18 Full Council via K Head report.", date(2018, 7, 17)),
         WrittenDay("17.7.18 Full Council via K Head report", date(2018, 7, 17))),
        ("Risk review times for risks, 1,2,4,6.", "September review", "Six months after the Act came in.",
         "None that release cash, if risks rise.", WrittenDay("LT project meet 31.7.18", date(2018, 7, 31)), None),
        ("Key benefit status change", "=HYPERLINK(A1) is text, not a formula", "Targets follow the work.", "None",
         WrittenDay("Monthly statistical monitoring"), None),
    )  # fmt: skip
    head = masthead("Change Control Record for Homelessness", appendix="Appendix 1", tier="GOLD", tier_style="gold")
    return build(CHANGE_CONTROL, Sheet(head, {"change-control": Table(CHANGE_COLUMNS, records * copies)}))


def band_of(score: int) -> StatusMark:
    return LOW if score <= 6 else MEDIUM if score <= 10 else HIGH


def risk_register() -> BuiltDocument:
    matrix = risk_matrix(
        "Risks by likelihood and impact; each cell gives its band, its score and the risks that stand there",
        (("1", 3, 3), ("2", 4, 4), ("5", 4, 4), ("6", 3, 3)),
        ("Rare", "Unlikely", "Possible", "Likely", "Almost certain"),
        ("Minor", "Moderate", "Serious", "Major", "Severe"),
        band_of,
        unplaced=("3", "4"),
    )
    columns = (
        Column("ref", "Ref", width=5),
        Column("detail", "Risk", header=True, width=40),
        Column("likelihood", "Likelihood", "number", width=15, group="Residual"),
        Column("impact", "Impact", "number", width=15, group="Residual"),
        Column("band", "Band", "status", width=25),
    )
    risks = Table(columns, rows(
        "ref detail likelihood impact band",
        ("1", "Increased number of households owed a homeless duty.", 3, 3, MEDIUM),
        ("2", "Increased number of households requiring alternative private rented accommodation.", 4, 4, HIGH),
        ("4", "Stakeholders and partners do not join in, so that prevention costs more.", None, None, LOW),
    ), caption="Residual assessment of each risk", notes=("A dash stands where only the band is known.",))  # fmt: skip
    key = Table(
        (Column("status", "Band", "status", header=True, width=25), Column("meaning", "Meaning")),
        rows("status meaning", (LOW, "1 to 6"), (MEDIUM, "7 to 10"), (HIGH, "11 and over")),
    )
    contents = {"risk-matrix": matrix, "risk-register": risks, "status-key": key}
    return build(RISK_REGISTER, Sheet(masthead("Risk register: Homelessness"), contents))


def cover_report() -> BuiltDocument:
    def numbered(*texts: str, section: int) -> Narrative:
        return Narrative((Passage(tuple(
            Paragraph(text, f"{section}.{position}") for position, text in enumerate(texts, start=1)
        )),))  # fmt: skip

    key_points = Narrative((
        Passage((
            Paragraph("All key milestones are moving the right way.", "3.1"),
            Paragraph("Work that continues, and work that is new:", "3.2", (
                "The Kings Head, 11 West Street, Rochford: occupation in late summer 2019.",
                "A bid to extend the post of Community Engagement officer.",
            )),
        ), "Homelessness Project"),
        Passage((Paragraph("Three servers are still to be built.", "3.3"),), "ICT Project"),
    ))  # fmt: skip
    sections = [
        ("1 Purpose of the report", numbered("To present the latest PMO Dashboard to the Executive.", section=1)),
        ("2 Introduction", numbered("The PMO works to agreed terms of reference.", "See the appendices.", section=2)),
        ("3 Key points to note", key_points),
        ("4 Risk implications", numbered("The risks are held to be mitigated and stay under review.", section=4)),
        ("5 Crime and disorder implications", numbered("None.", section=5)),
        ("6 Environmental implications", numbered("None.", section=6)),
        ("7 Resource implications", numbered("Budgets are agreed.", "The PMO works within its resources.", section=7)),
        ("8 Legal implications", numbered("None arising directly out of this report.", section=8)),
        ("9 Parish implications", numbered("None.", section=9)),
        ("10 Equality and diversity implications", numbered("Not applicable to this report.", section=10)),
        ("11 Recommendation", numbered("That the Executive RESOLVES to note the PMO Dashboard.", section=11)),
    ]
    contents = {
        "cover-header": CoverHeader(
            "Executive", "Strategic Director", "Council projects programme management office", date(2019, 7, 10)
        ),
        "cover-sections": sections,
        "cover-closing": CoverClosing(
            declaration="I confirm that the recommendation keeps to Council policy; budget and law were considered.",
            signature_label="LT Lead Officer Signature",
            signatory_post="Strategic Director",
            contact="Please ask for the Strategic Director.",
            accessible_formats="Ask us if you would like this report in large print, Braille or another language.",
        ),
    }
    title = "Council projects programme management office"
    head = masthead(title, subtitle="Report to the Executive", marking="", file_stem="Cover report")
    return build(COVER_REPORT, Sheet(head, contents))


ALL = (homelessness, change_control, risk_register, cover_report)
