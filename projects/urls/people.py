"""Addresses of people and their roles."""

from django.urls import path

from projects.views import people

ROOT = "settings/<slug:org>/people/"

urlpatterns = [
    path(ROOT, people.people_list, name="settings-people"),
    path(f"{ROOT}add/", people.person_add, name="settings-person-add"),
    path(f"{ROOT}<int:pk>/", people.person_page, name="settings-person"),
    path(f"{ROOT}<int:pk>/password/", people.person_password, name="settings-person-password"),
    path(f"{ROOT}<int:pk>/second-factor/", people.person_second_factor, name="settings-person-second-factor"),
    path(f"{ROOT}<int:pk>/close/", people.person_close, name="settings-person-close"),
    path(f"{ROOT}<int:pk>/roles/add/", people.role_add, name="settings-role-add"),
    path(f"{ROOT}roles/<int:pk>/", people.role_change, name="settings-role"),
    path(f"{ROOT}roles/<int:pk>/end/", people.role_end, name="settings-role-end"),
]
