"""The rules of the house that a change could break without noticing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {"corpus", "translate", "eval"}
ALLOWED = {"corpus": {"corpus"}, "eval": {"corpus", "eval"}, "translate": PACKAGES}


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_imports_flow_one_way(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        assert imported(path) & PACKAGES <= ALLOWED[package], path


def test_only_the_command_line_imports_the_evaluation() -> None:
    users = [p for p in (ROOT / "translate").rglob("*.py") if "eval" in imported(p)]
    assert {path.parent.name for path in users} <= {"commands"}


def test_no_file_is_too_large_to_ship() -> None:
    sizes = {path: path.stat().st_size for path in (ROOT / "translate/builtin").iterdir()}
    assert sum(sizes.values()) <= 64 * 1024 * 1024, sizes
