"""Find what a turn sends without reading all that was ever sent."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_turn", "outbox", ["turn_id"])


def downgrade() -> None:
    op.drop_index("ix_outbox_turn", table_name="outbox")
