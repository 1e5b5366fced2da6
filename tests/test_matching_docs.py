"""The worked examples of pages with results beside their code compute what the pages say."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize(
    "page",
    [
        "matching.md",
        "nation.md",
        "drivers.md",
        "staffing.md",
        "tour.md",
        "recipes.md",
        "coming_from.md",
        "mathematics.md",
        "audit_time.md",
    ],
)
def test_the_worked_example_runs_as_written(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DOCS / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page, page, 0)
    assert len(example.examples) > 10
    results = doctest.DocTestRunner().run(example)
    assert results.failed == 0


def test_every_fraction_that_the_page_states_is_right() -> None:
    # The hand calculation of "The row multiplies out", line by line.
    assert abs(3 / (1 / 2 + 1 + 1 / 3) - 18 / 11) < 1e-12
    assert abs(4 / 3 + 1 + 5 / 4 - 43 / 12) < 1e-12
    assert abs(2 / 3 + 1 + 5 / 4 - 35 / 12) < 1e-12
    assert abs(4 / 3 + 2 + 5 / 4 - 55 / 12) < 1e-12
    assert abs(8 / 3 + 2 + 5 / 2 - 43 / 6) < 1e-12
    assert abs(35 / 6 + 5 + 21 / 4 - 193 / 12) < 1e-12
