"""Which build of the service this is: the version, and the commit where there is a repository."""

import subprocess
from functools import lru_cache

from service.kernel.settings import ROOT

# The one of pyproject.toml; a checkout that was never installed has no other place to ask.
VERSION = "0.1.0"


@lru_cache(maxsize=1)
def described() -> str:
    """``0.1.0``, and behind it what ``git describe`` says of the working tree; ``dirty`` means changed since."""
    if not (ROOT / ".git").exists():
        return VERSION
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=5, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return VERSION
    return f"{VERSION} {said.stdout.strip()}"
