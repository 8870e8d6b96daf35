"""Called by alembic for every command; ``bot.store.migrate`` hands it the connection."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from alembic import context

from bot.store.metadata import metadata

for module in ("bot.store.shop_tables", "bot.store.tables"):
    if find_spec(module):
        import_module(module)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
