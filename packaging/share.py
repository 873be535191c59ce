"""What the program brings for a system's `share` folder: `python packaging/share.py FOLDER`.

The menu's entry, the description for software centres, the bus's service, icons, the manual and
the shells' completions. Packages put them into /usr/share as they are; in a wheel they are what
`dictation install-desktop` puts into the user's own folders.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
RELEASE = re.compile(r"^## (\d\S*) - (\d{4}-\d\d-\d\d)$", re.MULTILINE)
RELEASES = "  <releases/>\n"


def releases() -> list[tuple[str, str]]:
    """Versions with their dates, the newest first, as CHANGELOG has them."""
    return RELEASE.findall((ROOT / "CHANGELOG.md").read_text("utf-8"))


def texts(command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The files that are made, by place; `command` is how the program is called."""
    import completions
    import manual

    from dictation import menu_entry
    from dictation.program import APP_ID

    version, date = releases()[0]
    yield menu_entry.ENTRY, menu_entry.text(command)
    yield menu_entry.SERVICE, menu_entry.service(command)
    yield "man/man1/dictation.1", manual.page(version, date)
    yield from completions.scripts().items()
    place = f"metainfo/{APP_ID}.metainfo.xml"
    told = "".join(
        f'    <release version="{version}" date="{date}"/>\n' for version, date in releases()
    )
    content = (ROOT / "packaging" / "metainfo.xml").read_text("utf-8")
    yield place, content.replace(RELEASES, f"  <releases>\n{told}  </releases>\n")


def write(folder: Path, command: Sequence[str]) -> None:
    """All of them, into a folder that may be there already."""
    from dictation.menu_entry import ICON

    shutil.copytree(ROOT / "resources" / "share", folder, dirs_exist_ok=True)
    (folder / ICON).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "resources" / "icons" / "dictation.svg", folder / ICON)
    for name, text in texts(command):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as home:
        # In English whoever builds it, and without a look at the builder's own settings.
        os.environ |= {"DICTATION_HOME": home, "DICTATION_INTERFACE_LANGUAGE": "en"}
        write(Path(sys.argv[1]), sys.argv[2:] or ["/usr/bin/dictation"])
