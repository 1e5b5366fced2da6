"""Would the tests notice a wrong rule or kernel? One change at a time in the source, and the tests that must fail.

Flips comparisons, swaps and/or, shifts whole numbers by one and plus to minus, each in a copy of the tree. Of rules/
and verify.py: runs the stories, and of the conformance tests the rule's own, those that name the rule first. Of kernels
(`--kernels`): runs their tests without the compiler, the smallest first. A run ends at its first failure; a test that
never ends counts as failed. Prints killed and survived, for a person to judge (some change nothing: equivalent mutants,
and in a kernel those that only prune a little later), and the share killed. Messages, types and `sample` (which only
makes cases) are left alone. A killed change costs a few seconds, a survivor about twenty, in a kernel about forty.
Run: python benchmarks/mutation.py [--smoke] [--json FILE] [--most 120] [--seed 1] [--skip 0] [--files gender,verify]
                                   [--kernels] [--kinds flip,and/or]
"""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLIPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
SIGNS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
SIGNS |= {ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not"}
KINDS = ("flip", "and/or", "swap", "shift")
SKIPPED = ("sample", "describe", "_say", "__str__")
# Tests of kernels one by one; then of the cheapest booking, or for kernels of whole plans of bound and search.
KERNELS = tuple(f"test_kernel_{part}.py" for part in ("small", "parts", "teams", "steps", "search"))
WHOLE = ("build", "chains", "eject", "recreate", "rounds", "ruin", "search", "trail")
RULES = ("test_rules*.py", "test_conformance.py", "test_history.py", "test_verify.py")
# Seconds of work after which a test is taken to run for ever; the slowest needs a quarter of it.
LIMIT = 30.0


@dataclass(frozen=True)
class Suite:
    """Files to change, and the change that a smoke run makes."""

    files: tuple[Path, ...]
    sure: tuple[str, str]


def suite(kernels: bool) -> Suite:
    """Return what to change: kernels or rules."""
    package = ROOT / "src" / "auditmatch"
    if kernels:
        return Suite(tuple(sorted((package / "kernel").glob("[!_]*.py"))), ("board", "held[i, place] != audit"))
    return Suite((*sorted((package / "rules").glob("[!_]*.py")), package / "verify.py"), ("gender", "have < least"))


def tests_of(file: Path) -> tuple[str, ...]:
    """Return the tests that must notice a change of a file, in their order."""
    if file.parent.name != "kernel":
        return RULES
    return (*KERNELS, "test_kernel_bound.py" if file.stem in WHOLE else "test_kernel.py")


def changes(tree: ast.Module) -> Iterator[tuple[int, str, int, int]]:
    """Yield (line, what changes, index of the node in a walk, which comparison of it) for each change that can be."""
    skipped = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef) and function.name in SKIPPED
        for node in ast.walk(function)
    }
    skipped |= {id(node) for text in ast.walk(tree) if isinstance(text, ast.JoinedStr) for node in ast.walk(text)}
    types = (getattr(node, part, None) for node in ast.walk(tree) for part in ("annotation", "returns"))
    skipped |= {id(node) for kind in types if kind for node in ast.walk(kind)}
    for index, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for part, sign in enumerate(node.ops):
                left, right = ast.unparse(sides[part]), ast.unparse(sides[part + 1])
                yield node.lineno, f"flip {left} {SIGNS[type(sign)]} {right}", index, part
        elif isinstance(node, ast.BoolOp):
            yield node.lineno, f"and/or {ast.unparse(node)}", index, 0
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.BitAnd | ast.BitOr):
            yield node.lineno, f"swap {ast.unparse(node)}", index, 0
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield node.lineno, f"shift {node.value}", index, 0


def mutant(source: str, index: int, part: int) -> str:
    """Return the source with one node changed."""
    tree = ast.parse(source)
    node = list(ast.walk(tree))[index]
    if isinstance(node, ast.Compare):
        node.ops[part] = FLIPS[type(node.ops[part])]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.BinOp):
        swaps = {ast.Add: ast.Sub(), ast.Sub: ast.Add(), ast.BitAnd: ast.BitOr(), ast.BitOr: ast.BitAnd()}
        node.op = swaps[type(node.op)]
    elif isinstance(node, ast.Constant):
        node.value += 1
    return ast.unparse(tree)


