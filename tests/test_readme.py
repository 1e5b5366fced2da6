"""What README and docs say holds: their code runs, their tables are the declared ones, their links lead somewhere."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

import auditmatch as am
from auditmatch.columns import Column, Setting
from auditmatch.tables import SETTINGS, TABLES

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").glob("*.md"))
TEXTS = [README, *PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "benchmarks" / "README.md"]


def blocks(path: Path) -> list[str]:
    """Return the Python blocks of a page, doctests left out (they have a test of their own)."""
    found = re.findall(r"^```python\n(.*?)^```$", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [block for block in found if ">>>" not in block]


@pytest.fixture
def at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a small register in cb/, and let no run take longer than a second."""
    monkeypatch.chdir(tmp_path)
    am.sample(auditors=8, audits=12, seed=1).write("cb")
    budget = am.Budget
    monkeypatch.setattr(am, "Budget", lambda seconds, **more: budget(seconds=min(seconds, 1), **more), raising=False)
    return tmp_path


WITH_CODE = [path for path in [README, *PAGES] if blocks(path)]


@pytest.mark.parametrize("path", WITH_CODE, ids=lambda path: path.name)
def test_the_code_of_a_page_runs_from_top_to_bottom(path: Path, at_work: Path) -> None:
    code = blocks(path)
    if not any("import auditmatch" in block for block in code):
        code = [*blocks(README), *code]  # a page without imports goes on where the README ends
    space: dict[str, object] = {"__name__": "page"}
    with contextlib.redirect_stdout(io.StringIO()):
        for number, block in enumerate(code, 1):
            exec(compile(block, f"{path.name}, block {number}", "exec", dont_inherit=True), space)


def test_the_readme_names_its_two_commands_once_each() -> None:
    # .ci/run takes the test command from here.
    lines = README.read_text(encoding="utf-8").splitlines()
    assert lines.count("python3 run.py demo") == 1
    assert lines.count("python3 run.py test") == 1


def test_the_readme_states_the_exit_codes_of_the_command() -> None:
    from auditmatch.cli import EXITS

    rows = re.findall(r"^\| (\d+) \|", README.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert rows == re.findall(r"\d+", EXITS)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_links_lead_to_files_and_headings_that_exist(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]*)(#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            page = (path.parent / target).resolve() if target else path
            assert page.exists(), f"{path.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
                slugs = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
                assert anchor[1:] in slugs, f"{path.name}: {target}{anchor}"


def limits(thing: Column | Setting) -> str:
    """Return what values a column or a setting may have, beyond its kind."""
    if thing.choices:
        return " / ".join(thing.choices)
    if thing.low is None and thing.high is None:
        return ""
    low, high = (f"{end:,.10g}" if end is not None else None for end in (thing.low, thing.high))
    if high is None:
        return f"from {low}"
    return f"{low} to {high}" if low is not None else f"to {high}"


def plain(value: object) -> str:
    """Return a default as it is written in a cell."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def column_row(column: Column) -> str:
    """Return the row of docs/tables.md that describes a column."""
    name = f"`{column.name}`" + ("*" if column.key else "")
    default = "required" if column.required else plain(column.default)
    meaning = column.meaning + (f" ({column.references})" if column.references else "")
    return f"| {name} | {column.kind} | {default} | {limits(column)} | {meaning} |"


def setting_row(setting: Setting) -> str:
    return f"| `{setting.name}` | {setting.kind} | {plain(setting.default)} | {limits(setting)} | {setting.meaning} |"


def section(page: str, heading: str) -> list[str]:
    """Return the lines below a heading, up to the next."""
    return re.split(r"^## ", page.split(f"\n## {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0].splitlines()


@pytest.mark.parametrize("name", TABLES)
def test_the_page_of_tables_is_what_the_code_declares(name: str) -> None:
    lines = section((ROOT / "docs" / "tables.md").read_text(encoding="utf-8"), name)
    assert TABLES[name].meaning.lower() in " ".join(lines).lower()
    assert [line for line in lines if line.startswith("| `")] == [column_row(c) for c in TABLES[name].columns]


def test_the_page_of_settings_is_what_the_code_declares() -> None:
    lines = section((ROOT / "docs" / "tables.md").read_text(encoding="utf-8"), "The settings")
    assert [line for line in lines if line.startswith("| `")] == [setting_row(s) for s in SETTINGS.values()]


def test_the_page_of_rules_says_what_each_rule_says() -> None:
    page = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", page, flags=re.MULTILINE))
    assert rows == {rule.name: rule.describe() for rule in am.rules.default()}


def test_the_page_of_the_model_names_every_term_of_the_cost() -> None:
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE) == list(am.goals.TERMS)


def test_no_page_names_a_machine_or_a_registry() -> None:
    for path in [*TEXTS, ROOT / "run.py", ROOT / "pyproject.toml", ROOT / "constraints.txt", ROOT / ".ci" / "run"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/work\b|/root\b|/home/|/opt/|pypi|index-url|127\.0\.0\.1|localhost", text), path.name


def test_the_notebooks_are_listed_in_the_index() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert path.name in index
        assert json.loads(path.read_text(encoding="utf-8"))["nbformat"] == 4
