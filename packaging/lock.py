"""Pins every package with its hashes, for all systems: `python packaging/lock.py`, with uv.

`lock/program.txt` is what packages carry, `lock/development.txt` what they are built and tested
with; the ranges in `pyproject.toml` stay what an installation by pip goes by.
"""

from __future__ import annotations

import subprocess
import tomllib

from share import ROOT

UV = ("uv", "pip", "compile", "--universal", "--generate-hashes", "--quiet", "--no-header")


def lock() -> None:
    """Writes both anew, with the newest releases in range."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    least = project["project"]["requires-python"].removeprefix(">=")
    command = (*UV, "--upgrade", f"--python-version={least}")
    folder = ROOT / "packaging" / "lock"
    folder.mkdir(exist_ok=True)
    rows = {"program.txt": [], "development.txt": ["--all-extras"]}
    for name, options in rows.items():
        subprocess.run(
            [*command, *options, "--output-file", folder / name, "pyproject.toml"],
            cwd=ROOT,
            check=True,
        )


if __name__ == "__main__":
    lock()
