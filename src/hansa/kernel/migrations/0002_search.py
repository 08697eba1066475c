"""The full-text index: FTS5 on SQLite, a text search vector on PostgreSQL. `kernel.search` fills and asks both."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MAKE = {
    "sqlite": (
        "CREATE VIRTUAL TABLE kernel_search USING fts5 (said, tokenize = 'unicode61 remove_diacritics 2')",
    ),
    "postgresql": (
        "CREATE TABLE kernel_search (rowid bigint PRIMARY KEY, said tsvector NOT NULL)",
        "CREATE INDEX kernel_search_said ON kernel_search USING gin (said)",
    ),
}


def make(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in MAKE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TABLE kernel_search")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
