"""The worked example of docs/fuzzy.md computes what the page says."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "fuzzy.md"


def test_the_worked_example_runs_as_written() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "fuzzy.md", str(PAGE), 0)
    assert len(example.examples) > 25
    results = doctest.DocTestRunner().run(example)
    assert results.failed == 0


def test_the_hand_calculations_of_the_page_are_right() -> None:
    assert abs((0.736 + 0.032 * 0.4375) - 0.75) < 1e-12
    assert abs((0.9 - 0.036 * (0.01 / 0.036)) - 0.89) < 1e-12
    assert abs(0.96 * 0.85 - 0.816) < 1e-12
    assert abs((0.375 * 0.25 + 0.125 * 0.75) / 0.5 - 0.375) < 1e-12
    assert abs((0.15 * 0.25 + 0.35 * 0.75) / 0.5 - 0.6) < 1e-12
