"""Change control: the record of a node, its baselines and ledger, one request, and the steps it can take."""

from django.urls import path

from projects.views import baselines, changes

urlpatterns = [
    path("nodes/<slug:org>/<slug:node>/changes/", changes.changes, name="changes"),
    path("nodes/<slug:org>/<slug:node>/changes/new/", changes.change_new, name="change-new"),
    path("nodes/<slug:org>/<slug:node>/changes/blanks/", changes.change_blanks, name="change-blanks"),
    path("nodes/<slug:org>/<slug:node>/changes/ledger/", baselines.ledger, name="ledger"),
    path("nodes/<slug:org>/<slug:node>/baselines/", baselines.baselines, name="baselines"),
    path("nodes/<slug:org>/<slug:node>/baselines/<slug:kind>/<int:pk>/", baselines.baseline, name="baseline"),
    path("changes/<int:pk>/", changes.change, name="change"),
    path("changes/<int:pk>/edit/", changes.change_edit, name="change-edit"),
    path("changes/<int:pk>/proposed/", changes.change_proposed, name="change-proposed"),
    path("changes/<int:pk>/anew/", changes.change_anew, name="change-anew"),
    path("changes/<int:pk>/route/", changes.change_route, name="change-route"),
    path("changes/<int:pk>/awareness/", changes.change_awareness, name="change-awareness"),
    path("changes/<int:pk>/submit/", changes.change_submit, name="change-submit"),
    path("changes/<int:pk>/withdraw/", changes.change_withdraw, name="change-withdraw"),
    path("changes/<int:pk>/decide/", changes.change_decide, name="change-decide"),
    path("changes/<int:pk>/archive/", changes.change_archive, name="change-archive"),
]
