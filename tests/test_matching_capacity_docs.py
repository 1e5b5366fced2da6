"""The worked example of docs/capacity.md computes what the page says."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "capacity.md"


def test_the_worked_example_of_capacity_runs_as_written() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "capacity.md", str(PAGE), 0)
    assert len(example.examples) > 15
    assert doctest.DocTestRunner().run(example).failed == 0
