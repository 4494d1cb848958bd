"""What is read beside a row: what was named, and nothing where nothing was."""

from projects.models import ChangeLine
from projects.models.base import with_related


def test_without_names_nothing_is_joined():
    assert " JOIN " in str(ChangeLine.objects.select_related().query)  # what Django does of itself
    assert " JOIN " not in str(with_related(ChangeLine.objects.all(), ()).query)
    assert str(with_related(ChangeLine.objects.all(), ["report"]).query).count(" JOIN ") == 1
