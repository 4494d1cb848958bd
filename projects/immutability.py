"""The database's own refusal to rewrite history, on PostgreSQL and on SQLite alike.

QuerySets refuse first and say why; these triggers are for every other path, a console included.
They are dropped before a migration and put back after it (SQLite rebuilds tables under them).
"""

from django.apps import apps
from django.db import connections

from projects.models import (
    FREE_COLUMNS,
    FROZEN_STATES,
    Baseline,
    BaselineLine,
    CommitteeReport,
    CommitteeReportAppendix,
    CommitteeReportClearance,
    CommitteeReportSection,
    Report,
    state_models,
)

PREFIX = "pmo_frozen"
_STATES = ", ".join(f"'{state.value}'" for state in FROZEN_STATES)


def _columns(model, but=()):
    return [field.column for field in model._meta.concrete_fields if field.name not in but and field.column not in but]


def _rules():
    """(table, events, columns of an update or None for all, condition on {row}) of every refusal."""
    report = Report._meta.db_table
    frozen = f"{{row}}.state IN ({_STATES})"
    yield report, "UPDATE", _columns(Report, FREE_COLUMNS), frozen.format(row="OLD")
    yield report, "DELETE", None, frozen.format(row="OLD")
    yield (
        report,
        "UPDATE",
        ["state"],
        f"OLD.state IN ({_STATES}) AND NEW.state <> OLD.state"
        " AND NOT (OLD.state = 'approved' AND NEW.state = 'published')"
        # what an import made, and nobody has published, can be taken back with it
        " AND NOT (OLD.state = 'approved' AND OLD.origin = 'imported' AND NEW.state = 'draft')",
    )
    for model in state_models():
        yield from _children(model._meta.db_table, "report_id", report, f"top.state IN ({_STATES})")

    project_models = list(apps.get_app_config("projects").get_models())
    for model in project_models:
        if issubclass(model, Baseline):
            in_force = "OLD.in_force_from IS NOT NULL"
            yield model._meta.db_table, "UPDATE", _columns(model, {"in_force_to", "state"}), in_force
            yield model._meta.db_table, "DELETE", None, in_force
        if issubclass(model, BaselineLine):
            top = model._meta.get_field("baseline").related_model._meta.db_table
            yield from _children(model._meta.db_table, "baseline_id", top, "top.in_force_from IS NOT NULL")

    cover = CommitteeReport._meta.db_table
    yield cover, "UPDATE", None, "OLD.state = 'published'"
    yield cover, "DELETE", None, "OLD.state = 'published'"
    for model in (CommitteeReportSection, CommitteeReportClearance, CommitteeReportAppendix):
        yield from _children(model._meta.db_table, "report_id", cover, "top.state = 'published'")

    pack = apps.get_model("reporting", "Pack")._meta.db_table
    for name in ("PackItem", "KeptFile"):
        table = apps.get_model("reporting", name)._meta.db_table
        yield from _children(table, "pack_id", pack, "top.state IN ('published', 'superseded', 'withdrawn')")
    yield pack, "DELETE", None, "OLD.state IN ('published', 'superseded', 'withdrawn')"

    log = apps.get_model("auditlog", "LogEntry")._meta.db_table
    yield log, "UPDATE", None, "1 = 1"
    yield log, "DELETE", None, "1 = 1"


def _children(table, key, top_table, condition):
    for event in ("INSERT", "UPDATE", "DELETE"):
        rows = {"INSERT": ["NEW"], "UPDATE": ["OLD", "NEW"], "DELETE": ["OLD"]}[event]
        where = " OR ".join(
            f"EXISTS (SELECT 1 FROM {top_table} top WHERE top.id = {row}.{key} AND {condition})"  # noqa: S608
            for row in rows
        )
        yield table, event, None, where


def _statements(vendor, existing):
    for number, (table, event, columns, condition) in enumerate(_rules()):
        if table not in existing:
            continue
        name = f"{PREFIX}_{number}"
        when = f"{event} OF {', '.join(columns)}" if columns else event
        sentence = f"{table} is frozen: what was approved is never rewritten"
        if vendor == "sqlite":
            yield (
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
        else:
            row = "OLD" if event == "DELETE" else "NEW"
            yield (
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {condition} THEN RAISE EXCEPTION '{sentence}' USING ERRCODE = '23514'; END IF; "
                f"RETURN {row}; END $$"
            )
            yield f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"


def install(using="default", **signal):
    """Put every refusal in place, replacing older ones."""
    connection = connections[using]
    remove(using)
    with connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        for statement in _statements(connection.vendor, existing):
            cursor.execute(statement)


def remove(using="default", **signal):
    """Take the refusals out: for migrations, and for tests that empty the database."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s", [f"{PREFIX}%"])
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute(
                "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
                "WHERE p.proname LIKE %s AND n.nspname = current_schema()",
                [f"{PREFIX}%"],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP FUNCTION {name}() CASCADE")
