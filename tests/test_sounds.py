"""Sounds of a take, through a real sound server whose loudspeakers a microphone can hear."""

from __future__ import annotations

import io
import logging
import os
import signal
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dictation import microphones
from dictation.audio import RATE, Audio, Recording
from dictation.audio_files import open_kept
from dictation.capture import Capture, Hooks, Limits
from dictation.capture.own_tones import OwnTones
from dictation.desktop import Desktop
from dictation.errors import SettingsError
from dictation.recordings import HEADER
from dictation.sounds import HEARD, TONES, Kind, Sounds, made
from tests.app import App
from tests.desktop import VirtualDesktop, until
from tests.test_microphones import program

KINDS: tuple[Kind, ...] = ("begin", "end", "done", "trouble")


def surprised(error: Exception) -> None:
    raise AssertionError from error


def sounds() -> Sounds:
    return Sounds(Desktop("linux"), surprised)


def silent(played: Sounds) -> None:
    """Waits until all that was asked for has been played."""
    assert played._lane
    played._lane.ask(lambda: None).result(5)


@contextmanager
def heard_by_the_microphone(desktop: VirtualDesktop) -> Iterator[None]:
    """Loudspeakers on the desk: the microphone hears them as loud as they are."""
    loop = ("module-loopback", "source=speakers.monitor", "sink=microphone-mouth")
    module = desktop.run("pactl", "load-module", *loop, "latency_msec=20").strip()
    try:
        yield
    finally:
        desktop.run("pactl", "unload-module", module)


