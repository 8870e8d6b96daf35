"""``python -m bot.cli``: the same as the ``onecounter`` command, for our own child processes."""

import sys

from bot.cli.app import main

sys.exit(main())
