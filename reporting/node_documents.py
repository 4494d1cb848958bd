"""Which documents of a project can be opened from its page: one query, whatever there is."""

from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Concat

from projects.models import Node, NodeBaselineSection, Recommendation, ReportTemplate, RiskAssessment, Series
from projects.models.structure import NodeKind
from reporting.plans import CHECKPOINT

INITIATED = (NodeKind.PROGRAMME, NodeKind.PROJECT)  # what has an initiation document
# (document, what leads to it, whether readers may open it)
OFFERED = (
    ("pid", "Initiation document", False),
    ("project-plan", "Project plan", True),
    ("checkpoint", "Checkpoint reports", True),
    ("risk-register", "Risk register", True),
    ("recommendation-tracker", "Recommendation tracker", True),
)


def documents_of(node: Node, *, published: bool) -> list[tuple[str, str]]:
    """(document, title) of what stands for the node; readers are offered what is published."""
    standing = "published" if published else "current"
    headline = F(f"report__series__{standing}")
    beneath = Series.objects.filter(
        organisation=node.organisation_id,
        node__path__gte=OuterRef("path"),
        node__path__lt=Concat(OuterRef("path"), Value("a")),
        template__document=CHECKPOINT,
        **{f"{standing}__isnull": False},
    )
    risks = RiskAssessment.objects.filter(report__series=OuterRef("headline_series"), report=headline)
    there = {
        "pid": Exists(NodeBaselineSection.objects.filter(baseline__node=OuterRef("pk"))),
        "plan": Exists(beneath),
        "risks": Exists(risks),
        "recommendations": Exists(Recommendation.objects.filter(node=OuterRef("pk"), is_archived=False)),
    }
    found = Node.objects.filter(pk=node.pk).annotate(**{f"has_{name}": each for name, each in there.items()})
    has = found.values(*(f"has_{name}" for name in there)).get()
    shown = {
        "pid": has["has_pid"],
        "project-plan": has["has_plan"],
        "checkpoint": has["has_plan"],
        "risk-register": has["has_risks"],
        "recommendation-tracker": has["has_recommendations"],
    }
    return [(name, title) for name, title, is_public in OFFERED if shown[name] and (is_public or not published)]


def can_be_initiated(node: Node) -> bool:
    """Whether the council has a template for the initiation documents of such nodes."""
    mine = ReportTemplate.objects.filter(organisation=node.organisation_id, document="pid", is_archived=False)
    return node.kind in INITIATED and mine.exists()
