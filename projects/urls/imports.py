"""Workbooks brought in and taken out."""

from django.urls import path

from projects.views import imports, layout_drafts, layouts, named_values, spreadsheets

urlpatterns = [
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.import_new, name="import-new"),
    path("imports/<int:pk>/", imports.import_preview, name="import"),
    path("imports/<int:pk>/posts/", imports.import_posts, name="import-posts"),
    path("imports/<int:pk>/answers/", imports.import_answers, name="import-answers"),
    path("imports/<int:pk>/needs/", imports.import_needs, name="import-needs"),
    path("imports/<int:pk>/period/", imports.import_period, name="import-period"),
    path("imports/<int:pk>/layout/", imports.import_layout, name="import-layout"),
    path("imports/<int:pk>/apply/", imports.import_apply, name="import-apply"),
    path("imports/<int:pk>/choices/", imports.import_choices, name="import-choices"),
    path("imports/<int:pk>/cancel/", imports.import_cancel, name="import-cancel"),
    path("imports/<int:pk>/again/", imports.import_again, name="import-again"),
    path("imports/<int:pk>/discard/", imports.import_discard, name="import-discard"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import-undo"),
    path("imports/<int:pk>/file/", imports.import_file, name="import-file"),
    path("reports/<int:pk>/sources/", imports.report_sources, name="report-sources"),
    path("layouts/<slug:org>/", layouts.layout_list, name="layouts"),
    path("layouts/<slug:org>/new/", layouts.layout_new, name="layout-new"),
    path("layouts/<slug:org>/of/<slug:name>/", layouts.layout, name="layout"),
    path("layouts/<slug:org>/of/<slug:name>/change/", layouts.layout_change, name="layout-change"),
    path("layouts/<slug:org>/of/<slug:name>/archive/", layouts.layout_archive, name="layout-archive"),
    path("layouts/<slug:org>/of/<slug:name>/<int:number>/file/", layouts.layout_file, name="layout-file"),
    path("layouts/<slug:org>/of/<slug:name>/<int:number>/restore/", layouts.layout_version, name="layout-version"),
    path("layout-drafts/<int:pk>/", layout_drafts.layout_draft, name="layout-draft"),
    path("layout-drafts/<int:pk>/block/<int:sheet>/<int:place>/", layout_drafts.layout_block, name="layout-block"),
    path("layout-drafts/<int:pk>/map/", layout_drafts.layout_map, name="layout-map"),
    path("layout-drafts/<int:pk>/try/", layout_drafts.layout_try, name="layout-try"),
    path("layout-drafts/<int:pk>/save/", layout_drafts.layout_save, name="layout-save"),
    path("layout-drafts/<int:pk>/discard/", layout_drafts.layout_discard, name="layout-discard"),
    path("reports/<int:pk>/named-values/", named_values.named_values, name="named-values"),
    path("reports/<int:pk>/by-layout/<slug:name>/", named_values.export_by_layout, name="export-by-layout"),
    path("nodes/<slug:org>/<slug:node>/workbook/", imports.export_workbook, name="export-workbook"),
    path("nodes/<slug:org>/<slug:node>/spreadsheet/", spreadsheets.spreadsheet, name="spreadsheet"),
    path(
        "nodes/<slug:org>/<slug:node>/spreadsheet/report/", spreadsheets.spreadsheet_report, name="spreadsheet-report"
    ),
    path(
        "nodes/<slug:org>/<slug:node>/spreadsheet/registers/<slug:kind>/",
        spreadsheets.spreadsheet_register,
        name="spreadsheet-register",
    ),
    path("spreadsheets/<int:pk>/", spreadsheets.spreadsheet_back, name="spreadsheet-back"),
    path("spreadsheets/<int:pk>/apply/", spreadsheets.spreadsheet_apply, name="spreadsheet-apply"),
    path("spreadsheets/<int:pk>/choices/", spreadsheets.spreadsheet_choices, name="spreadsheet-choices"),
    path("spreadsheets/<int:pk>/cancel/", spreadsheets.spreadsheet_cancel, name="spreadsheet-cancel"),
    path("spreadsheets/<int:pk>/again/", spreadsheets.spreadsheet_again, name="spreadsheet-again"),
    path("spreadsheets/<int:pk>/discard/", spreadsheets.spreadsheet_discard, name="spreadsheet-discard"),
    path("spreadsheets/<int:pk>/undo/", spreadsheets.spreadsheet_undo, name="spreadsheet-undo"),
    path("spreadsheets/<int:pk>/file/", spreadsheets.spreadsheet_file, name="spreadsheet-file"),
]
