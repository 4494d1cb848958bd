"""Addresses of what is drawn from the record."""

from reporting.urls import approvals, assurance, comparison, documents, exports, home, packs, plans, portfolio

urlpatterns = [
    *home.urlpatterns,
    *approvals.urlpatterns,
    *portfolio.urlpatterns,
    *documents.urlpatterns,
    *comparison.urlpatterns,
    *assurance.urlpatterns,
    *packs.urlpatterns,
    *exports.urlpatterns,
    *plans.urlpatterns,
]
