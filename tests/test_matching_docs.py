"""The worked example of docs/matching.md computes what the page says."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "matching.md"


def test_the_worked_example_runs_as_written() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "matching.md", str(PAGE), 0)
    assert len(example.examples) > 15
    results = doctest.DocTestRunner().run(example)
    assert results.failed == 0


@pytest.mark.parametrize("page", ["drivers.md", "staffing.md"])
def test_the_code_of_a_page_runs_as_written(page: str) -> None:
    path = PAGE.with_name(page)
    blocks = re.findall(r"^```python\n(.*?)^```$", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page, str(path), 0)
    assert len(example.examples) > 15
    assert doctest.DocTestRunner().run(example).failed == 0


def test_every_fraction_that_the_page_states_is_right() -> None:
    # The hand calculation of "The row multiplies out", line by line.
    assert abs(3 / (1 / 2 + 1 + 1 / 3) - 18 / 11) < 1e-12
    assert abs(4 / 3 + 1 + 5 / 4 - 43 / 12) < 1e-12
    assert abs(2 / 3 + 1 + 5 / 4 - 35 / 12) < 1e-12
    assert abs(4 / 3 + 2 + 5 / 4 - 55 / 12) < 1e-12
    assert abs(8 / 3 + 2 + 5 / 2 - 43 / 6) < 1e-12
    assert abs(35 / 6 + 5 + 21 / 4 - 193 / 12) < 1e-12
