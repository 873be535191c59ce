from __future__ import annotations

import errno
import io
import os
import random
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from dictation.audio import BLOCK, RATE, wav_header
from dictation.audio_files import AudioFile, open_audio
from dictation.audio_files.decoding import by_pyav, by_soundfile, kept
from dictation.audio_files.formats import recognise
from dictation.audio_files.frames import mp3_frame
from dictation.audio_files.source import Source, spooled
from dictation.errors import AudioFileError, NoDecoder
from tests.audio_samples import (
    BY_PYAV,
    BY_SOUNDFILE,
    TONE,
    encoded,
    encoded_by_pyav,
    sound_file,
    tone,
    written,
)
from tests.desktop import need

ENDINGS = [*BY_SOUNDFILE, *BY_PYAV]
NAMES = {ending: ending for ending in ENDINGS} | {"opus": "ogg"}  # as the API calls them
LOSSY_SECONDS = 5.0  # so that a codec's run-in and run-out are less than 2 %


def pcm_of(audio: AudioFile) -> np.ndarray:
    return np.frombuffer(b"".join(audio.pcm()), "<i2") / 32768


def pitch(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * RATE / len(samples)


def loudness(samples: np.ndarray) -> float:
    """The amplitude of a tone, measured in its middle third."""
    third = len(samples) // 3
    return float(np.sqrt(2 * np.mean(samples[third : 2 * third] ** 2)))


def holds_the_tone(
    audio: AudioFile, seconds: float, *, within: float = 0.02, loud: float = 0.5
) -> None:
    samples = pcm_of(audio)
    assert len(samples) / RATE == audio.seconds
    assert audio.seconds == pytest.approx(seconds, rel=within)
    assert pitch(samples) == pytest.approx(TONE, abs=2 / seconds)
    assert loudness(samples) == pytest.approx(loud, rel=0.05)


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def wav_claiming(
    pcm: bytes, riff: int, data: int, before: bytes = b"", after: bytes = b""
) -> bytes:
    header = wav_header(len(pcm))
    body = header[8:36] + before + b"data" + struct.pack("<I", data) + pcm + after
    return b"RIFF" + struct.pack("<I", riff) + body


def vbr_mp3_without_length() -> bytes:
    """Five seconds, quiet at first, so that the first frame tells nothing of the others' size."""
    samples = tone(LOSSY_SECONDS)
    samples[:RATE] *= 0.001
    samples[RATE:] += np.random.default_rng(1).normal(0, 0.02, samples[RATE:].shape)
    file = encoded(samples.astype(np.float32), RATE, *BY_SOUNDFILE["mp3"])
    return file[mp3_frame(file[:4]) :]


PCM16 = (tone()[:, 0] * 32768).astype("<i2").tobytes()


# What is decoded


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize("kind", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("container", ["WAV", "WAVEX"])
def test_wav_of_any_samples_channels_and_rate(
    container: str, kind: str, channels: int, rate: int
) -> None:
    file = encoded(tone(0.6, rate, channels), rate, container, kind)
    holds_the_tone(open_audio(io.BytesIO(file)), 0.6, within=0.001)


@pytest.mark.parametrize("kind", ["ALAW", "ULAW", "IMA_ADPCM", "MS_ADPCM", "GSM610"])
def test_wav_with_a_codec_of_telephones(kind: str) -> None:
    file = encoded(tone(2, 8_000), 8_000, "WAV", kind)
    holds_the_tone(open_audio(io.BytesIO(file)), 2)


@pytest.mark.parametrize("container", ["RF64", "AIFF", "FLAC"])
@pytest.mark.parametrize("kind", ["PCM_16", "PCM_24"])
@pytest.mark.parametrize(("channels", "rate"), [(1, 8_000), (2, 44_100), (8, 48_000), (2, 192_000)])
def test_other_lossless_formats(container: str, kind: str, channels: int, rate: int) -> None:
    file = encoded(tone(0.6, rate, channels), rate, container, kind)
    holds_the_tone(open_audio(io.BytesIO(file)), 0.6, within=0.001)


@pytest.mark.parametrize("kind", ["FLOAT", "PCM_S8", "ULAW"])
def test_aiff_of_other_samples(kind: str) -> None:
    holds_the_tone(open_audio(io.BytesIO(encoded(tone(), RATE, "AIFF", kind))), 1)


@pytest.mark.parametrize(
    ("ending", "rate", "channels"),
    [
        *[
            ("mp3", rate, channels)
            for rate in (8_000, 16_000, 44_100, 48_000)
            for channels in (1, 2)
        ],
        *[("ogg", rate, channels) for rate in (8_000, 44_100, 96_000) for channels in (1, 2, 6)],
        *[("opus", rate, channels) for rate in (8_000, 16_000, 48_000) for channels in (1, 2)],
        *[("aac", rate, channels) for rate in (16_000, 44_100, 96_000) for channels in (1, 2, 6)],
        *[("m4a", rate, channels) for rate in (8_000, 44_100, 96_000) for channels in (1, 2, 6)],
        *[("webm", 48_000, channels) for channels in (1, 2, 6)],
    ],
)
def test_lossy_formats(ending: str, rate: int, channels: int) -> None:
    file = sound_file(ending, LOSSY_SECONDS, rate, channels)
    audio = open_audio(io.BytesIO(file))
    # Codecs keep nothing but bass in the sixth channel of 5.1, some only at certain rates.
    loud = 0.5 if channels < 6 else max(0.4, min(0.55, loudness(pcm_of(audio))))
    holds_the_tone(audio, LOSSY_SECONDS, within=0.03, loud=loud)


@pytest.mark.parametrize(
    ("container", "codec"), [("ipod", "alac"), ("mov", "pcm_s16le"), ("matroska", "flac")]
)
def test_containers_with_other_codecs_are_decoded_and_travel_as_wav(
    container: str, codec: str
) -> None:
    audio = open_audio(io.BytesIO(encoded_by_pyav(tone(2), RATE, container, codec)))
    holds_the_tone(audio, 2)
    assert audio.encoded(["wav", "m4a", "webm"]).format == "wav"


@pytest.mark.parametrize(
    ("ending", "kind"),
    [("pcm", "PCM_16"), ("raw", "PCM_16"), ("PCM16", "PCM_16"), ("pcm24", "PCM_24")],
)
@pytest.mark.parametrize("rate", [None, 8_000, 48_000])
def test_raw_pcm_is_told_by_its_name(
    ending: str, kind: str, rate: int | None, tmp_path: Path
) -> None:
    content = encoded(tone(rate=rate or RATE), rate or RATE, "RAW", kind)
    audio = open_audio(written(tmp_path / f"a.{ending}", content), rate=rate)
    holds_the_tone(audio, 1, within=0.001)


def test_raw_pcm_is_told_by_a_rate_on_stdin_and_where_nothing_else_is_known(
    tmp_path: Path,
) -> None:
    content = encoded(tone(rate=8_000), 8_000, "RAW", "PCM_16")
    holds_the_tone(open_audio(io.BytesIO(content), rate=8_000), 1)
    holds_the_tone(open_audio(written(tmp_path / "dump.bin", content), rate=8_000), 1)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_rate_changes_nothing_for_a_file_that_tells_its_own(ending: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"a.{ending}", sound_file(ending, LOSSY_SECONDS))
    holds_the_tone(open_audio(path, rate=44_100), LOSSY_SECONDS, within=0.03)


def test_mono_pcm16_at_16_khz_comes_through_to_the_bit() -> None:
    noise = np.random.default_rng(1).integers(-32768, 32768, RATE, np.int16)
    flac = encoded(noise, RATE, "FLAC", "PCM_16")  # type: ignore[arg-type]
    assert b"".join(open_audio(io.BytesIO(flac)).pcm()) == noise.tobytes()
    wav = wav_header(noise.nbytes) + noise.tobytes()
    assert b"".join(open_audio(io.BytesIO(wav)).pcm()) == noise.tobytes()


def test_channels_are_mixed_to_their_mean() -> None:
    left = tone(channels=2)
    left[:, 1] = 0
    audio = open_audio(io.BytesIO(encoded(left, RATE, "WAV", "FLOAT")))
    assert loudness(pcm_of(audio)) == pytest.approx(0.25, rel=0.01)


@pytest.mark.filterwarnings("error")
def test_floats_that_are_no_sound_become_silence_or_full_scale() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 1e30, -1e30, 0.5], np.float32)
    file = encoded(np.tile(odd, 1000)[:, None], RATE, "WAV", "FLOAT")
    samples = pcm_of(open_audio(io.BytesIO(file)))
    assert list(samples[:6] * 32768) == [0, 32767, -32768, 32767, -32768, 16384]
    file = encoded(np.tile(odd, 1000)[:, None], 44_100, "WAV", "DOUBLE")
    assert pcm_of(open_audio(io.BytesIO(file))).size


