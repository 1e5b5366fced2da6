"""How Sphinx makes a site of these pages: `python -m sphinx -W -c docs . SITE`, from the repository's root, offline.

The root is the source folder, so that links from page to page lead to the same place here as where files are read.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import auditmatch as am

ROOT = Path(__file__).parents[1]
INDEX, RULES = "docs/index", "docs/api/rules"
LINK = re.compile(r"\[([^]]+)\]\(([\w./]+)\.(?:md|rst)\)")

project, author, release = "auditmatch", "the auditmatch authors", am.__version__
project_copyright = author
root_doc = INDEX
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**", "benchmarks/*.md"]

myst_heading_anchors = 4  # links to headings as GitHub makes them
highlight_language = "none"  # indented blocks are formulas
nitpicky = True
# Without a network the pages of other libraries cannot be asked, so only our own names are checked.
nitpick_ignore_regex = [
    (r"py:.*", r"(?!auditmatch\.).*"),
    # What engines work with, and names for types alone, have no place in the reference.
    (r"py:.*", r"auditmatch\.(placement|words|kernel)\..*|.*\.(CalendarTable|Item)"),
]

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
napoleon_google_docstring = False

html_theme = "furo"
html_title = f"auditmatch {release}"
html_copy_source = False
html_show_sphinx = False
html_extra_path = ["start"]  # the site's first address leads to the index


def contents(text: str) -> str:
    """Return the index with a table of contents for each of its headings, and one of the pages it does not name.

    Parameters
    ----------
    text
        The page's Markdown; what its lists link to is the order of the site, and the links' texts are its titles.
    """
    cuts = [found.start() for found in re.finditer(r"^## ", text, flags=re.MULTILINE)]
    parts = [text[low:high] for low, high in pairwise([0, *cuts, len(text)])]
    trees = [_tree(part.partition("\n")[0].lstrip("# "), LINK.findall(part)) for part in parts]
    named = {page for _, page in LINK.findall(text)} | {"index"}
    rest = [("", path.stem) for path in sorted((ROOT / "docs").glob("*.md")) if path.stem not in named]
    return "\n\n".join([part + tree for part, tree in zip(parts, trees, strict=True)] + [_tree("More", rest)])


def _tree(caption: str, links: list[tuple[str, str]]) -> str:
    """Return a hidden table of contents of (title or "", page), nothing without pages."""
    # The reference has its own contents, below its index.
    pages = [(title, page) for title, page in links if not page.startswith("api/") or page == "api/index"]
    entries = [f"{title[0].upper()}{title[1:]} <{page}>" if title else page for title, page in pages]
    lines = ["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *entries, "```", ""]
    return "\n".join(lines) if pages else ""


def rules() -> str:
    """Return the reference of every rule, found as `auditmatch.rules.default` finds them."""
    parts = []
    for rule in am.rules.default():
        kind = type(rule)
        directive = f".. autoclass:: {kind.__module__}.{kind.__name__}"
        parts += ["", f".. _rule-{rule.name}:", "", rule.name, "-" * len(rule.name)]
        parts += ["", rule.describe(), "", directive, ""]
    return "\n".join(parts)


def fill(app: Any, page: str, source: list[str]) -> None:
    """Add to a page what is known better elsewhere."""
    if page == INDEX:
        source[0] = contents(source[0])
    elif page == RULES:
        source[0] += rules()


def setup(app: Any) -> None:
    """Tell Sphinx to ask for what is filled in."""
    app.connect("source-read", fill)
