"""The child's side of supervision: telling that it is ready, and noticing that it is alone."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class Link:
    """The connection to the supervisor; without one (started by hand) nothing happens."""

    def __init__(self, fd: int | None) -> None:
        self._socket = socket.socket(fileno=fd) if fd is not None else None
        if self._socket is not None:
            self._socket.set_inheritable(False)

    def ready(self) -> None:
        """Tell the supervisor that this process does its work now."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.sendall(b"ready")

    def when_alone(self, then: Callable[[], None]) -> None:
        """Call ``then`` (from another thread) once the supervisor is gone."""
        if self._socket is not None:
            threading.Thread(target=self._watch, args=(then,), daemon=True).start()

    def _watch(self, then: Callable[[], None]) -> None:
        assert self._socket is not None
        with contextlib.suppress(OSError):
            while self._socket.recv(16):
                pass
        then()
