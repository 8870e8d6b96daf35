"""The address we serve on: taken or free, and what to do when it is taken."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from bot.errors import ConfigError
from bot.settings import FILE_NAME, Settings


def listen(settings: Settings) -> socket.socket:
    """A bound socket for the configured address. Raises ConfigError saying how to change it."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise ConfigError(_advice(settings, error)) from error
    return bound


def check_free(settings: Settings) -> None:
    """Raises ConfigError when the configured address cannot be served on."""
    listen(settings).close()


def _advice(settings: Settings, error: OSError) -> str:
    where = f"port {settings.port} on {settings.host}"
    file = Path(settings.home) / FILE_NAME
    if error.errno == errno.EADDRINUSE:
        other = free_port(settings.host)
        return (
            f"{where} is taken by another program; stop that one, or choose another port: "
            f"`onecounter run --port {other}`, ONECOUNTER_PORT={other}, or port = {other} in {file}"
        )
    if error.errno == errno.EACCES:
        return f"{where} needs more rights than we have; choose a port from 1024 on: --port 8000"
    return f"cannot serve on {where}: {error.strerror or error}; set ONECOUNTER_HOST and _PORT"


def free_port(host: str) -> int:
    """A port that is free right now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
