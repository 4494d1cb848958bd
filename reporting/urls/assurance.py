"""Assurance: findings of a node and all beneath it, and their acceptance."""

from django.urls import path

from reporting.views import assurance

urlpatterns = [
    path("assurance/<slug:org>/<slug:node>/", assurance.assurance, name="assurance"),
    path("assurance/<slug:org>/<slug:node>/accept/", assurance.assurance_accept, name="assurance-accept"),
    path(
        "assurance/<slug:org>/<slug:node>/accepted/<int:pk>/withdraw/",
        assurance.assurance_withdraw,
        name="assurance-withdraw",
    ),
]
