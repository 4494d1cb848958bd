"""The risk register of a project: the matrix where risks are scored, and every risk with what is done about it."""

from dataclasses import replace
from datetime import date

from projects.models import Report, RiskMatrix, Status
from reporting.documents import contents
from reporting.documents.catalogue.report_context import ReportContext, context_of, mark_of, rated, written_day
from reporting.documents.catalogue.sections import label, score_of
from reporting.documents.charts import risk_matrix
from reporting.documents.contents import DATE, NUMBER, STATUS, Column, FieldRow, Fields, StatusMark, Table
from reporting.documents.document import BuiltDocument, Document, Section, build, register

# Of a register with few columns; those not named share what is left.
WIDTHS = {
    "impact": 16,
    "inherent": 10,
    "controls": 16,
    "actions": 16,
    "review": 14,
    "residual": 12,
    "target": 10,
    "status": 10,
}
FEW = 8  # columns beside the risk's own name
WEIGHTS = {
    "ref": 3,
    "area": 11,
    "residual_impact": 6,
    "likelihood": 7,
    "score": 5,
    "residual": 11,
    "inherent": 10,
    "target": 10,
    "responsible": 11,
    "timescale": 8,
    "review": 8,
    "reviewed": 8,
}
USUAL_WEIGHT = 9
UNBANDED = StatusMark("No band", "ring", "grey", "not_rated")


def head(context: ReportContext) -> Fields | None:
    """Who answers for the project, under the labels of its template; None where the report does not say."""
    report = context.report
    said = (("lead", "Project lead", report.lead_words), ("sponsor", "Sponsor", report.sponsor_words))
    rows = tuple(
        FieldRow(label(context, "project-detail", key, usual), context.said(report, f"{key}_words"))
        for key, usual, words in said
        if words
    )
    return Fields(rows) if rows else None


def matrix(context: ReportContext) -> contents.RiskMatrix | None:
    """Scored risks by likelihood and impact; None where no risk is scored, or the council has no matrix."""
    scored = [risk for risk in context.risks if score_of(risk) is not None]
    if not scored:
        return None
    settled = default_matrix(context)
    if settled is None:
        return None
    bands = list(settled.bands.select_related("status"))

    def band_of(score: int) -> StatusMark:
        found = next((band for band in bands if band.from_score <= score <= band.to_score), None)
        return mark_of(found.status) if found else UNBANDED

    return risk_matrix(
        "Each cell gives its band and score, and the risks that stand there",
        [(_name(risk), risk.residual_likelihood, risk.residual_impact) for risk in scored],
        settled.likelihood_labels,
        settled.impact_labels,
        band_of,
        unplaced=[_name(risk) for risk in context.risks if score_of(risk) is None],
    )


def _name(risk) -> str:
    return risk.ref or risk.title


def register_table(context: ReportContext) -> Table:
    """Every risk of the report, under the headings that its template has; columns that none fills are left out."""
    optional = (
        (Column("area", "Work area"), lambda risk: risk.risk.category),
        (Column("impact", "Potential impact"), lambda risk: context.said(risk, "impact_text")),
        (Column("inherent", "Inherent", STATUS), lambda risk: mark_of(risk.inherent_band)),
        (Column("controls", "Existing controls"), lambda risk: context.said(risk, "controls")),
        (Column("residual_impact", "Impact", NUMBER), lambda risk: risk.residual_impact),
        (Column("likelihood", "Likelihood", NUMBER), lambda risk: risk.residual_likelihood),
        (Column("score", "Score", NUMBER), score_of),
        (Column("residual", "Residual", STATUS), lambda risk: rated(risk.residual_band)),
        (Column("target", "Target", STATUS), lambda risk: mark_of(risk.target_band)),
        (Column("actions", "Further actions"), lambda risk: context.said(risk, "further_actions")),
        (Column("owner", "Owner"), lambda risk: context.said(risk, "owner_words")),
        (Column("responsible", "Person responsible"), lambda risk: context.said(risk, "action_owner_words")),
        (Column("timescale", "Timescale"), lambda risk: risk.timescale_words),
        (Column("review", "Review date", DATE), lambda risk: written_day(risk, "review")),
        (Column("reviewed", "Last reviewed", DATE), lambda risk: written_day(risk, "last_reviewed")),
        (Column("status", "Status", STATUS), lambda risk: mark_of(risk.status)),
        (Column("progress", "Progress"), lambda risk: context.said(risk, "comment")),
    )
    kept = [(column, value) for column, value in optional if any(value(risk) for risk in context.risks)]
    rows = tuple(
        {"ref": risk.ref, "detail": context.said(risk, "title")} | {column.key: value(risk) for column, value in kept}
        for risk in context.risks
    )
    named = (Column("ref", "Ref"), Column("detail", "Risk", header=True))
    columns = tuple(
        replace(column, label=label(context, "risks", column.key, column.label))
        for column in (*named, *(column for column, _ in kept))
    )
    if len(kept) > FEW:
        return Table(_fitted(columns), rows)
    widths = WIDTHS | {"ref": 5, "detail": 24 if len(kept) > 5 else None}
    shown = tuple(replace(column, width=widths.get(column.key)) for column in columns)
    return Table(shown, rows, empty="The report has no risks.")


