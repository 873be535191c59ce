"""Where things are kept: under DICTATION_HOME, else in the platform's own folders."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

# Socket addresses are limited to 108 bytes on Linux and 104 on macOS (sun_path).
SOCKET_ADDRESS_LIMIT = 100

# What backup programs know a folder by that they should leave out: https://bford.info/cachedir/
CACHEDIR_TAG = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# Recordings of Dictation, kept for a time. https://bford.info/cachedir/\n"
)


class Places(NamedTuple):  # a dataclass takes 8 ms more, in the path of a key press
    """The folders of one DICTATION_HOME; made when first written to, for the user alone."""

    config: Path
    state: Path
    data: Path
    cache: Path
    run: Path
    home: Path | None = None  # DICTATION_HOME, which others may keep things in, too

    @property
    def settings(self) -> Path:
        return self.config / "settings.toml"

    @property
    def recordings(self) -> Path:
        return self.data / "recordings"

    @property
    def calibrations(self) -> Path:
        return self.data / "calibrations"

    @property
    def history(self) -> Path:
        return self.data / "history.sqlite"

    @property
    def log(self) -> Path:
        return self.state / "dictation.log"

    @property
    def crash(self) -> Path:
        return self.state / "crash.log"

    @property
    def own(self) -> dict[Path, tuple[str, ...]]:
        """By folder the names of all that the app ever writes, as patterns."""
        return {
            self.config: ("settings.toml*",),
            self.state: (
                "state.toml*",
                "keys.toml*",
                "portal-token*",
                "dictation.log*",
                "crash.log*",
            ),
            self.data: ("history*.sqlite*", "recordings", "calibrations", "models"),
            self.cache: ("models*", "uploads.json*"),
            self.run: ("control", "lock"),
        }


def places() -> Places:
    """The places that DICTATION_HOME, or else the platform, names."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if home := os.environ.get("DICTATION_HOME"):
        root = Path(home).absolute()
        config, state, data = root / "config", root / "state", root / "data"
        found = Places(config, state, data, root / "cache", root / "run", home=root)
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
    import hashlib
    import tempfile

    short = hashlib.sha256(os.fsencode(found.run)).hexdigest()[:16]
    return found._replace(run=Path(runtime or tempfile.gettempdir(), f"dictation-{short}"))


def private(folder: Path) -> Path:
    """The folder, made if need be, for the user alone; one that was open to others is closed.

    Another user's folder, a link, and those that hold all of the user's things stay as they are.
    """
    made = []
    for missing in (folder, *folder.parents):
        if missing.exists():
            break
        made.append(missing)
    for missing in reversed(made):
        missing.mkdir(mode=0o700, exist_ok=True)
        missing.chmod(0o700)  # a umask may have taken from the user, too
    folder.mkdir(exist_ok=True)  # raises where this is a file
    if not _holds_more_than_ours(folder):
        _close(folder)
    return folder


def private_cache(folder: Path) -> Path:
    """The same, marked so that backup programs leave out what is in it."""
    private(folder)
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        with suppress(OSError):  # on a full disk: the mark may never cost a recording
            write_private(tag, CACHEDIR_TAG)
    return folder


def private_file(path: Path) -> Path:
    """The file, made empty if need be, that the user alone can read; its folder as well."""
    private(path.parent)
    # Not opened where it is there: closing it would drop the locks that SQLite has on it.
    path.touch(mode=0o600)
    _close(path)
    return path


def is_ours(path: Path) -> bool:
    """Whether it is this user's own, and no link to something else."""
    found = path.lstat()
    if os.name == "nt":  # there a profile's folders are closed to others by their lists of rights
        return True
    return not stat.S_ISLNK(found.st_mode) and found.st_uid == os.geteuid()


def _close(path: Path) -> None:
    mode = stat.S_IMODE(path.lstat().st_mode)
    shared = mode & stat.S_ISVTX  # as /tmp is
    if mode & 0o077 and not shared and os.name != "nt" and is_ours(path):
        with suppress(OSError):  # a file system that knows no such rights
            path.chmod(mode & 0o700)


def _holds_more_than_ours(folder: Path) -> bool:
    """Whether this is the user's home, or another folder that all programs share."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() fails for a user without one
    usual = (home / name for name in (".config", ".cache", ".local/share", ".local/state"))
    named = (Path(value) for name, value in os.environ.items() if name.startswith("XDG_"))
    return any(folder == each or folder in each.parents for each in (home, *usual, *named))


def open_private(path: Path) -> BinaryIO:
    """A new file for writing, readable by the user alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def write_private(path: Path, content: bytes) -> None:
    """Replaces the file whole or not at all; readable by the user alone."""
    import tempfile  # 5 ms, of which the app's start has no need

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
