"""Addresses of what is drawn from the record."""

from reporting.urls import assurance, documents, home, portfolio

urlpatterns = [*home.urlpatterns, *portfolio.urlpatterns, *documents.urlpatterns, *assurance.urlpatterns]
