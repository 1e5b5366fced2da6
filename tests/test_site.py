"""The pages and docstrings make a site: without a warning, without a network, with every public name in it."""

from __future__ import annotations

import html.parser
import os
import subprocess
import sys
from pathlib import Path

import pytest

import auditmatch as am

ROOT = Path(__file__).parents[1]
for package in ("sphinx", "myst_parser", "furo"):
    pytest.importorskip(package, reason="the site is built with the extra docs: pip install '.[docs]'")

# What a browser fetches by itself; a link that somebody has to follow is none.
FETCHED = {"img": "src", "script": "src", "iframe": "src", "link": "href", "source": "src"}
SAID = {"canonical", "next", "prev", "search", "index"}  # relations that load nothing


class Fetches(html.parser.HTMLParser):
    """Gathers what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (address := given.get(FETCHED.get(tag, ""))) and given.get("rel") not in SAID:
            self.found.append(address)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site once; a warning is an error."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs"]
    command += ["-d", str(out / "read"), str(ROOT), str(out / "html")]
    run = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        text=True,
        capture_output=True,
        env={**os.environ, "no_proxy": "", "https_proxy": "http://[::1]:9", "http_proxy": "http://[::1]:9"},
    )
    assert run.returncode == 0, run.stderr
    return out / "html"


def names(site: Path) -> set[str]:
    """Return the Python names that the site explains."""
    from sphinx.util.inventory import InventoryFile

    with (site / "objects.inv").open("rb") as stream:
        known = InventoryFile.load(stream, "", lambda base, path: path)
    return {name for kind, found in known.items() if kind.startswith("py:") for name in found}


def test_every_page_is_on_the_site(site: Path) -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md"), ROOT / "README.md"]
    assert all((site / page.relative_to(ROOT)).with_suffix(".html").exists() for page in pages)
    assert (site / "index.html").exists()


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    known = names(site)
    for name in set(am.__all__) - {"__version__"}:
        home = getattr(getattr(am, name), "__module__", "auditmatch")  # a module has none
        assert known & {f"auditmatch.{name}", f"{home}.{name}"}, name


def test_every_rule_is_in_the_reference_with_what_its_docstring_says(site: Path) -> None:
    known, page = names(site), (site / "docs" / "api" / "rules.html").read_text(encoding="utf-8")
    for rule in am.rules.default():
        assert f"{type(rule).__module__}.{type(rule).__name__}" in known
        assert f'id="rule-{rule.name.replace("_", "-")}"' in page


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        seen = Fetches()
        seen.feed(path.read_text(encoding="utf-8"))
        wrong = [address for address in seen.found if "//" in address]
        assert not wrong, f"{path.name} loads {wrong}"
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert "url(http" not in text, path.name
        assert "@import" not in text or "//" not in text.split("@import", 1)[1].split(";", 1)[0], path.name


def test_the_index_leads_to_every_page_that_it_does_not_name(site: Path) -> None:
    # The contents are made of the index's own lists; a page that somebody forgot stands under "More".
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from conf import contents
    finally:
        sys.path.remove(str(ROOT / "docs"))
    short = contents("# auditmatch\n\n## Guide\n\n- [The tables](tables.md): columns\n")
    assert ":caption: Guide\n\nThe tables <tables>\n" in short
    assert "model" in short.partition(":caption: More")[2].split()
    assert "index" not in short.partition(":caption: More")[2].split()
