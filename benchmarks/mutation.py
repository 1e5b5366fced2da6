"""Would the tests notice a wrong rule? One change at a time in rules/ and verify.py, and the tests that must fail.

Flips comparisons, swaps and/or, shifts whole numbers by one and plus to minus, each in a copy of the tree; runs the
tests that concern the file; prints killed and survived for each file, and lists the survivors for a person to judge:
some change nothing (equivalent mutants). Messages and `sample` (which only makes cases) are left alone.
Run: python benchmarks/mutation.py [--smoke] [--json FILE] [--most 120] [--seed 1]
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

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


def killed(home: Path, file: Path, source: str, words: str) -> bool:
    """Tell whether the tests fail with a changed file; a run that hangs counts as failed."""
    target = home / file.relative_to(ROOT)
    original = target.read_text(encoding="utf-8")
    target.write_text(source, encoding="utf-8")
    names = ("test_conformance.py", "test_rules.py", "test_history.py", "test_verify.py")
    tests = [f"tests/{name}" for name in names if (home / "tests" / name).exists()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    if words:
        command += ["-k", words]
    try:
        environment = {**os.environ, "PYTHONPATH": str(home / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=home, env=environment, capture_output=True, timeout=180, check=False)
        # 5: no test was selected, which kills nothing.
        return done.returncode not in (0, 5)
    except subprocess.TimeoutExpired:
        return True
    finally:
        target.write_text(original, encoding="utf-8")


def main() -> None:
    """Print killed and survived for each file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one change in one file")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--most", type=int, default=120, help="changes tried, drawn at random")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", default="", help="names of rules, comma-separated; default all and verify")
    arguments = parser.parse_args()
    package = ROOT / "src" / "auditmatch"
    files = [*sorted((package / "rules").glob("[!_]*.py")), package / "verify.py"]
    if arguments.files:
        files = [file for file in files if file.stem in arguments.files.split(",")]
    every = [(f, *change) for f in files for change in changes(ast.parse(f.read_text(encoding="utf-8")))]
    random.Random(arguments.seed).shuffle(every)
    chosen = [next(c for c in every if c[0].stem == "gender" and "have < least" in c[2])] if arguments.smoke else every
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for part in ("src", "tests"):
            shutil.copytree(ROOT / part, home / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", home)
        for file, line, what, index in chosen[: arguments.most]:
            words = "" if file.stem == "verify" else file.stem
            dead = killed(home, file, mutant(file.read_text(encoding="utf-8"), index), words)
            rows.append({"file": file.stem, "line": line, "change": what, "killed": dead})
            print("killed  " if dead else "SURVIVED", file.stem, line, what, flush=True)
    print(f"{sum(bool(row['killed']) for row in rows)} of {len(rows)} killed; {len(every)} changes could be made")
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
