"""The tree keeps its promises: imports run one way, style and types are clean, public names are documented."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import peerlens

ROOT = Path(__file__).parents[1]
CHECKS = ("GL08", "SS03", "PR01", "PR02", "PR10")
"""docstring there; summary ends in a stop; parameters documented, known, and well-formed. Not PR04: types stand in signatures"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of this environment in the repository."""
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_imports_run_one_way() -> None:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    found = run("-c", code)
    assert found.returncode == 0, found.stdout[-2000:] + found.stderr[-500:]
    assert "2 kept, 0 broken" in found.stdout


def test_ruff() -> None:
    found = run("-m", "ruff", "check", "--no-cache", "peerlens", "tests")
    assert found.returncode == 0, found.stdout[-2000:]


def test_pyright() -> None:
    try:
        found = run("-m", "pyright", "--pythonpath", sys.executable, "peerlens")
    except subprocess.TimeoutExpired:
        pytest.skip("pyright did not finish: its node runtime cannot be fetched here")
    if " errors, " not in found.stdout and " error, " not in found.stdout:
        pytest.skip(f"pyright cannot run here (no node runtime): {(found.stderr or found.stdout)[-200:]}")
    assert found.returncode == 0, found.stdout[-2000:]


def test_import_is_light() -> None:
    """A shell that only asks for --version must not wait for numpy."""
    code = (
        "import sys, peerlens; print(*sorted({'numpy', 'pandas', 'ibis', 'duckdb', 'matplotlib'} & set(sys.modules)))"
    )
    found = run("-c", code)
    assert (found.returncode, found.stdout.strip()) == (0, ""), found.stdout + found.stderr


def public_names() -> list[str]:
    """Every public name, and the public methods that users call on the classes."""
    names = []
    for name in peerlens.__all__:
        thing = getattr(peerlens, name)
        if not callable(thing):
            continue
        names.append(name)
        if inspect.isclass(thing):
            members = {
                m: getattr(value, "__func__", value) for m, value in vars(thing).items() if not m.startswith("_")
            }
            names += [f"{name}.{member}" for member, value in members.items() if callable(value)]
    return names


@pytest.mark.parametrize("name", public_names())
def test_public_names_are_documented(name: str) -> None:
    from numpydoc.validate import validate

    first = name.split(".")[0]
    home = getattr(peerlens, first).__module__
    found = validate(f"{home}.{name}")
    # Of a method with one plain argument the summary may say enough.
    checks = [check for check in CHECKS if check != "PR01" or "." not in name]
    wrong = [error for error in found["errors"] if error[0] in checks]
    assert not wrong, wrong


def test_public_names_resolve() -> None:
    assert all(getattr(peerlens, name) is not None for name in peerlens.__all__)
    assert set(peerlens.__all__) <= set(dir(peerlens))
    with pytest.raises(AttributeError, match="no attribute 'Netwrok'"):
        peerlens.Netwrok  # noqa: B018
