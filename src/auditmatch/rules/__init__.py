"""The rules of the trade, one file each; `default()` finds them by walking this folder.

A rule is a frozen dataclass with `name`, `lower`, `check`, `describe` and `sample` (`auditmatch.shapes.Rule`). A rule
of your own needs no registration: pass ``rules=auditmatch.rules.default() + (MyRule(),)`` to `Problem`.
"""

from __future__ import annotations

import importlib
import pkgutil

from auditmatch.shapes import Rule


def default() -> tuple[Rule, ...]:
    """Return one instance of every rule in this folder, in the order of their file names.

    Numbers that a rule needs come from the register's `settings` unless the rule is made with its own.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"auditmatch.rules.{name}").RULE for name in names)