def _fitted(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Many columns beside one another, each as wide as its words ask for."""
    whole = sum(WEIGHTS.get(column.key, USUAL_WEIGHT) for column in columns)
    return tuple(replace(column, width=100 * WEIGHTS.get(column.key, USUAL_WEIGHT) // whole) for column in columns)


def in_order(context: ReportContext) -> Table | None:
    """The matrix in words: every scored risk, the highest score first."""
    scored = sorted((risk for risk in context.risks if score_of(risk) is not None), key=score_of, reverse=True)
    settled = default_matrix(context)
    if not scored or settled is None:
        return None
    columns = (
        Column("score", "Score", NUMBER, width=8),
        Column("band", "Band", STATUS, width=16),
        Column("risk", "Risk", header=True),
        Column("likelihood", "Likelihood", width=18),
        Column("impact", "Impact", width=18),
    )
    rows = tuple(
        {
            "score": score_of(risk),
            "band": rated(risk.residual_band),
            "risk": f"{risk.ref} {context.said(risk, 'title')}".strip(),
            "likelihood": f"{risk.residual_likelihood} {settled.likelihood_labels[risk.residual_likelihood - 1]}",
            "impact": f"{risk.residual_impact} {settled.impact_labels[risk.residual_impact - 1]}",
        }
        for risk in scored
    )
    return Table(columns, rows, sheet="Risks in order")


def default_matrix(context: ReportContext) -> RiskMatrix | None:
    """The matrix that the council rates by."""
    return RiskMatrix.objects.filter(organisation=context.report.organisation_id, is_default=True).first()


def key(context: ReportContext) -> Table | None:
    """The bands of the matrix and the states used, with what they mean and what they score."""
    used: dict[int, Status] = {}
    settled = default_matrix(context)
    if settled and any(score_of(risk) is not None for risk in context.risks):
        used |= {band.status_id: band.status for band in settled.bands.select_related("status__scheme")}
    for risk in context.risks:
        for status in (risk.inherent_band, risk.residual_band, risk.target_band, risk.status):
            if status is not None:
                used.setdefault(status.pk, status)
    if not used:
        return None
    ordered = sorted(used.values(), key=lambda status: (status.scheme.get_subject_display(), status.order))
    columns = (
        Column("status", "Status", STATUS, header=True, width=20),
        Column("subject", "Used for", width=25),
        Column("meaning", "Meaning"),
    )
    return Table(
        columns,
        tuple(
            {"status": mark_of(status), "subject": status.scheme.get_subject_display(), "meaning": status.definition}
            for status in ordered
        ),
    )


RISK_REGISTER = register(
    Document(
        "risk-register",
        "Risk register",
        (
            Section("project-detail", "Who answers for it", head),
            Section("risk-matrix", "Risk matrix", matrix),
            Section("status-key", "Risks in order of score", in_order),
            Section("risk-register", "Risks", register_table),
            Section("status-key", "What the statuses mean", key),
        ),
        landscape=True,
    )
)


def built_risk_register(report: Report, *, sees_exempt: bool, day: date) -> BuiltDocument:
    """The risks as one report rated them."""
    return build(RISK_REGISTER, context_of(report, "Risk Register", sees_exempt=sees_exempt, day=day))
