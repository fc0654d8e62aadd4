"""What contact days are kept by: all code of this room that decides what they hold."""

from __future__ import annotations

import ast
from pathlib import Path

import peerlens
from peerlens.ties.cache import MADE_BY

HOME = Path(peerlens.__file__).parent


def used_by(file: Path) -> set[str]:
    """Modules of the room that a module runs, those imported for their types alone left out."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for_types = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    left_out = {id(inner) for node in for_types for inner in ast.walk(node)}
    names = {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in left_out
    }
    return {f"ties/{name.rpartition('.')[2]}.py" for name in names if name.startswith("peerlens.ties.")}


def test_a_change_of_any_of_it_makes_them_anew() -> None:
    used = set.union(*(used_by(HOME / place) for place in MADE_BY))
    assert "ties/grouped.py" in used
    assert used <= set(MADE_BY)