# Wrong lengths and other lies


@pytest.mark.parametrize(
    ("riff", "data"),
    [
        *[(0, 0), (0xFFFFFFFF, 0xFFFFFFFF), (0x7FFFFFFF, 0x7FFFFFDB), (0x80000024, 0x80000000)],
        *[(36, 0), (len(PCM16) + 36, len(PCM16) + 1000), (1, len(PCM16)), (100, 64)],
    ],
)
@pytest.mark.parametrize("before", [b"", chunk(b"LIST", b"INFOISFT\x04\0\0\0abc\0")])
def test_wav_with_wrong_lengths_gives_what_is_there_and_travels_with_true_ones(
    riff: int, data: int, before: bytes
) -> None:
    audio = open_audio(io.BytesIO(wav_claiming(PCM16, riff, data, before)))
    assert b"".join(audio.pcm()) == PCM16
    sent = audio.encoded(["wav"])
    assert b"".join(sent.blocks()) == wav_header(len(PCM16)) + PCM16


@pytest.mark.parametrize("kind", ["PCM_U8", "PCM_24", "FLOAT"])
def test_streamed_wav_of_other_samples(kind: str) -> None:
    file = bytearray(encoded(tone(rate=44_100, channels=2), 44_100, "WAV", kind))
    at = file.index(b"data") + 4
    file[4:8] = file[at : at + 4] = b"\xff\xff\xff\xff"
    holds_the_tone(open_audio(io.BytesIO(bytes(file))), 1, within=0.001)


