"""The full-text index. SQLite's FTS5; another database brings its own in its place."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def make(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            "CREATE VIRTUAL TABLE kernel_search USING fts5 (said, tokenize = 'unicode61 remove_diacritics 2')"
        )


def drop(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE kernel_search")


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
