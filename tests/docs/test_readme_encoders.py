"""The example of encoders/README.md runs, and says what is so."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_example_runs() -> None:
    found = re.search(r"```python\n(.*?)```", (ROOT / "encoders" / "README.md").read_text(), re.DOTALL)
    assert found is not None
    assert found[1].count("assert") == 2
    subprocess.run([sys.executable, "-c", found[1]], check=True, cwd=ROOT)
