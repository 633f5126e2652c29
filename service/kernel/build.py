"""Which build of the service this is: the version, and the commit where there is a repository."""

import subprocess
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

from service.kernel.settings import ROOT


@lru_cache(maxsize=1)
def described() -> str:
    """``0.1.0``, and behind it what ``git describe`` says of the working tree; ``dirty`` means changed since."""
    try:
        number = version("peikao")
    except PackageNotFoundError:
        number = "unknown"
    if not (ROOT / ".git").exists():
        return number
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=5, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return number
    return f"{number} {said.stdout.strip()}"
