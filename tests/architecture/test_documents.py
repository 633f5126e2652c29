"""Documents that are rendered from code are what the code says."""

import subprocess
import sys

from service.kernel.settings import ROOT


def test_the_rule_book_is_what_the_code_says() -> None:
    found = subprocess.run([sys.executable, "scripts/render_docs", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (0, "")
