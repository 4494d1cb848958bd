"""Names of people in a workbook: the record holds posts, and the importer is asked which post a name stands for."""

from projects.imports.parse import ParsedValue
from projects.imports.planned import ImportPlan
from projects.imports.problems import CellProblem
from projects.models import Board, Organisation, Post
from projects.rules.names import with_posts


class Posts:
    """The posts that names stand for in one plan; names without one are gathered in `plan.names`."""

    def __init__(self, plan: ImportPlan, organisation: Organisation):
        self.plan = plan
        self.known = set(Post.objects.filter(organisation=organisation).values_list("title", flat=True))
        self.known |= set(Board.objects.filter(organisation=organisation).values_list("name", flat=True))

    def settle(self, value: ParsedValue) -> tuple[str, bool]:
        """The words with posts for names, and whether all names had one: what names a person is not taken."""
        words = str(value.value or "")
        if words in self.known:
            return words, True
        words, unknown = with_posts(words, self.plan.posts)
        for name in unknown:
            if name not in self.plan.names:
                self.plan.names.append(name)
            message = f"“{name}” seems to be a person; say which post that is. Until then the cell is not taken."
            self.plan.warnings.append(CellProblem(value.sheet, value.cell, message, "warning"))
        return words, not unknown
