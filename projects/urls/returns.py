"""The returns of a period, reminders, and the page of a period: closing, reopening, exceptions."""

from django.urls import path

from projects.views import returns

urlpatterns = [
    path("returns/<slug:org>/<slug:node>/", returns.returns, name="returns"),
    path("returns/<slug:org>/<slug:node>/remind/", returns.returns_remind, name="returns-remind"),
    path("periods/<slug:org>/<int:pk>/", returns.period_page, name="period"),
]
