"""The wheel's build: compiled catalogues, and what `share.py` makes, beside the resources."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Made(BuildHookInterface[Any]):
    """What hatchling calls."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Makes them, and adds them to what goes into the wheel."""
        root = Path(self.root)
        if self.target_name != "wheel":
            return
        share = root / "build" / "share"
        shutil.rmtree(share, ignore_errors=True)
        self._run(root / "packaging" / "languages.py")
        self._run(root / "packaging" / "share.py", share)
        inside = build_data["force_include"]
        for made in sorted(root.glob("resources/languages/*.mo")):
            inside[str(made)] = f"dictation/resources/languages/{made.name}"
        inside[str(share)] = "dictation/resources/share"

    def _run(self, *command: Path) -> None:
        subprocess.run([sys.executable, *command], check=True)
