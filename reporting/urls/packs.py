"""Meetings, their packs, and the files that are kept of them."""

from django.urls import path

from reporting.views import packs

ONE = "packs/<int:pk>/"

urlpatterns = [
    path("meetings/<slug:org>/<int:pk>/", packs.meeting, name="meeting"),
    path("meetings/<slug:org>/<int:pk>/pack/", packs.pack_new, name="pack-new"),
    path(ONE, packs.pack, name="pack"),
    path(f"{ONE}assemble/", packs.pack_assemble, name="pack-assemble"),
    path(f"{ONE}cancel/", packs.pack_cancel, name="pack-cancel"),
    path(f"{ONE}reports/put-in/", packs.pack_put_in, name="pack-put-in"),
    path(f"{ONE}reports/<int:item>/", packs.pack_item, name="pack-item"),
    path(f"{ONE}publish/", packs.pack_publish, name="pack-publish"),
    path(f"{ONE}withdraw/", packs.pack_withdraw, name="pack-withdraw"),
    path(f"{ONE}discard/", packs.pack_discard, name="pack-discard"),
    path("published/<uuid:pk>/", packs.published, name="published"),
]
