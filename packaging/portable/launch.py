"""What the portable build runs: the program, or a child that it starts from a file of its own."""

import ctypes.util
import os
import runpy
import sys
from pathlib import Path

# The bundle's libraries are for the bundle: what it starts gets the loader's path as it was.
LIBRARIES = "LD_LIBRARY_PATH"
os.environ.pop(LIBRARIES, None)
if (before := os.environ.pop(f"{LIBRARIES}_ORIG", None)) is not None:
    os.environ[LIBRARIES] = before

# PortAudio is looked for in the system's list of libraries, which has none that is bundled.
find_library = ctypes.util.find_library


def found(name: str) -> str | None:
    """The bundle's library of that name, else the system's."""
    here = sorted(Path(sys._MEIPASS).glob(f"lib{name}.so*"))
    return str(here[0]) if here else find_library(name)


ctypes.util.find_library = found

if sys.argv[1:2] == ["-P"]:  # as Python itself takes it: `-P FILE ARGUMENTS`
    del sys.argv[:2]
    runpy.run_path(sys.argv[0], run_name="__main__")
else:
    from dictation.cli import main

    sys.exit(main())
