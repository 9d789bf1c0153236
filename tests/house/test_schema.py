"""An empty database gets its tables at once, and counts as migrated."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from zhuanban.site import schema

ASK = """
import json, django
django.setup()
from django.db import connection
from zhuanban.site import cli, schema
made = schema.make_tables()
print(json.dumps([made, schema.make_tables(), cli.unapplied(), sorted(connection.introspection.table_names())]))
"""


def test_it_is_done_once_and_leaves_no_migration_to_do(tmp_path):
    settings = {"ZHUANBAN_MODE": "test", "ZHUANBAN_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "zhuanban.site.settings"}
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | settings
    done = subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True)
    made, again, missing, tables = json.loads(done.stdout)
    assert made > 50 and again == 0 and missing == []
    assert {"kernel_event", "portfolio_project", "django_migrations", "django_session"} <= set(tables)


def test_a_database_with_tables_is_left_alone(db):
    assert schema.make_tables() == 0
