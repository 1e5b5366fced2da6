"""The house as the design draws it: who may import whom, how long a file may be, what may be raised and loaded."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import auditmatch

SOURCE = Path(__file__).parents[1] / "src" / "auditmatch"
FILES = sorted(SOURCE.rglob("*.py"))
NAMES = [str(path.relative_to(SOURCE)) for path in FILES]

# Floors of the house, the lowest first. A module imports from its own floor and those below; a folder stands for all
# its files. A new module gets its place here.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "shapes", "words", "quiet"),
    # tables and files
    ("meant", "memberships", "fuzzy_numbers", "columns", "fuzzy_tables", "cycle_tables"),
    ("calendar", "coded", "declarations", "tables", "cells", "frames"),
    ("grid", "workbook", "delimited", "files", "intake", "checks", "cycles", "alike", "events", "ics", "fuzzy_checks"),
    ("cycle_checks",),
    ("register", "horizon", "years", "draft", "disruptions"),
    ("matching", "sample", "programme"),
    # names and dates become rows and slots
    (
        "places",
        "months",
        "held",
        "plan",
        "pinning",
        "agenda",
        "pools",
        "weights",
        "instance",
        "scene",
        "cases",
        "credentials",
    ),
    ("rules", "goals"),
    ("caps", "demand", "roads", "lowered", "standing_plan", "kernel", "placement", "cheapest", "hopeless"),
    ("problem",),
    ("result", "verify"),
    ("engines",),
    (
        "clash",
        "funnel",
        "moves",
        "questions",
        "reasons",
        "ranked",
        "variant",
        "remedies",
        "explanation",
        "explainer",
        "explain",
    ),
    ("whatif", "mending", "replan", "recommend", "other_plans", "evenness"),
    ("outputs", "report", "console", "options", "commands", "cli"),
)
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}

# Packages that load slowly: only inside functions.
SLOW = ("ortools", "numba", "pandas", "pyarrow", "polars", "duckdb", "matplotlib", "scipy", "skfuzzy", "distributed")
SLOW += ("holidays", "icalendar", "xlsxwriter", "python_calamine", "typer", "rich", "networkx")


def module_of(path: Path) -> str:
    """Return the name below `auditmatch` ("" for the package itself)."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in FILES}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def for_types_only(source: ast.Module) -> set[int]:
    """Return the ids of nodes under `if TYPE_CHECKING`."""
    guarded = [n for n in ast.walk(source) if isinstance(n, ast.If) and ast.unparse(n.test).endswith("TYPE_CHECKING")]
    return {id(node) for guard in guarded for statement in guard.body for node in ast.walk(statement)}


