"""The log: for the user alone, also what was rotated away."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dictation import log


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, as it was afterwards."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    umask = os.umask(0)
    yield logger
    os.umask(umask)
    for handler in set(logger.handlers) - set(handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(level)


@pytest.mark.only_on("linux", "darwin")
def test_no_file_of_it_is_open_to_others(root: logging.Logger, tmp_path: Path) -> None:
    path = tmp_path / "state" / "dictation.log"
    path.parent.mkdir()
    path.write_text("from an earlier version\n")
    path.chmod(0o666)
    log.start(path)
    for _line in range(12):
        root.warning("x" * 100_000)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["dictation.log", "dictation.log.1", "dictation.log.2"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700
