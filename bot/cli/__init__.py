"""The ``onecounter`` command: reads options, starts things, and tells what it does.

Heavy imports (Rasa, SQLAlchemy) happen inside the command that needs them, so ``--help`` is quick.
"""

from bot.cli.app import main

__all__ = ["main"]
