"""What tests of imports ask the record: counts of every table, and the rows of a report by their words."""

from datetime import date
from pathlib import Path

from django.apps import apps

from projects.actions.writing import save_new
from projects.imports.apply import apply_import, keep_import
from projects.imports.plan import plan_workbook
from projects.models import Node, Report, Tier
from projects.permissions import top_node
from tests import factories
from tests.workbooks import HOMELESSNESS, build_dashboard


def counts() -> dict[str, int]:
    """How many rows every table of the record has."""
    return {model.__name__: model._base_manager.count() for model in apps.get_app_config("projects").get_models()}


def dashboard_council(council=None, clock_on=date(2019, 9, 20)):
    """A council with the three tiers that the dashboards name; July 2019 is past, September open."""
    council = council or factories.council()
    council.clock_on = clock_on
    council.save()
    for order, label in enumerate(("GOLD", "SILVER", "BRONZE")):
        save_new(Tier(organisation=council, label=label, code=label.lower(), order=order), by=None)
    return council


def workbook(tmp_path: Path, project=HOMELESSNESS, name="homelessness-2019-07.xlsx", **options) -> Path:
    return build_dashboard(tmp_path / name, project, **options)


def bring_in(path, council, by=None, left_out=(), take=(), **options):
    """Preview and apply in one go."""
    imported = keep_import(path, plan_workbook(path, council, **options), organisation=council, by=by)
    return apply_import(imported, by=by, left_out=left_out, take=take, is_trusted=by is None)


def node(council, slug="homelessness") -> Node:
    return Node.objects.get(organisation=council, slug=slug)


def newest(council, slug="homelessness") -> Report:
    return Report.objects.filter(node=node(council, slug)).in_order().last()


def top(council) -> Node:
    return top_node(council)
