"""Documents: the list of them, and each as page, PDF, workbook or Word file."""

from django.urls import path

from reporting.views import documents

urlpatterns = [
    path("documents/", documents.document_list, name="documents"),
    path("documents/<slug:name>/<slug:org>/<slug:node>/", documents.document, name="document"),
]
