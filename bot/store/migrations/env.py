"""Called by alembic for every command; ``bot.store.migrate`` hands it the connection."""

from __future__ import annotations

from alembic import context

from bot.store.migrate import declared

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=declared(),
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
