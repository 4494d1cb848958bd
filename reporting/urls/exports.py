"""Large documents drawn in the background."""

from django.urls import path

from reporting.views import exports

urlpatterns = [
    path("exports/<slug:name>/<slug:org>/<slug:node>/", exports.export_ask, name="export-ask"),
    path("exports/<int:pk>/", exports.export, name="export"),
    path("exports/<int:pk>/cancel/", exports.export_cancel, name="export-cancel"),
    path("exports/<int:pk>/again/", exports.export_again, name="export-again"),
    path("exports/<int:pk>/file/", exports.export_file, name="export-file"),
]
