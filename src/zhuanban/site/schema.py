"""The tables of an empty database, made at once from the models instead of migration by migration.

A migration renders all models anew for every index and constraint, which takes a minute where this takes two seconds. That both come to
the same tables is checked with every change (`makemigrations --check`), and `zhuanban migrate` goes the long way.
"""

from __future__ import annotations

from django.apps import apps
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def make_tables() -> int:
    """Make every table in a database that has none and record all migrations as done; returns how many tables (0: there were some)."""
    if connection.introspection.table_names():
        return 0
    models = [model for model in apps.get_models() if model._meta.can_migrate(connection)]
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
    record_migrations()
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)
    return len(models)


def record_migrations() -> None:
    """Tell the database that it is at this version."""
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    applied = recorder.applied_migrations()
    for app, name in MigrationLoader(connection, ignore_no_migrations=True).disk_migrations:
        if (app, name) not in applied:
            recorder.record_applied(app, name)
