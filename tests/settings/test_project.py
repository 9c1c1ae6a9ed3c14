"""The list of what the program is made of."""

from __future__ import annotations

import subprocess
import sys

from settings.project import PROGRAM, ROOT

IMPORT = """
import sys
from pathlib import Path
import components.platform, settings.load
root = Path(sys.argv[1])
print(*{name.partition(".")[0] for name in sys.modules if (root / name.partition(".")[0]).is_dir()})
"""


def test_the_program_imports_no_package_beside_its_own():
    line = [sys.executable, "-c", IMPORT, str(ROOT)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {name for name in PROGRAM if not name.endswith(".py")}
