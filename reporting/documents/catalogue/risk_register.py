"""The risk register of a project: the matrix where risks are scored, and every risk with what is done about it."""

from datetime import date

from projects.models import Report, RiskMatrix, Status
from reporting.documents import contents
from reporting.documents.catalogue.report_context import ReportContext, context_of, mark_of, rated, written_day
from reporting.documents.catalogue.sections import score_of
from reporting.documents.charts import risk_matrix
from reporting.documents.contents import DATE, NUMBER, STATUS, Column, StatusMark, Table
from reporting.documents.document import BuiltDocument, Document, Section, build, register

UNBANDED = StatusMark("No band", "ring", "grey", "not_rated")


def matrix(context: ReportContext) -> contents.RiskMatrix | None:
    """Scored risks by likelihood and impact; None where no risk is scored, or the council has no matrix."""
    scored = [risk for risk in context.risks if score_of(risk) is not None]
    if not scored:
        return None
    settled = RiskMatrix.objects.filter(organisation=context.report.organisation_id, is_default=True).first()
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
    """Every risk of the report; columns that none of them fills are left out."""
    optional = (
        (Column("impact", "Potential impact", width=16), lambda risk: context.said(risk, "impact_text")),
        (Column("inherent", "Inherent", STATUS, width=10), lambda risk: mark_of(risk.inherent_band)),
        (Column("controls", "Existing controls", width=16), lambda risk: context.said(risk, "controls")),
        (Column("actions", "Further actions", width=16), lambda risk: context.said(risk, "further_actions")),
        (Column("owner", "Owner"), lambda risk: context.said(risk, "owner_words")),
        (Column("responsible", "Responsible"), lambda risk: context.said(risk, "action_owner_words")),
        (Column("timescale", "Timescale"), lambda risk: risk.timescale_words),
        (Column("review", "Review date", DATE, width=14), lambda risk: written_day(risk, "review")),
        (Column("likelihood", "Likelihood", NUMBER), lambda risk: risk.residual_likelihood),
        (Column("residual_impact", "Impact", NUMBER), lambda risk: risk.residual_impact),
        (Column("score", "Score", NUMBER), score_of),
        (Column("residual", "Residual", STATUS, width=12), lambda risk: rated(risk.residual_band)),
        (Column("target", "Target", STATUS, width=10), lambda risk: mark_of(risk.target_band)),
        (Column("status", "Status", STATUS, width=10), lambda risk: mark_of(risk.status)),
    )
    kept = [(column, value) for column, value in optional if any(value(risk) for risk in context.risks)]
    rows = tuple(
        {"ref": risk.ref, "detail": context.said(risk, "title")} | {column.key: value(risk) for column, value in kept}
        for risk in context.risks
    )
    # Narrow beside many columns, otherwise whatever the others leave.
    columns = (
        Column("ref", "Ref", width=5),
        Column("detail", "Risk", header=True, width=24 if len(kept) > 5 else None),
    )
    return Table((*columns, *(column for column, _ in kept)), rows, empty="The report has no risks.")


def key(context: ReportContext) -> Table | None:
    """The bands and states used, with what they mean and what they score."""
    used: dict[int, Status] = {}
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
            Section("risk-matrix", "Risk matrix", matrix),
            Section("risk-register", "Risks", register_table),
            Section("status-key", "What the statuses mean", key),
        ),
        landscape=True,
    )
)


def built_risk_register(report: Report, *, sees_exempt: bool, day: date) -> BuiltDocument:
    """The risks as one report rated them."""
    return build(RISK_REGISTER, context_of(report, "Risk Register", sees_exempt=sees_exempt, day=day))