class Nearest:
    """Puts the tests that name a file first, leaves out conformance tests of other rules, and ends endless ones."""

    def __init__(self, stem: str) -> None:
        self.stem = stem

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        own = [
            i for i in items if self.stem == "verify" or "conformance" not in i.nodeid or f"[{self.stem}]" in i.nodeid
        ]
        items[:] = sorted(own, key=lambda item: self.stem not in item.nodeid + inspect.getsource(item.function))

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        signal.setitimer(signal.ITIMER_PROF, LIMIT)  # its signal ends the process


def run_tests(home: Path, file: Path, bytecode: bool) -> None:
    """Run in a process of its own the tests that concern a file, and exit as pytest does."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    os.chdir(home)
    os.environ.update(PYTHONPATH=str(home / "src"), PYTHONDONTWRITEBYTECODE="1")
    sys.dont_write_bytecode = not bytecode
    sys.path.insert(0, str(home / "src"))
    tests = [str(test) for name in tests_of(file) for test in sorted((home / "tests").glob(name))]
    sys.exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests], plugins=[Nearest(file.stem)])))


def killed(home: Path, file: Path, source: str, bytecode: bool = False) -> bool:
    """Tell whether the tests fail with a changed file; a run that hangs counts as failed.

    Bytecode of the unchanged tree, written once, makes each run two seconds quicker; of a changed one it would linger.
    """
    target = home / file.relative_to(ROOT)
    original = target.read_text(encoding="utf-8")
    target.write_text(source, encoding="utf-8")
    context = multiprocessing.get_context("forkserver")
    # The slow imports, once for all.
    context.set_forkserver_preload(["ortools.sat.python.cp_model", "numba", "pandas", "pytest"])
    process = context.Process(target=run_tests, args=(home, file, bytecode))
    process.start()
    process.join(900)
    process.kill()
    process.join()
    target.write_text(original, encoding="utf-8")
    # 5: no test was selected, which kills nothing.
    return process.exitcode not in (0, 5)


Change = tuple[Path, int, str, int, int]


def drawn(arguments: argparse.Namespace) -> tuple[list[Change], int]:
    """Return the changes to make, and how many there are to draw from."""
    chosen = suite(arguments.kernels)
    files = [f for f in chosen.files if not arguments.files or f.stem in arguments.files.split(",")]
    every = [(f, *change) for f in files for change in changes(ast.parse(f.read_text(encoding="utf-8")))]
    if arguments.smoke:
        return [next(c for c in every if c[0].stem == chosen.sure[0] and chosen.sure[1] in c[2])], len(every)
    every = [c for c in every if c[2].split()[0] in arguments.kinds.split(",")]
    some = random.Random(arguments.seed).sample(range(len(every)), min(arguments.most, len(every)))
    return [every[k] for k in sorted(some)][arguments.skip :], len(every)


def tried(changed: list[Change], smoke: bool) -> list[dict[str, object]]:
    """Make one change after another in a copy of the tree, and return what became of each."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for part in ("src", "tests"):
            shutil.copytree(ROOT / part, home / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", home)
        for file in () if smoke else {tests_of(change[0]): change[0] for change in changed}.values():
            if killed(home, file, file.read_text(encoding="utf-8"), bytecode=True):
                sys.exit("the tests fail without any change")
        for file, line, what, index, part in changed:
            dead = killed(home, file, mutant(file.read_text(encoding="utf-8"), index, part))
            rows.append({"file": file.stem, "line": line, "change": what, "killed": dead})
            print("killed  " if dead else "SURVIVED", file.stem, line, what, flush=True)
    return rows


def main() -> None:
    """Print killed and survived for each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one change in one file")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--most", type=int, default=120, help="changes tried, drawn at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0, help="changes of these left out, as when a run goes on")
    parser.add_argument("--files", default="", help="names of files, comma-separated; default all")
    parser.add_argument("--kernels", action="store_true", help="change kernels, not rules and verify")
    parser.add_argument("--kinds", default=",".join(KINDS), help="kinds of changes, comma-separated; default all")
    arguments = parser.parse_args()
    if arguments.kernels:
        os.environ["NUMBA_DISABLE_JIT"] = "1"  # before any process imports Numba
    changed, every = drawn(arguments)
    rows = tried(changed, arguments.smoke)
    dead = sum(bool(row["killed"]) for row in rows)
    print(f"{dead} of {len(rows)} killed, {dead / max(len(rows), 1):.1%}; {every} changes could be made")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
