"""What a person sees first."""

from django.urls import path

from reporting.views import home

urlpatterns = [path("", home.home, name="home")]
