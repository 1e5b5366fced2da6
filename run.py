"""Set up and run: `python3 run.py demo`, `python3 run.py test`; needs only Python 3.11 or later with pip and venv.

The environment is made once, in .venv, from constraints.txt, and brought up to date when a file of the package has
changed. `test` runs pytest, with the words after it; any other words go to the `auditmatch` command.
"""

import hashlib
import signal
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin")

FIRST_PLAN = """
import auditmatch as am
register = am.sample(auditors=4, audits=8, seed=1)
span = am.sample.load_report(register)
am.solve(am.Problem(register, span.start, span.end), am.Budget(seconds=1), engine="greedy")
"""


def install(extra):
    """Install the package with one extra, unless it stands there unchanged."""
    sources = [*sorted(ROOT.glob("src/**/*")), ROOT / "pyproject.toml", ROOT / "constraints.txt"]
    parts = [path.read_bytes() for path in sources if path.is_file() and path.suffix != ".pyc"]
    state = hashlib.sha256(b"\n".join(parts)).hexdigest()
    mark = ENVIRONMENT / f"{extra}.installed"
    if mark.exists() and mark.read_text() == state:
        return
    print(f"Installing auditmatch[{extra}] into {ENVIRONMENT}: a minute or two the first time ...", flush=True)
    if not list(ENVIRONMENT.glob("*.installed")):  # nothing was ever finished here
        venv.EnvBuilder(with_pip=True, clear=True).create(ENVIRONMENT)
    pip = [BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "-c", "constraints.txt", f".[{extra}]"], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    print("Compiling the kernels, once: a minute or two ...", flush=True)
    done = subprocess.run([BIN / "python", "-c", FIRST_PLAN], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)
    mark.write_text(state)


def main(words):
    """Install what the first word needs, run it, and return its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 -- the file must say so on any Python 3
        sys.exit(f"auditmatch needs Python 3.11 or later; this is {sys.version.split()[0]}")
    tests = words[:1] == ["test"]
    install("test" if tests else "all")
    command = [BIN / "python", "-m", "pytest", "-n", "2", *words[1:]] if tests else [BIN / "auditmatch", *words]
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for the command, which still writes its plan
    return subprocess.run(command, cwd=ROOT if tests else None, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
