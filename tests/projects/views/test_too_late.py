"""A step that came too late, and which its page does not answer itself, is told in a sentence."""

import pytest
from django.urls import reverse

from projects.actions import people
from projects.actions.writing import EditedMeanwhile, RemovedMeanwhile
from projects.models import Grant


@pytest.mark.parametrize("exception", [lambda row: EditedMeanwhile(row, {}), RemovedMeanwhile])
def test_it_says_what_happened_and_shows_what_was_written(client, administrator, officer, monkeypatch, exception):
    grant = Grant.objects.get(user=officer)

    def late(*args, **kwargs):
        raise exception(grant)

    monkeypatch.setattr("projects.views.people.revoke_role", late)
    client.force_login(administrator)
    where = reverse("settings-role-end", args=[grant.organisation.slug, grant.pk])
    answer = client.post(where, {"reason": "They have moved on"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "by somebody else" in page
    assert "They have moved on" in page
    assert f'href="{where}"' in page


def test_a_role_taken_away_twice_at_once_is_no_error(client, administrator, officer, monkeypatch):
    grant = Grant.objects.get(user=officer)
    quicker = people.revoke_role

    def after_another(late, **kwargs):
        quicker(Grant.objects.get(pk=late.pk), **kwargs)
        return quicker(late, **kwargs)

    monkeypatch.setattr("projects.views.people.revoke_role", after_another)
    client.force_login(administrator)
    where = reverse("settings-role-end", args=[grant.organisation.slug, grant.pk])
    assert client.post(where, {"reason": "Moved on"}).status_code in (302, 409)
