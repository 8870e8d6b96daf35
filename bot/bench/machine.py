"""What it was measured on, how busy that was, and keeping processes on one core."""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from bot.bench.report import Value

MEGABYTE = 1_000_000


def described() -> dict[str, Value]:
    """Processor, cores, load and versions; a figure without them says nothing."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load_at_start": load(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def load() -> float:
    """How many processes wanted a core, on average over the last minute."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")


def own_peak_mb() -> float:
    """The most memory this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes on Linux, bytes on macOS.
    return round(peak * (1 if sys.platform == "darwin" else 1024) / MEGABYTE, 1)


def peak_mb(pid: int) -> float:
    """The most memory a process and its children ever held, each at its own peak."""
    total = 0.0
    for process in _family(pid):
        try:
            status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
        except OSError:
            total += process.memory_info().rss
            continue
        total += _high_water(status) * 1024
    return round(total / MEGABYTE, 1)


def _high_water(status: str) -> float:
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1])
    return 0.0


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


@contextmanager
def on_one_core(*pids: int) -> Iterator[bool]:
    """Keep us, and these processes with their children, on one core; False where that cannot be."""
    if not hasattr(os, "sched_setaffinity"):
        yield False
        return
    processes = [os.getpid(), *(child.pid for pid in pids for child in _family(pid))]
    before: Mapping[int, set[int]] = {pid: os.sched_getaffinity(pid) for pid in processes}
    core = {max(before[os.getpid()])}
    try:
        for pid in processes:
            os.sched_setaffinity(pid, core)
        yield True
    finally:
        for pid, cores in before.items():
            if psutil.pid_exists(pid):
                os.sched_setaffinity(pid, cores)
