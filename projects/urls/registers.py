"""The registers of a node: risks, issues, milestones, benefits."""

from django.urls import path

from projects.views import registers

REGISTER = "nodes/<slug:org>/<slug:node>/registers/<slug:kind>/"

urlpatterns = [
    path(REGISTER, registers.register, name="register"),
    path(f"{REGISTER}add/", registers.register_add, name="register-add"),
    path(f"{REGISTER}<int:pk>/", registers.register_item, name="register-item"),
    path(f"{REGISTER}<int:pk>/edit/", registers.register_item_edit, name="register-item-edit"),
    path(f"{REGISTER}<int:pk>/about/", registers.register_item_about, name="register-item-about"),
    path(f"{REGISTER}<int:pk>/remove/", registers.register_item_remove, name="register-item-remove"),
    path(f"{REGISTER}<int:pk>/restore/", registers.register_item_restore, name="register-item-restore"),
]
