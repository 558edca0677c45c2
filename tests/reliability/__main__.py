"""`python -m tests.reliability long`: run the tests of all promises; write down what they say."""

import os
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from tests.reliability.page import ROOT, update
from tests.reliability.promises import PROMISES


def main(form: str) -> int:
    """Returns 1 if a test has failed; the page says so then, too."""
    others = {test for each in PROMISES for test in each.tests if "/reliability/" not in test}
    codes, date = [], f"{datetime.now().astimezone():%Y-%m-%d}"
    with tempfile.TemporaryDirectory() as folder:
        for number, words in enumerate((["-m", "reliability"], ["-m", "", *sorted(others)])):
            report = Path(folder) / f"{number}.xml"
            command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *words]
            environment = {**os.environ, "NUMREC_RELIABILITY": form}
            codes.append(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)
            update([report], form, date)
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or ["long"]))
