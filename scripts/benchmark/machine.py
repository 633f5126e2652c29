"""The machine: which core serves and which drives, what a tree of processes has used, and how busy everything is."""

import os
import platform
import resource
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))
# The service and its database share one core; whoever asks has the other, where there is one.
SERVER_CORE, DRIVER_CORE = CORES[0], CORES[1 if len(CORES) > 1 else 0]
_TICKS = os.sysconf("SC_CLK_TCK")
# In /proc/<pid>/stat, counted from behind the command name: parent, then user and system time, own and of the dead.
_PARENT, _TIMES = 1, slice(11, 15)
SYNCS = 200


@contextmanager
def on(core: int) -> Iterator[None]:
    """Processes started inside run on this core and stay there."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def many_files() -> None:
    """Allow as many connections as the system lets us; the service inherits it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def tree(roots: Iterable[int]) -> set[int]:
    """The processes and all that descend from them."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _fields(int(entry))):
            children.setdefault(int(fields[_PARENT]), []).append(int(entry))
    found, waiting = set(roots), list(roots)
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time of the trees so far, in seconds; of processes that have ended too."""
    return sum(int(ticks) for pid in tree(roots) for ticks in _fields(pid)[_TIMES]) / _TICKS


def resident(roots: Iterable[int]) -> float:
    """Memory of the trees in MiB, each page counted by its share, so that PostgreSQL's common pages count once."""
    return sum(_share(pid) for pid in tree(roots)) / 1024


def _share(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def load() -> float:
    """The load average of the last minute: whoever else is busy here shows in it."""
    return os.getloadavg()[0]


def sync_microseconds(folder: Path) -> float:
    """The median time of writing 4 KiB and waiting for the disk, where the databases of the benchmark lie."""
    taken = []
    path = folder / "sync-probe"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        for place in range(SYNCS):
            began = time.perf_counter()
            os.pwrite(descriptor, bytes(4096), 4096 * (place % 16))
            os.fdatasync(descriptor)
            taken.append(time.perf_counter() - began)
    finally:
        os.close(descriptor)
        path.unlink()
    return sorted(taken)[SYNCS // 2] * 1e6


def describe(folder: Path) -> dict[str, object]:
    """What a reader must know to judge the figures."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    root = Path(__file__).resolve().parents[2]
    revision = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=root, capture_output=True, text=True)
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "revision": revision.stdout.strip(),
        "processor": models[0].partition(":")[2].strip() if models else platform.machine(),
        "cores": len(CORES),
        "pinned": f"service and database to core {SERVER_CORE}, driver to core {DRIVER_CORE}",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "databases_in": f"{folder} ({_filesystem(folder)})",
        "sync_us": round(sync_microseconds(folder)),
        "load": load(),
    }


def _filesystem(folder: Path) -> str:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    around = [(point, kind) for _, point, kind, *_ in mounts if folder.is_relative_to(point)]
    return max(around, key=lambda one: len(one[0]))[1]
