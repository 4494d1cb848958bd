"""What is ahead in the plans of a node: the dependency map, the forward plan of a scrutiny committee."""

from django.urls import path

from reporting.views import plans

NODE = "nodes/<slug:org>/<slug:node>"

urlpatterns = [
    path(f"{NODE}/dependencies/", plans.dependencies, name="dependencies"),
    path(f"{NODE}/dependencies/<int:pk>/remove/", plans.dependency_remove, name="dependency-remove"),
    path(f"{NODE}/scrutiny-plan/", plans.scrutiny_plan, name="scrutiny-plan"),
    path(f"{NODE}/scrutiny-plan/edit/", plans.scrutiny_plan_edit, name="scrutiny-plan-edit"),
    path(f"{NODE}/scrutiny-plan/validate/", plans.scrutiny_plan_validate, name="scrutiny-plan-validate"),
    path(f"{NODE}/scrutiny-plan/queries/add/", plans.scrutiny_query_add, name="scrutiny-query-add"),
    path(f"{NODE}/scrutiny-plan/queries/<int:pk>/", plans.scrutiny_query, name="scrutiny-query"),
]
