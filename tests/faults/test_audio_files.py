"""Damaged audio files through the reader: sound or a clear error comes out, nothing else."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable

import pytest

from dictation.audio import RATE
from dictation.audio_files import open_audio
from dictation.errors import DictationError
from tests.faults.in_process import Memory
from tests.test_audio_files import CONTENTS, ENDINGS, NAMES


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content with bytes changed, left out, doubled or cut off, more often near its start."""
    file = bytearray(content)
    for _ in range(chance.choice((1, 3, 20))):
        if not file:
            break
        at = chance.randrange(min(len(file), chance.choice((64, 512, len(file)))))
        match chance.randrange(5):
            case 0:
                file[at] = chance.choice((0, 0xFF, 0x7F, 0x80, chance.randrange(256)))
            case 1:
                file[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 2**31, 2**32 - 1)))
            case 2:
                del file[at : at + chance.randrange(1, 40)]
            case 3:
                file[at:at] = chance.randbytes(chance.randrange(1, 40))
            case 4:
                del file[chance.randrange(len(file)) :]
    return bytes(file)


@pytest.mark.parametrize("ending", ENDINGS)
def test_damaged_files_give_sound_or_a_clear_error_and_print_nothing(
    ending: str, sample: Callable[[int, int], int], capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    count = sample(100, 3000)
    with Memory() as memory:
        for seed in range(count):
            chance = random.Random(f"{ending} {seed}")
            file = damaged(CONTENTS[ending], chance)
            try:
                audio = open_audio(io.BytesIO(file), rate=chance.choice((None, None, 8_000)))
                sent = audio.encoded(chance.choice((["wav"], ["wav", NAMES[ending]])))
                assert sum(map(len, sent.blocks())) == sent.size, seed
                assert sum(map(len, audio.pcm())) == round(audio.seconds * RATE) * 2, seed
            except DictationError as error:
                told += [error.message, error.hint]
    assert all(told)
    assert capfd.readouterr() == ("", "")
    print(
        f"{ending}: {count} files, {len(told) // 2} refused, "
        f"{memory.growth:+.0f} MB, at most {memory.peak:+.0f}"
    )
    assert memory.growth < 64
    assert memory.peak < 400


def test_noise_behind_any_magic_gives_sound_or_a_clear_error(
    sample: Callable[[int, int], int], capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    count = sample(200, 5000)
    for seed in range(count):
        chance = random.Random(seed)
        kept_bytes = chance.randrange(0, 64)
        head = CONTENTS[chance.choice(ENDINGS)][:kept_bytes]
        try:
            open_audio(io.BytesIO(head + chance.randbytes(chance.randrange(0, 5000))))
        except DictationError as error:
            told += [error.message, error.hint]
    assert all(told)
    assert capfd.readouterr() == ("", "")
    print(f"noise: {count} files, {len(told) // 2} refused")
