"""What stands beside the tree; the lists of names, groupings and tranches are declared pages of the settings."""

from django.urls import path

from projects.views import groupings

urlpatterns = [
    path("settings/<slug:org>/tree/<slug:node>/beside/", groupings.node_beside, name="settings-node-beside"),
    path("settings/<slug:org>/groupings/<int:pk>/nodes/", groupings.grouping_nodes, name="settings-grouping-nodes"),
]
