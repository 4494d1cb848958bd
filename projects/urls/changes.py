"""Change control: the record of a node, one request, and the steps it can take."""

from django.urls import path

from projects.views import changes

urlpatterns = [
    path("nodes/<slug:org>/<slug:node>/changes/", changes.changes, name="changes"),
    path("nodes/<slug:org>/<slug:node>/changes/new/", changes.change_new, name="change-new"),
    path("changes/<int:pk>/", changes.change, name="change"),
    path("changes/<int:pk>/edit/", changes.change_edit, name="change-edit"),
    path("changes/<int:pk>/awareness/", changes.change_awareness, name="change-awareness"),
    path("changes/<int:pk>/submit/", changes.change_submit, name="change-submit"),
    path("changes/<int:pk>/withdraw/", changes.change_withdraw, name="change-withdraw"),
    path("changes/<int:pk>/decide/", changes.change_decide, name="change-decide"),
    path("changes/<int:pk>/archive/", changes.change_archive, name="change-archive"),
]