def test_chunks_around_the_samples_are_no_sound() -> None:
    notes = chunk(b"bext", b"x" * 601) + chunk(b"JUNK", bytes(28))
    after = chunk(b"LIST", b"INFOICMT\x04\0\0\0abc\0") + chunk(b"id3 ", b"y" * 300)
    size = len(PCM16) + 36 + len(notes) + len(after)
    file = wav_claiming(PCM16, size, len(PCM16), notes, after)
    audio = open_audio(io.BytesIO(file))
    assert b"".join(audio.pcm()) == PCM16
    assert b"".join(audio.encoded(["wav"]).blocks()) == file


def test_an_odd_byte_at_the_end_is_left_out() -> None:
    for extra in (b"\x01", b"\x01\x02\x03"):
        audio = open_audio(io.BytesIO(wav_claiming(PCM16 + extra, 0, 0)))
        assert b"".join(audio.pcm()) == (PCM16 + extra)[: len(PCM16 + extra) // 2 * 2]


@pytest.mark.parametrize("ending", [e for e in ENDINGS if e != "m4a"])
def test_a_file_cut_in_the_middle_gives_what_is_there(ending: str) -> None:
    file = sound_file(ending, 60.0)
    audio = open_audio(io.BytesIO(file[: len(file) // 2]))
    holds_the_tone(audio, 30, within=0.2)  # a page of this Ogg holds 5 seconds


def test_all_of_an_mp3_is_heard_whatever_it_says_of_its_length() -> None:
    torn = vbr_mp3_without_length()
    assert open_audio(io.BytesIO(torn)).seconds == pytest.approx(LOSSY_SECONDS, rel=0.03)
    one = sound_file("mp3", LOSSY_SECONDS)
    holds_the_tone(open_audio(io.BytesIO(one + one)), 2 * LOSSY_SECONDS, within=0.03)
    streamed = encoded_by_pyav(
        tone(LOSSY_SECONDS), RATE, "mp3", "libmp3lame", options={"write_xing": "0"}
    )
    holds_the_tone(open_audio(io.BytesIO(streamed)), LOSSY_SECONDS, within=0.03)


def test_mp3_and_aac_begin_behind_a_tag_or_the_rest_of_a_frame() -> None:
    tag = b"ID3\x04\0\0" + bytes([0, 0, 2, 0]) + b"TIT2 notes".ljust(256, b"\0")
    for ending in ("mp3", "aac"):
        file = sound_file(ending, LOSSY_SECONDS)
        for lead in (tag, b"\xff\xe0torn" * 20, tag + bytes(500)):
            audio = open_audio(io.BytesIO(lead + file))
            holds_the_tone(audio, LOSSY_SECONDS, within=0.03)
            assert audio.encoded([ending]).format == ending


def test_flac_whose_length_is_unknown() -> None:
    file = bytearray(sound_file("flac", 3.0))
    file[21] &= 0xF0
    file[22:26] = bytes(4)
    holds_the_tone(open_audio(io.BytesIO(bytes(file))), 3, within=0.001)


# How it travels


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_travels_byte_for_byte_where_its_format_is_taken(
    ending: str, tmp_path: Path
) -> None:
    content = sound_file(ending)
    audio = open_audio(written(tmp_path / f"a.{ending}", content))
    sent = audio.encoded({"wav", NAMES[ending]})
    assert (sent.format, sent.size) == (NAMES[ending], len(content))
    blocks = list(sent.blocks())
    assert b"".join(blocks) == content == b"".join(sent.blocks())
    assert max(map(len, blocks)) <= BLOCK


@pytest.mark.parametrize("ending", [e for e in ENDINGS if e != "wav"])
def test_it_travels_as_wav_where_its_format_is_not_taken(ending: str) -> None:
    sent = open_audio(io.BytesIO(sound_file(ending))).encoded({"wav", "pcm16"})
    content = b"".join(sent.blocks())
    assert (sent.format, sent.size) == ("wav", len(content))
    assert content == b"".join(sent.blocks())
    with wave.open(io.BytesIO(content)) as wav:
        assert wav.getparams()[:3] == (1, 2, RATE)
        assert wav.getnframes() * 2 == len(content) - 44


@pytest.mark.parametrize(
    ("kind", "container", "channels", "rate", "as_it_is"),
    [
        ("PCM_16", "WAV", 1, RATE, True),
        ("PCM_16", "WAV", 2, 44_100, True),
        ("PCM_16", "WAVEX", 1, RATE, False),
        ("PCM_16", "WAVEX", 2, 48_000, False),
        ("PCM_16", "RF64", 1, RATE, False),
        ("PCM_U8", "WAV", 1, RATE, False),
        ("PCM_24", "WAV", 1, RATE, False),
        ("FLOAT", "WAV", 1, RATE, False),
        ("ULAW", "WAV", 1, 8_000, False),
    ],
)
def test_only_a_plain_pcm16_wav_travels_as_it_is(
    kind: str, container: str, channels: int, rate: int, as_it_is: bool
) -> None:
    file = encoded(tone(1, rate, channels), rate, container, kind)
    content = b"".join(open_audio(io.BytesIO(file)).encoded(["wav"]).blocks())
    assert (content == file) is as_it_is
    with wave.open(io.BytesIO(content)) as wav:
        assert wav.getsampwidth() == 2
        assert (
            wav.getnframes() * wav.getnchannels() * 2 == len(content) - content.index(b"data") - 8
        )


def test_raw_pcm_travels_as_it_is_at_16_khz_alone(tmp_path: Path) -> None:
    raw = written(tmp_path / "a.pcm", PCM16)
    assert open_audio(raw).encoded({"wav", "pcm"}).format == "pcm"
    assert open_audio(raw).encoded({"wav"}).format == "wav"
    assert open_audio(raw, rate=8_000).encoded({"wav", "pcm"}).format == "wav"
    deep = written(tmp_path / "a.pcm24", encoded(tone(), RATE, "RAW", "PCM_24"))
    assert open_audio(deep).encoded({"wav", "pcm"}).format == "wav"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("wrong", [*ENDINGS, "txt", "pdf", ""])
def test_it_is_recognised_by_its_bytes_under_any_name(
    ending: str, wrong: str, tmp_path: Path
) -> None:
    path = written(tmp_path / f"a.{wrong}", CONTENTS[ending])
    assert open_audio(path).encoded({"wav", NAMES[ending]}).format == NAMES[ending]


CONTENTS = {ending: sound_file(ending, 0.5) for ending in ENDINGS}


def test_a_header_is_believed_even_under_a_raw_name(tmp_path: Path) -> None:
    for ending in ("wav", "flac", "ogg", "aiff", "m4a", "webm"):
        path = written(tmp_path / "a.pcm", CONTENTS[ending])
        assert open_audio(path).encoded({"wav", ending}).format == ending


def test_raw_samples_that_look_like_frames_stay_raw(tmp_path: Path) -> None:
    for content in (b"\xff\xff" * 8000, b"\xff\xf1" * 8000, b"\xff\xfb\x90\x64" * 4000):
        path = written(tmp_path / "a.pcm", content)
        assert b"".join(open_audio(path).pcm()) == content
        assert b"".join(open_audio(io.BytesIO(content), rate=RATE).pcm()) == content


def test_a_video_gives_its_sound_and_does_not_travel_as_it_is() -> None:
    for container, video, codec in (("mp4", "mpeg4", "aac"), ("webm", "libvpx", "libopus")):
        file = encoded_by_pyav(tone(2, 48_000), 48_000, container, codec, video=video)
        audio = open_audio(io.BytesIO(file))
        holds_the_tone(audio, 2, within=0.03)
        assert audio.encoded({"wav", "m4a", "webm"}).format == "wav"


def test_an_audio_only_mp4_is_an_m4a() -> None:
    file = encoded_by_pyav(tone(2), RATE, "mp4", "aac")
    assert b"M4A " not in file[:64]
    assert open_audio(io.BytesIO(file)).encoded({"wav", "m4a"}).format == "m4a"


# As speech


def test_pcm_gives_any_stretch_in_blocks() -> None:
    for file in (wav_header(len(PCM16)) + PCM16, encoded(tone(3, 48_000), 48_000, "WAV", "PCM_16")):
        audio = open_audio(io.BytesIO(file))
        whole = b"".join(audio.pcm())
        assert b"".join(audio.pcm(100, 900)) == whole[200:1800]
        assert b"".join(audio.pcm(15_000)) == whole[30_000:]
        assert b"".join(audio.pcm(len(whole), len(whole) * 2)) == b""
        assert max(map(len, audio.pcm())) <= BLOCK


def test_readers_do_not_disturb_each_other() -> None:
    audio = open_audio(io.BytesIO(encoded(tone(20, 8_000), 8_000, "WAV", "PCM_16")))
    both = list(zip(audio.pcm(), audio.pcm(), strict=True))
    assert len(both) > 5
    assert all(a == b for a, b in both)


def test_no_one_speaks_in_a_tone() -> None:
    audio = open_audio(io.BytesIO(sound_file("flac", 2.0)))
    assert not audio.track().spoken
    assert audio.track() is audio.track()


def test_someone_speaks_in_speech(tmp_path: Path) -> None:
    need("flite")
    path = tmp_path / "a.wav"
    text = "Please send me the report before lunch."
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
    track = open_audio(path).track()
    assert track.spoken
    assert track.seconds > 1


# Without PyAV


@pytest.fixture
def without_pyav(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)


@pytest.mark.usefixtures("without_pyav")
@pytest.mark.parametrize("ending", BY_PYAV)
def test_without_pyav_the_command_that_adds_it_is_told(ending: str) -> None:
    audio = open_audio(io.BytesIO(CONTENTS[ending]))
    for ask in (lambda: audio.encoded(["wav"]), lambda: list(audio.pcm()), audio.track):
        with pytest.raises(NoDecoder) as told:
            ask()
        assert told.value.hint == "pip install 'dictation-desktop[formats]'"
        assert told.value.code == 11


@pytest.mark.usefixtures("without_pyav")
@pytest.mark.parametrize("ending", ENDINGS)
def test_without_pyav_a_file_still_travels_as_it_is(ending: str) -> None:
    audio = open_audio(io.BytesIO(CONTENTS[ending]))
    assert audio.seconds > 0
    sent = audio.encoded(["wav", NAMES[ending]])
    assert b"".join(sent.blocks()) == CONTENTS[ending]


@pytest.mark.usefixtures("without_pyav")
def test_without_pyav_what_may_be_a_video_does_not_travel() -> None:
    head = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(4000)
    webm = CONTENTS["webm"].replace(b"A_OPUS", b"V_VP8\0")
    for file in (head, webm):
        with pytest.raises(NoDecoder):
            open_audio(io.BytesIO(file)).encoded(["wav", "m4a", "webm"])


# What can't be read


def refused(audio: Path | io.BytesIO, *words: str, rate: int | None = None) -> AudioFileError:
    with pytest.raises(AudioFileError) as told:
        open_audio(audio, rate=rate)
    error = told.value
    assert type(error) is AudioFileError
    assert error.code == 11
    assert error.title
    assert error.hint
    for word in words:
        assert word in error.message + error.hint
    return error


HEADER = wav_header(32_000)
NOT_AUDIO = {
    "text": b"Dear Sir or Madam,\nplease find enclosed\n" * 300,
    "json": b'{"error": "not found"}',
    "html": b"<!doctype html><html><title>Sign in</title>" * 20,
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + random.Random(1).randbytes(30_000),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(9) + random.Random(2).randbytes(60_000),
    "zip": b"PK\x03\x04" + random.Random(3).randbytes(30_000),
    "zeros": bytes(100_000),
    "ones": b"\xff" * 100_000,
    "one byte": b"R",
    "playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
    "midi": b"MThd\0\0\0\6\0\1\0\2\0\x60MTrk",
    "png": b"\x89PNG\r\n\x1a\n" + random.Random(4).randbytes(5_000),
    "webp": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(100),
    "wav without fmt": b"RIFF\x24\0\0\0WAVEdata\0\1\0\0" + bytes(256),
}
CUT_OFF = {
    "RIFF alone": b"RIFF",
    "half a header": HEADER[:20],
    "before data": HEADER[:36],
    "header": HEADER,
    "header of nothing": wav_header(0),
    "no channels": HEADER[:22] + b"\0\0" + HEADER[24:] + bytes(100),
    "no rate": HEADER[:24] + bytes(4) + HEADER[28:] + bytes(100),
    "rate of 1 Hz": HEADER[:24] + b"\1\0\0\0" + HEADER[28:] + bytes(1000),
    "rate of 4 GHz": HEADER[:24] + b"\0\0\0\xff" + HEADER[28:] + bytes(1000),
    "60000 channels": HEADER[:22] + b"\x60\xea" + HEADER[24:] + bytes(1000),
    "endless chunks": HEADER[:12] + bytes(1_000_000),
    "unknown codec": HEADER[:20] + b"\x34\x12" + HEADER[22:] + bytes(1000),
    "m4a without its index": sound_file("m4a", 3.0)[:4000],
} | {
    f"{ending} header": CONTENTS[ending][:54] for ending in ENDINGS if ending not in ("aac", "wav")
}


@pytest.mark.parametrize("content", NOT_AUDIO.values(), ids=NOT_AUDIO)
def test_what_is_not_audio_is_refused(content: bytes, tmp_path: Path) -> None:
    refused(written(tmp_path / "notes.wav", content), "notes.wav", "no audio", "flac")
    refused(io.BytesIO(content), "no audio", "--rate 16000")


@pytest.mark.parametrize("content", CUT_OFF.values(), ids=CUT_OFF)
@pytest.mark.parametrize("ending", ["wav", "m4a"])
def test_a_header_with_nothing_behind_it_is_refused(
    content: bytes, ending: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    refused(written(tmp_path / f"a.{ending}", content), f"a.{ending}")
    assert capfd.readouterr() == ("", "")


def test_a_video_without_sound_is_refused() -> None:
    for container, video in (("mp4", "mpeg4"), ("webm", "libvpx")):
        file = encoded_by_pyav(tone(0), 48_000, container, "", video=video)
        refused(io.BytesIO(file), "no sound", "video without sound")


def test_a_flac_damaged_in_the_middle_is_not_passed_off_as_whole() -> None:
    file = bytearray(sound_file("flac", 30.0))
    middle = len(file) // 2
    file[middle : middle + 200] = bytes(200)
    refused(io.BytesIO(bytes(file)), "damaged", "seconds", "ffmpeg")


def test_empty_is_refused(tmp_path: Path) -> None:
    refused(written(tmp_path / "a.wav", b""), "a.wav is empty")
    refused(written(tmp_path / "a.pcm", b""), "is empty")
    refused(io.BytesIO(b""), "standard input is empty")
    with pytest.raises(AudioFileError, match="stdin is empty"):
        open_audio(io.BytesIO(b""), name="stdin")


def test_raw_pcm_that_is_no_whole_number_of_samples_is_refused(tmp_path: Path) -> None:
    refused(written(tmp_path / "a.pcm", bytes(2001)), "2001 bytes", "2-byte", ".pcm24")
    refused(written(tmp_path / "a.pcm24", bytes(2000)), "3-byte")
    refused(io.BytesIO(bytes(2001)), "2001 bytes", rate=RATE)
    refused(written(tmp_path / "b.pcm", bytes(2000)), "7 Hz", rate=7)


def test_a_missing_file_or_folder_is_told(tmp_path: Path) -> None:
    refused(tmp_path / "a.wav", "There is no file", "a.wav")
    file = written(tmp_path / "b.wav", b"x")
    refused(file / "a.wav", "There is no file")
    refused(tmp_path, "is a folder", "files in it")


def test_names_that_no_system_takes_are_told(tmp_path: Path) -> None:
    refused(tmp_path / ("a" * 5000), "can't be read")
    refused(tmp_path / "a\0b.wav", "can't be read")
    loop = tmp_path / "loop.wav"
    loop.symlink_to(loop)
    refused(loop, "can't be read")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root reads everything; a test of permissions has to be someone else."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.only_on("linux", "darwin")
def test_a_file_or_folder_without_permission_is_told() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / "a.wav", CONTENTS["wav"])
        Path(folder).chmod(0o755)
        path.chmod(0)
        with as_nobody():
            refused(path, "no permission", "a.wav", "permissions")
        path.chmod(0o644)
        with as_nobody():
            assert open_audio(path).seconds == 0.5
        Path(folder).chmod(0)
        with as_nobody():
            refused(path, "no permission")
        Path(folder).chmod(0o755)


@pytest.mark.only_on("linux", "darwin")
def test_pipes_devices_and_sockets_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.wav")
    refused(tmp_path / "fifo.wav", "pipe or a device", "dictation transcribe -")
    refused(Path("/dev/zero"), "pipe or a device")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        refused(tmp_path / "s", "pipe or a device")


def test_three_gigabytes_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", HEADER)
    os.truncate(path, 3_000_000_000)
    refused(path, "3.0 GB", "at most 1 GB", "ffmpeg", "flac")


class Endless(io.RawIOBase):
    """Zeros without end; `given` counts them."""

    given = 0

    def read(self, count: int = -1) -> bytes:
        self.given += count
        return bytes(count)


def test_an_endless_stream_is_refused_at_the_limit() -> None:
    endless = Endless()
    with pytest.raises(AudioFileError, match="more than"):
        spooled(endless, "stdin", largest=1_000_000)  # type: ignore[arg-type]
    assert endless.given < 1_200_000


def test_more_than_six_hours_are_refused(tmp_path: Path) -> None:
    size = int(6.1 * 3600 * 8000)
    header = bytearray(wav_header(size, 8000))
    struct.pack_into("<IHH", header, 28, 8000, 1, 8)
    path = written(tmp_path / "a.wav", bytes(header))
    os.truncate(path, 44 + size)
    refused(path, "longer than 6 hours", "ffmpeg")


def test_decoding_stops_at_the_limit() -> None:
    taken = []

    def endless() -> Iterator[tuple[int, np.ndarray]]:
        while True:
            taken.append(1)
            yield 8_000, np.zeros((8_000, 1), np.float32)

    with pytest.raises(AudioFileError, match="longer than"):
        kept(endless(), "a.mp3", longest=60)
    assert 60 <= len(taken) <= 63


# Trouble on the way


class Failing(io.BytesIO):
    """A file on a disk that fails from byte `sound` on."""

    sound = 0

    def read(self, count: int | None = -1) -> bytes:
        if self.tell() >= self.sound:
            raise OSError(errno.EIO, "Input/output error")
        return super().read(count)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("part", [0, 0.5])
def test_a_disk_that_fails_is_told_and_nothing_is_printed(
    ending: str, part: float, capfd: pytest.CaptureFixture[str]
) -> None:
    content = sound_file(ending, 20.0)
    found = recognise(lambda start, count: content[start : start + count], len(content))
    assert found
    failing = Failing(content)
    failing.sound = int(part * len(content))
    source = Source(failing, "a.bin")
    with pytest.raises(AudioFileError, match="Input/output error"):
        kept(by_pyav(source, found)[1] if found.demuxer else by_soundfile(source, found), "a.bin")
    assert capfd.readouterr() == ("", "")


def test_a_stream_that_fails_is_told() -> None:
    refused(Failing(b"abc"), "standard input", "Input/output error")


def test_a_file_that_shrinks_meanwhile_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", wav_header(len(PCM16)) + PCM16)
    audio = open_audio(path)
    os.truncate(path, 1000)
    with pytest.raises(AudioFileError, match="shorter"):
        list(audio.encoded(["wav"]).blocks())


@pytest.mark.only_on("linux", "darwin")
def test_a_file_that_is_deleted_meanwhile_is_still_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp3", CONTENTS["mp3"])
    audio = open_audio(path)
    path.unlink()
    assert b"".join(audio.encoded(["mp3"]).blocks()) == CONTENTS["mp3"]


@pytest.mark.only_on("linux")
def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("r+b", buffering=0) as full:
        source = Source(full, "full")
        with pytest.raises(AudioFileError, match="no room"):
            source.append(b"x")


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.only_on("linux")
def test_files_are_closed_when_no_one_holds_them(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", encoded(tone(200, 8_000), 8_000, "WAV", "PCM_16"))
    before = open_files()
    audio = open_audio(path)
    blocks = audio.encoded([])
    assert open_files() == before + 2
    del audio
    assert len(b"".join(blocks.blocks())) == blocks.size
    del blocks
    assert open_files() == before


# How much it takes

GROWTH = """
    import sys
    from pathlib import Path
    from dictation.audio_files import open_audio

    def peak():
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0])

    def use(name):
        audio = open_audio(Path(name))
        for formats in (["wav"], ["wav", "mp3", "aac"]):
            sum(map(len, audio.encoded(formats).blocks()))
        return audio.seconds

    use(sys.argv[1])
    before = peak()
    print(use(sys.argv[2]), peak() - before)
"""


def minutes(ending: str, count: int) -> Iterator[bytes]:
    """A file of 48 kHz stereo, piece by piece; MP3 and ADTS files may simply be joined."""
    rate, channels = 48_000, 2
    if ending in ("mp3", "aac"):
        minute = sound_file(ending, 60.0, rate, channels)
        yield from [minute] * count
        return
    minute = (tone(60, rate, channels) * 2**31).astype("<i4").tobytes()
    header = bytearray(wav_header(len(minute) * count, rate))
    struct.pack_into("<HIIHH", header, 22, channels, rate, rate * 8, 8, 32)
    yield bytes(header)
    yield from [minute] * count


@pytest.mark.only_on("linux")
@pytest.mark.parametrize("ending", ["wav", "mp3", "aac"])
def test_twenty_minutes_take_no_more_memory_than_one(ending: str, tmp_path: Path) -> None:
    for name, count in (("short", 1), ("long", 20)):
        with (tmp_path / name).open("wb") as file:
            file.writelines(minutes(ending, count))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(GROWTH), tmp_path / "short", tmp_path / "long"],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, kilobytes = done.stdout.split()
    assert float(seconds) == pytest.approx(1200, rel=0.01)
    assert int(kilobytes) < 12_000
    assert not done.stderr
