"""Where things are kept: under DICTATION_HOME, else in the platform's own folders."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

# Socket addresses are limited to 108 bytes on Linux and 104 on macOS (sun_path).
SOCKET_ADDRESS_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one DICTATION_HOME; made when first written to, for the user alone."""

    config: Path
    state: Path
    data: Path
    cache: Path
    run: Path

    @property
    def settings(self) -> Path:
        return self.config / "settings.toml"

    @property
    def recordings(self) -> Path:
        return self.data / "recordings"

    @property
    def history(self) -> Path:
        return self.data / "history.sqlite"

    @property
    def log(self) -> Path:
        return self.state / "dictation.log"


def places() -> Places:
    """The places that DICTATION_HOME, or else the platform, names."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if home := os.environ.get("DICTATION_HOME"):
        root = Path(home).absolute()
        found = Places(root / "config", root / "state", root / "data", root / "cache", root / "run")
    else:
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("dictation", appauthor=False)
        state = Path(dirs.user_state_dir)
        found = Places(
            Path(dirs.user_config_dir),
            state,
            Path(dirs.user_data_dir),
            Path(dirs.user_cache_dir),
            Path(runtime, "dictation") if runtime else state / "run",
        )
    if len(os.fsencode(found.run / "control")) <= SOCKET_ADDRESS_LIMIT:
        return found
    short = hashlib.sha256(os.fsencode(found.run)).hexdigest()[:16]
    return replace(found, run=Path(runtime or tempfile.gettempdir(), f"dictation-{short}"))


def private(folder: Path) -> Path:
    """The folder, made if need be, readable by the user alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def open_private(path: Path) -> BinaryIO:
    """A new file for writing, readable by the user alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def write_private(path: Path, content: bytes) -> None:
    """Replaces the file whole or not at all; readable by the user alone."""
    private(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def resource(name: str) -> Path:
    """A file of `resources/`: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    inside = package / "resources" / name
    return inside if inside.exists() else package.parent / "resources" / name