def imports(source: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield (module, name or "") of every import that runs, function-level ones included."""
    skipped = for_types_only(source)
    for node in ast.walk(source):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            yield from ((node.module or "", alias.name) for alias in node.names)


def needs(path: Path) -> set[str]:
    """Return the modules of the package that a file imports."""
    found = set()
    for module, name in imports(tree(path)):
        head, _, rest = module.partition(".")
        if head == "auditmatch":
            inner = f"{rest}.{name}" if rest else name
            found.add(inner if inner in MODULES else rest)
    return found - {""}


def outside(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, its own left out."""
    return {module.partition(".")[0] for module, _ in imports(tree(path))} - {"auditmatch"}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_the_reader_of_imports_sees_functions_and_skips_types() -> None:
    text = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from auditmatch.scene import Scene
def f():
    import numba
    from auditmatch.rules import lead
"""
    assert set(imports(ast.parse(text))) == {("typing", "TYPE_CHECKING"), ("numba", ""), ("auditmatch.rules", "lead")}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_module_imports_from_its_own_floor_and_below(path: Path) -> None:
    own = module_of(path)
    if not own:  # the package itself names its public parts, lazily
        assert needs(path) == set()
        return
    top = own.partition(".")[0]
    assert top in FLOOR_OF, f"{own} has no floor. Maybe give it one in FLOORS?"
    above = {other for other in needs(path) if FLOOR_OF.get(other.partition(".")[0], 99) > FLOOR_OF[top]}
    assert not above, f"{own} imports from above: {sorted(above)}"


def test_no_import_cycle() -> None:
    graph = {name: needs(path) - {name} for name, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


RULES = [path for path in FILES if path.parent.name == "rules" and path.stem != "__init__"]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_rule_imports_no_other_rule_no_goal_and_no_engine(path: Path) -> None:
    allowed = FLOOR_OF["scene"]
    wrong = {other for other in needs(path) if FLOOR_OF[other.partition(".")[0]] > allowed}
    assert not wrong, f"{path.stem} imports {sorted(wrong)}"


def test_matching_needs_only_the_register_and_what_is_below_it() -> None:
    for name, path in MODULES.items():
        if name.partition(".")[0] in ("matching", "sample"):
            folder = name.partition(".")[0]
            wrong = {o for o in needs(path) if o.partition(".")[0] != folder and FLOOR_OF[o] > FLOOR_OF["register"]}
            assert not wrong, f"{name} imports {sorted(wrong)}"


def test_shapes_import_nothing_of_the_package() -> None:
    assert needs(MODULES["shapes"]) == set()


def test_the_verifier_knows_no_engine_even_indirectly() -> None:
    # style.md, habit 3. Walked through all imports, so that no third module can smuggle one in.
    seen: set[str] = set()
    waiting = ["verify"]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(needs(MODULES[name]))
    assert not {name for name in seen if name.partition(".")[0] == "engines"}
    assert "rules" in seen  # the walk does reach far


def test_ortools_stands_in_the_two_exact_files() -> None:
    assert {module_of(path) for path in FILES if "ortools" in outside(path)} <= {"engines.exact", "whatif.exact"}


def test_plotting_stands_in_the_report_alone() -> None:
    wrong = [path for path in FILES if "matplotlib" in outside(path) and path.parent.name != "report"]
    assert not wrong


def test_datetime_stands_in_few_files() -> None:
    # Everything else counts days with NumPy. Files and calendars of other programs hand out datetime objects.
    at_the_border = {"calendar", "cells", "events", "ics", "workbook", "report.ics", "report.xlsx"}
    assert {module_of(path) for path in FILES if "datetime" in outside(path)} <= at_the_border


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_module_loads_nothing_slow_at_its_top(path: Path) -> None:
    source = tree(path)
    inside = {id(n) for f in functions(path) for n in ast.walk(f)} | for_types_only(source)
    top = [n for n in ast.walk(source) if isinstance(n, ast.Import | ast.ImportFrom) and id(n) not in inside]
    loaded = {a.name for n in top if isinstance(n, ast.Import) for a in n.names}
    loaded |= {n.module or "" for n in top if isinstance(n, ast.ImportFrom)}
    # The command is typer's; nothing imports it but the entry point.
    own = module_of(path)
    slow = set(SLOW) - {
        "cli": {"typer", "rich"},
        "options": {"typer"},
        "kernel.jit": {"numba"},
        "matching.kernels": {"numba"},
    }.get(own, {"typer"} if own.partition(".")[0] == "commands" else set())
    assert not {name for name in loaded if name.partition(".")[0] in slow}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_has_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_function_body_has_at_most_40_lines(path: Path) -> None:
    long = {}
    for function in functions(path):
        body = function.body[1:] if ast.get_docstring(function) is not None else function.body
        lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        if lines > 40:
            long[function.name] = lines
    assert not long


def test_folders_are_one_level_deep_and_named_for_what_they_hold() -> None:
    assert {len(path.relative_to(SOURCE).parts) for path in FILES} <= {1, 2}
    vague = {"utils", "util", "common", "helpers", "helper", "misc"}
    assert not vague & {part for path in FILES for part in path.relative_to(SOURCE).with_suffix("").parts}


def own_errors() -> set[str]:
    """Return the names of the errors in errors.py, and of the functions anywhere that make one."""
    names = {node.name for node in tree(MODULES["errors"]).body if isinstance(node, ast.ClassDef)}
    names = {name for name in names if name.endswith("Error")}
    makers = {f.name for path in FILES for f in functions(path) if f.returns and ast.unparse(f.returns) in names}
    return names | makers


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_only_errors_of_our_own_are_raised(path: Path) -> None:
    allowed = own_errors()
    getters = {id(n) for f in functions(path) if f.name == "__getattr__" for n in ast.walk(f)}
    wrong = []
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Raise) or node.exc is None:
            continue
        made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", ast.unparse(made))
        lazily = id(node) in getters and name == "AttributeError"  # the protocol of module attributes
        leaving = (
            module_of(path).partition(".")[0] in ("cli", "commands") and ast.unparse(made) == "typer.Exit"
        )  # not an error: an exit code
        if name not in allowed and not lazily and not leaving:
            wrong.append(f"line {node.lineno}: {ast.unparse(node)}")
    assert not wrong


@pytest.mark.parametrize("name", auditmatch.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(auditmatch, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'solv'"):
        auditmatch.solv  # noqa: B018
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("auditmatch.utils")


def test_importing_the_package_loads_nothing_slow() -> None:
    code = "import sys, auditmatch; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & set(SLOW)
