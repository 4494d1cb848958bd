"""Nothing of one council points into another: a sweep over every foreign key between owned tables."""

import pytest
from django.apps import apps
from django.db import models

from projects.actions.writing import OtherOrganisation, save_changes
from projects.models import DimensionRating, Status
from projects.models.base import Owned
from tests import factories

pytestmark = pytest.mark.django_db


def owned_foreign_keys():
    for model in apps.get_app_config("projects").get_models():
        if not issubclass(model, Owned):
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and issubclass(field.related_model, Owned):
                yield model, field


def mismatches():
    """(table, field) of every foreign key that leads into another organisation."""
    return [
        (model.__name__, field.name)
        for model, field in owned_foreign_keys()
        if model._base_manager.exclude(**{field.name: None})
        .exclude(organisation_id=models.F(f"{field.name}__organisation_id"))
        .exists()
    ]


def test_a_full_report_stays_inside_its_organisation(project, stranger):
    report = factories.draft(project)
    factories.milestone(report)
    factories.risk(report)
    factories.benefit(report)
    factories.budget(report, planned=1)
    factories.published(project, report=report)
    assert mismatches() == []


def test_the_sweep_finds_a_foreign_status(project, stranger):
    report = factories.draft(project)
    foreign = Status.objects.filter(organisation__slug="elsewhere").first()
    DimensionRating.objects.of(report).update(status=foreign)
    assert ("DimensionRating", "status") in mismatches()


def test_an_action_refuses_a_foreign_status(project, stranger, officer):
    rating = DimensionRating.objects.of(factories.draft(project)).first()
    foreign = Status.objects.filter(organisation__slug="elsewhere").first()
    with pytest.raises(OtherOrganisation):
        save_changes(rating, {"status": foreign}, by=officer)
    rating.refresh_from_db()
    assert rating.status != foreign


def test_every_table_but_the_root_says_whose_it_is():
    free = {model.__name__ for model in apps.get_app_config("projects").get_models() if not issubclass(model, Owned)}
    assert free == {"Organisation"}
