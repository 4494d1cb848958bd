"""A reviewer's findings from month to month: the step suggested last becomes the one that progress is told of."""

from django.db.models import F, Value

from projects.models import Report, ReviewFindingUpdate

Heading = ReviewFindingUpdate.Heading
# Under which heading the rows of each section of findings are printed.
FINDING_SECTIONS = {
    "review-achievements": Heading.ACHIEVEMENT,
    "review-improvements": Heading.IMPROVEMENT,
    "review-progress": Heading.PROGRESS,
    "review-considerations": Heading.CONSIDERATION,
    "review-findings": Heading.ISSUE,
    "review-insights": Heading.INSIGHT,
}


def move_steps_on(report: Report) -> None:
    """In a draft that was just copied, ask for the progress made since: on the newest step the reviewer suggested.

    What was said of the period before stays in its own report.
    """
    issues = ReviewFindingUpdate.objects.of(report).filter(kind=Heading.ISSUE)
    issues.exclude(next_step="").update(suggested_step=F("next_step"))
    issues.update(progress=Value(""), next_step=Value(""))
