"""Would the tests notice a wrong rule? One change at a time in rules/ and verify.py, and the tests that must fail.

Flips comparisons, swaps and/or, shifts whole numbers by one and plus to minus, each in a copy of the tree; runs the
stories, and of the conformance tests the rule's own, those that name the rule first, until one fails; prints killed
and survived, for a person to judge: some change nothing (equivalent mutants). Messages, types and `sample` (which only
makes cases) are left alone. A killed change costs a few seconds, a survivor about twenty.
Run: python benchmarks/mutation.py [--smoke] [--json FILE] [--most 120] [--seed 1] [--skip 0] [--files gender,verify]
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
import sys
import tempfile
from collections.abc import Iterator
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
SKIPPED = ("sample", "describe", "_say", "__str__")


def changes(tree: ast.Module) -> Iterator[tuple[int, str, int]]:
    """Yield (line, what changes, index of the node in a walk) for every change that can be made."""
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
            yield node.lineno, f"flip {ast.unparse(node)}", index
        elif isinstance(node, ast.BoolOp):
            yield node.lineno, f"and/or {ast.unparse(node)}", index
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub | ast.BitAnd | ast.BitOr):
            yield node.lineno, f"swap {ast.unparse(node)}", index
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield node.lineno, f"shift {node.value}", index


def mutant(source: str, index: int) -> str:
    """Return the source with one node changed."""
    tree = ast.parse(source)
    node = list(ast.walk(tree))[index]
    if isinstance(node, ast.Compare):
        node.ops[0] = FLIPS[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.BinOp):
        swaps = {ast.Add: ast.Sub(), ast.Sub: ast.Add(), ast.BitAnd: ast.BitOr(), ast.BitOr: ast.BitAnd()}
        node.op = swaps[type(node.op)]
    elif isinstance(node, ast.Constant):
        node.value += 1
    return ast.unparse(tree)


class Nearest:
    """Puts the tests that name a rule first, and leaves out the conformance tests of other rules."""

    def __init__(self, stem: str) -> None:
        self.stem = stem

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        own = [
            i for i in items if self.stem == "verify" or "conformance" not in i.nodeid or f"[{self.stem}]" in i.nodeid
        ]
        items[:] = sorted(own, key=lambda item: self.stem not in item.nodeid + inspect.getsource(item.function))


def run_tests(home: Path, stem: str, bytecode: bool) -> None:
    """Run in a process of its own the tests that concern a file, and exit as pytest does."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    os.chdir(home)
    os.environ.update(PYTHONPATH=str(home / "src"), PYTHONDONTWRITEBYTECODE="1")
    sys.dont_write_bytecode = not bytecode
    sys.path.insert(0, str(home / "src"))
    names = ("test_rules*.py", "test_conformance.py", "test_history.py", "test_verify.py")
    tests = [str(file) for name in names for file in sorted((home / "tests").glob(name))]
    sys.exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests], plugins=[Nearest(stem)])))


def killed(home: Path, file: Path, source: str, bytecode: bool = False) -> bool:
    """Tell whether the tests fail with a changed file; a run that hangs counts as failed.

    Bytecode of the unchanged tree, written once, makes each run two seconds quicker; of a changed one it would linger.
    """
    target = home / file.relative_to(ROOT)
    original = target.read_text(encoding="utf-8")
    target.write_text(source, encoding="utf-8")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ortools.sat.python.cp_model", "pytest"])  # the slow imports, once for all
    process = context.Process(target=run_tests, args=(home, file.stem, bytecode))
    process.start()
    process.join(180)
    process.kill()
    process.join()
    target.write_text(original, encoding="utf-8")
    # 5: no test was selected, which kills nothing.
    return process.exitcode not in (0, 5)


def main() -> None:
    """Print killed and survived for each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one change in one file")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--most", type=int, default=120, help="changes tried, drawn at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0, help="changes of these left out, as when a run goes on")
    parser.add_argument("--files", default="", help="names of rules, comma-separated; default all and verify")
    arguments = parser.parse_args()
    package = ROOT / "src" / "auditmatch"
    files = [*sorted((package / "rules").glob("[!_]*.py")), package / "verify.py"]
    if arguments.files:
        files = [file for file in files if file.stem in arguments.files.split(",")]
    every = [(f, *change) for f in files for change in changes(ast.parse(f.read_text(encoding="utf-8")))]
    drawn = random.Random(arguments.seed).sample(range(len(every)), min(arguments.most, len(every)))
    chosen = [every[k] for k in sorted(drawn)][arguments.skip :]
    if arguments.smoke:
        chosen = [next(c for c in every if c[0].stem == "gender" and "have < least" in c[2])]
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for part in ("src", "tests"):
            shutil.copytree(ROOT / part, home / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", home)
        if not arguments.smoke and killed(home, files[0], files[0].read_text(encoding="utf-8"), bytecode=True):
            sys.exit("the tests fail without any change")
        for file, line, what, index in chosen:
            dead = killed(home, file, mutant(file.read_text(encoding="utf-8"), index))
            rows.append({"file": file.stem, "line": line, "change": what, "killed": dead})
            print("killed  " if dead else "SURVIVED", file.stem, line, what, flush=True)
    print(f"{sum(bool(row['killed']) for row in rows)} of {len(rows)} killed; {len(every)} changes could be made")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