def tones(samples: np.ndarray, rate: int) -> list[float]:
    """The tones one after the other, as the nearest of those that our sounds are made of."""
    known = sorted({hertz for parts in TONES.values() for hertz, _seconds in parts if hertz})
    size, found = rate // 67, list[float]()
    for start in range(0, len(samples) - size, size // 2):
        window = samples[start : start + size].astype(float)
        if abs(window).max() < 1000:
            found.append(0)
            continue
        spectrum = abs(np.fft.rfft(window * np.hanning(size), 8 * size))
        peak = float(spectrum.argmax()) * rate / (8 * size)
        found.append(min(known, key=lambda hertz: abs(hertz - peak)))
    steady = [one for one, next_ in pairwise(found) if one == next_]
    return [one for at, one in enumerate(steady) if one and (not at or steady[at - 1] != one)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_is_short_and_quiet_and_does_not_click(kind: Kind) -> None:
    with wave.open(io.BytesIO(made(kind))) as file:
        assert file.getnframes() / file.getframerate() <= 0.12
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(int)
    assert 1000 < abs(samples).max() < 4000
    assert abs(np.diff(samples)).max() < 2300
    assert abs(samples[[0, -1]]).max() < 10


class TestTheUsersOwn:
    def test_is_played_in_place_of_ours(self, tmp_path: Path) -> None:
        wav, out = tmp_path / "ping.wav", list[bytes]()
        wav.write_bytes(stereo(np.array([[100, 300], [-500, -700]])))
        played = Sounds(Desktop("linux"), surprised, out.append)
        played.choose(100.0, (f"done:{wav}",))
        for kind in ("done", "end"):
            played.play(kind)
        silent(played)
        assert out[1] == made("end")
        with wave.open(io.BytesIO(out[0])) as file:
            assert (file.getnchannels(), file.getframerate()) == (1, 44_100)
            assert np.frombuffer(file.readframes(9), "<i2").tolist() == [200, -600]

    @pytest.mark.parametrize("content", [None, b"", b"RIFF", b"no sound", "long"])
    def test_that_can_not_be_played_is_told_and_ours_is_played(
        self, tmp_path: Path, content: bytes | str | None
    ) -> None:
        wav, out, told = tmp_path / "ping.wav", list[bytes](), list[Exception]()
        if isinstance(content, bytes):
            wav.write_bytes(content)
        elif content:
            wav.write_bytes(stereo(np.zeros((4 * 44_100, 2))))
        played = Sounds(Desktop("linux"), told.append, out.append)
        played.choose(100.0, (f"start:{wav}",))
        played.play("begin")
        silent(played)
        [error] = told
        assert isinstance(error, SettingsError)
        assert str(wav) in error.message
        assert "16 bits" in error.hint
        assert out == [made("begin")]

    def test_volume_is_the_users(self) -> None:
        out = list[bytes]()
        played = Sounds(Desktop("linux"), surprised, out.append)
        for volume in (50.0, 0.0, 1000.0):
            played.choose(volume, ())
            played.play("begin")
            silent(played)
        peaks = [abs(np.frombuffer(each[44:], "<i2").astype(int)).max() for each in out]
        usual = abs(np.frombuffer(made("begin")[44:], "<i2").astype(int)).max()
        assert peaks[0] == pytest.approx(usual / 2, abs=1)
        assert len(peaks) == 2
        assert peaks[1] > 32_000

    def test_is_heard_as_it_is(self, desktop: VirtualDesktop, tmp_path: Path) -> None:
        wav = tmp_path / "ping.wav"
        wave_ = 6000 * np.sin(2 * np.pi * 1760 * np.arange(4410) / 44_100)
        wav.write_bytes(stereo(np.stack([wave_, wave_], 1)))
        played, audio = sounds(), Audio()
        played.choose(100.0, (f"done:{wav}",))
        with heard_by_the_microphone(desktop):
            microphone = microphones.find()
            microphone.start(audio)
            until("sound", lambda: audio.samples)
            played.play("done")
            until("it is heard", lambda: audio.peak > 1000)
            before = audio.seconds
            until("it is over", lambda: audio.seconds > before + 0.4)
            microphone.stop()
        samples = np.frombuffer(audio.read(0, audio.samples), "<i2")
        assert tones(samples, RATE) == [1760]


class TestTheBeginning:
    """Of a take whose microphone hears the loudspeakers."""

    def test_has_none_of_our_sound_in_it(self, desktop: VirtualDesktop) -> None:
        with heard_by_the_microphone(desktop):
            raw, _recording = recorded(())
            clean, recording = recorded(HEARD)
        # In a sound server that stops for a moment a tone may be told twice.
        assert set(tones(raw, RATE)) == set(HEARD)
        assert tones(clean, RATE) == []
        for hertz in HEARD:
            assert loudest(clean, hertz) < loudest(raw, hertz) / 15
        assert not recording.track().spoken

    @pytest.mark.parametrize("lost", [True, False], ids=["lost", "held up"])
    def test_has_none_of_a_sound_that_breaks_off(self, lost: bool) -> None:
        """As it is played, or heard, on a computer that stops for a moment."""
        sound = begin_sound()
        lengths = [round(seconds * RATE) for _hertz, seconds in TONES["begin"]]
        # In the midst of each tone: what is no more than a click is left in it.
        breaks = (*range(192, lengths[0] - 176, 32), *range(lengths[0] + 176, len(sound) - 176, 32))
        for at in breaks:
            for gap in (16, 80, 320, 800):
                rest = sound[at + gap :] if lost else sound[at:]
                given = np.zeros(RATE)
                given[1000 : 1000 + at] = sound[:at]
                given[1000 + at + gap : 1000 + at + gap + len(rest)] = rest
                kept = cleaned(np.rint(given))
                assert all(loudest(kept, hertz) < 12_000 for hertz in HEARD), (at, gap)

    def test_loses_no_word_that_is_spoken_into_the_sound(self) -> None:
        rng = np.random.default_rng(1)
        time_ = np.arange(RATE) / RATE
        voice = sum(np.sin(2 * np.pi * 140 * n * time_ + n) / n for n in range(1, 30))
        spoken = 2000 * voice * np.abs(np.sin(2 * np.pi * 4 * time_)) + rng.normal(0, 10, RATE)
        mixed = spoken.copy()
        mixed[1600:3200] += 3000 * np.sin(2 * np.pi * 1760 * time_[:1600])
        for given, least in ((spoken, 40), (mixed, 20)):
            kept = cleaned(given)
            error = np.mean((kept - spoken) ** 2)
            assert 10 * np.log10(np.mean(spoken**2) / error) > least

    def test_is_as_it_was_where_there_is_no_sound_in_it(self) -> None:
        time_ = np.arange(3 * RATE) / RATE
        given = np.rint(5000 * np.sin(2 * np.pi * 440 * time_))
        assert np.array_equal(cleaned(given), given)

    @pytest.mark.parametrize("length", [0, 1, 127, 128, 511, 512, 1000])
    def test_is_whole_however_short_the_take_is(self, length: int) -> None:
        given = np.rint(np.random.default_rng(2).normal(0, 500, length))
        assert len(cleaned(given)) == length


def cleaned(samples: np.ndarray) -> np.ndarray:
    """What is kept of a take, in looks of a tenth of a second."""
    audio, own, clean = Audio(), OwnTones(HEARD), 0
    for start in range(0, len(samples), RATE // 10) or [0]:
        audio.append(samples[start : start + RATE // 10].astype(np.int16))
        if not start:
            own.begun(audio.samples)
        before, clean = clean, own.clean(audio, audio.samples, last=False)
        assert before <= clean <= audio.samples
    assert own.clean(audio, audio.samples, last=True) == len(samples)
    return np.frombuffer(audio.read(0, audio.samples), "<i2").astype(float)


def recorded(own: tuple[float, ...]) -> tuple[np.ndarray, Recording]:
    """What goes to disk of a take with nothing in it but our sound."""
    played, kept, takes = sounds(), list[bytes](), list[Recording]()
    hooks = Hooks(begun=lambda: played.play("begin"), journal=kept.append)
    capture = Capture(microphones.find, Limits(), hooks, tones=own)
    thread = threading.Thread(target=lambda: takes.append(capture.run()))
    thread.start()
    until("it is over", lambda: capture.audio.seconds > 1)
    capture.stop()
    thread.join(5)
    return np.frombuffer(b"".join(kept), "<i2"), takes[0]


def loudest(samples: np.ndarray, hertz: float) -> float:
    """The tone's level where it is loudest."""
    size, loud = 512, 0.0
    wave_ = np.exp(-2j * np.pi * hertz * np.arange(size) / RATE) * np.hanning(size)
    for start in range(0, len(samples) - size, size // 4):
        loud = max(loud, abs(np.dot(samples[start : start + size], wave_)))
    return loud


def begin_sound() -> np.ndarray:
    """The start sound at the rate of recordings."""
    with wave.open(io.BytesIO(made("begin"))) as file:
        rate, samples = file.getframerate(), np.frombuffer(file.readframes(RATE), "<i2")
    spectrum = np.fft.rfft(samples) * RATE / rate
    length = len(samples) * RATE // rate
    return np.fft.irfft(spectrum[: length // 2 + 1], length)


def stereo(frames: np.ndarray) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((2, 2, 44_100, 0, "NONE", ""))
        written.writeframes(frames.astype("<i2").tobytes())
    return file.getvalue()


def test_none_of_them_is_speech_even_where_the_microphone_hears_them(
    desktop: VirtualDesktop,
) -> None:
    played = sounds()
    with heard_by_the_microphone(desktop):
        capture = Capture(microphones.find, Limits(), Hooks(begun=lambda: played.play("begin")))
        takes = []
        thread = threading.Thread(target=lambda: takes.append(capture.run()))
        thread.start()
        until("the first is heard", lambda: capture.audio.peak > 1000)
        for kind in KINDS:
            before = capture.audio.seconds
            played.play(kind)
            until("it is over", lambda before=before: capture.audio.seconds > before + 0.4)
        capture.stop()
        thread.join(5)
    [recording] = takes
    samples = np.frombuffer(capture.audio.read(0, capture.audio.samples), "<i2")
    assert tones(samples, RATE) == [
        hertz for kind in ("begin", *KINDS) for hertz, _seconds in TONES[kind] if hertz
    ]
    assert not recording.track().spoken
    assert recording.track().windows == 0


def test_asking_for_one_takes_no_time_even_where_the_sound_server_hangs(
    desktop: VirtualDesktop,
) -> None:
    played = sounds()
    (server,) = [pid for pid in desktop.processes() if program(pid) == "pulseaudio"]
    os.kill(server, signal.SIGSTOP)
    try:
        began = time.monotonic()
        for _ in range(100):
            played.play("begin")
        took = time.monotonic() - began
        until("they are stale", lambda: time.monotonic() > began + 0.6)
    finally:
        os.kill(server, signal.SIGCONT)
    began = time.monotonic()
    silent(played)
    assert took < 0.1
    assert time.monotonic() - began < 1  # the first one, and not the hundred


def test_without_a_sound_server_it_is_quiet_and_told_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    played = sounds()
    with caplog.at_level(logging.INFO, "dictation"):
        for kind in KINDS:
            played.play(kind)
        silent(played)
    [told] = [each for each in caplog.records if "sound" in each.message]
    assert told.levelno == logging.INFO


def test_an_input_stream_misses_nothing_while_they_are_played(desktop: VirtualDesktop) -> None:
    played, audio = sounds(), Audio()
    microphone = microphones.find()
    microphone.start(audio)
    until("sound", lambda: audio.samples)
    for _ in range(5):
        played.play("begin")
    silent(played)
    assert audio.first_sample_at is not None
    gone = audio.last_sample_at - audio.first_sample_at
    assert audio.seconds == pytest.approx(gone, abs=0.06)
    microphone.stop()


def test_the_app_plays_them_for_takes_that_begin_end_and_are_cancelled(
    desktop: VirtualDesktop, tmp_path: Path
) -> None:
    wav = tmp_path / "speakers.wav"
    recorder = desktop.start(
        "parecord", "--device=speakers.monitor", "--rate=16000", "--channels=1", str(wav)
    )
    chosen = {"PROVIDER": "offline", "OUTPUT": "none", "SOUNDS": "true"}
    environment = {f"DICTATION_{name}": value for name, value in chosen.items()}
    with App(desktop, **environment) as app:
        for end in ("stop", "cancel"):
            app.does("start")
            app.until("recording")
            desktop.say("hello world")
            app.does(end)
            app.until("idle")
        until("they are heard", lambda: len(heard(wav)) >= 9)
    recorder.terminate()
    recorder.wait(5)
    wanted = [TONES[kind] for kind in ("begin", "end", "done", "begin", "trouble")]
    assert heard(wav) == [hertz for parts in wanted for hertz, _seconds in parts if hertz]


def test_the_recording_of_the_apps_take_has_none_of_them(desktop: VirtualDesktop) -> None:
    chosen = {"PROVIDER": "offline", "OUTPUT": "none", "SOUNDS": "true", "SPEECH_GATE": "off"}
    environment = {f"DICTATION_{name}": value for name, value in chosen.items()}
    with heard_by_the_microphone(desktop), App(desktop, **environment) as app:
        for _ in range(2):  # the second begins just after the sounds of the first
            app.does("start")
            # The words come after what is looked at: they have these pitches in them as well.
            id_ = app.status()["take"]
            until("its beginning is on disk", lambda id_=id_: on_disk(app, id_) > 0.5)
            desktop.say("hello world")
            app.does("stop", "--wait")
        takes = app.takes()
        for take in takes:
            samples = np.frombuffer(b"".join(open_kept(Path(take["audio"])).pcm()), "<i2")
            assert take["text"]
            assert all(loudest(samples[: RATE * 2 // 5], hertz) < 12_000 for hertz in HEARD)


def on_disk(app: App, id_: str) -> float:
    """The seconds of a take that are in its recording by now."""
    paths = [Path(take["audio"]) for take in app.takes() if take["id"] == id_]
    return sum(path.stat().st_size - HEADER for path in paths if path.exists()) / 2 / RATE


def heard(wav: Path) -> list[float]:
    data = wav.read_bytes()[44:] if wav.exists() else b""
    return tones(np.frombuffer(data[: len(data) // 2 * 2], "<i2"), RATE)
