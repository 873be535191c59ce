"""How often a good transcript is doubted and a bad one is not: `python -m tests.bench.truth`.

Speech is synthesised (espeak-ng, for English flite too) from `sentences/`, one a line, after a tab
how to read it where the voice can't: Chinese in pinyin, Japanese in kana. What was read is the good
transcript; the detected speech is what Silero hears. espeak's Thai is poor: it sounds each sign, so
only its length tells something, brought to the rate of the literature by `SPEED`.

FOLDER may hold clips of people, NAME.wav with its words in NAME.txt.
"""

from __future__ import annotations

import argparse
import io
import random
import statistics
import subprocess
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from dictation.providers.prompt import EXAMPLES, RULES, STYLES
from dictation.speech import RATE, Tracks
from dictation.truth import Doubt, Paces, doubt, pace, script
from tests.test_speech import whispered

Sound = NDArray[np.int16]
VOICES = {"en": "en-us", "de": "de", "zh": "cmn-latn-pinyin", "ja": "ja", "th": "th"}
SPEED = {"en": 170, "de": 145, "zh": 180, "ja": 155, "th": 270}  # espeak's words a minute
WAYS = ("1x", "0.5x", "1.5x", "3 % loud", "whispered")
TERMS = ("Maria", "Thompson", "Neumann", "玛丽亚", "マリア", "สมชาย")
USERS, KNOWN, EACH = 3, 20, 8  # a language's users, a user's plain takes, and of each other way
SPREAD = 0.16  # of speakers' rates in logarithms, the largest that IReST found (Japanese)
KEPT = (0.75, 0.5, 0.3, 0.1)
FALSE = 0.01  # of good takes that may be doubted


@dataclass(frozen=True)
class Spoken:
    """A take whose words are known."""

    language: str
    user: int
    way: str
    text: str
    speech_seconds: float
    seconds: float

    def doubt(self, text: str, paces: Paces) -> Doubt | None:
        return doubt(
            text,
            speech_seconds=self.speech_seconds,
            seconds=self.seconds,
            prompt=(RULES, STYLES["clean"], EXAMPLES),
            keyterms=TERMS,
            paces=paces,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="clips of people")
    folder = parser.parse_args().folder
    jobs = [(language, user) for language in VOICES for user in range(USERS)]
    with ProcessPoolExecutor() as pool:
        takes = [take for found in pool.map(speak, *zip(*jobs, strict=True)) for take in found]
    good = report(takes)
    if folder:
        people(folder)
    return 0 if good else 1


def speak(language: str, user: int) -> list[Spoken]:
    """All takes of one user."""
    rng = random.Random(f"{language} {user}")
    rate, tracks, voiced = rng.lognormvariate(0, SPREAD), Tracks(), Voice(language, user)
    takes = []
    for way in WAYS:
        for _ in range(KNOWN if way == "1x" else EACH):
            text, sound = take(voiced, rate, rng, way)
            track = tracks()
            track.feed(sound.tobytes())
            seconds = track.finish().seconds
            takes.append(Spoken(language, user, way, text, seconds, len(sound) / RATE))
    return takes


def take(voiced: Voice, rate: float, rng: random.Random, way: str) -> tuple[str, Sound]:
    """Sentences with pauses, 10 to 60 s together."""
    slower = {"0.5x": 2.0, "1.5x": 1 / 1.5}.get(way, 1.0)
    target = 10 * 6 ** rng.random() / slower * RATE
    texts, parts = list[str](), list[Sound]()
    while sum(map(len, parts)) < target:
        text, reading = rng.choice(voiced.sentences)
        texts.append(text)
        parts += [voiced.say(reading, rate), np.zeros(int(rng.uniform(0.2, 1.5) * RATE), np.int16)]
    sound = np.concatenate(parts)
    if slower != 1:
        sound = stretched(sound, slower)
    if way == "3 % loud":
        sound = (sound * 0.03).astype(np.int16)
    if way == "whispered":
        sound = whispered(sound, 0.03)
    joint = "" if voiced.language in ("zh", "ja") else " "
    return joint.join(texts), sound


class Voice:
    """Speaks the sentences of a language; each sentence once."""

    def __init__(self, language: str, user: int) -> None:
        path = Path(__file__).parent / "sentences" / f"{language}.txt"
        lines = path.read_text(encoding="utf-8").splitlines()
        self.language = language
        self.sentences = [(line.split("\t")[0], line.split("\t")[-1]) for line in lines]
        self._flite = language == "en" and user % 2
        self._pitch = str(35 + 15 * user)
        self._said: dict[str, Sound] = {}

    def say(self, reading: str, rate: float) -> Sound:
        if reading not in self._said:
            speed = str(round(SPEED[self.language] * rate))
            command = ["espeak-ng", "-v", VOICES[self.language], "-s", speed, "-p", self._pitch]
            command += ["--stdout", reading]
            if self._flite:
                stretch = f"duration_stretch={1 / rate:.3f}"
                command = ["flite", "--setf", stretch, "-t", reading, "-o", "/dev/stdout"]
            done = subprocess.run(command, check=True, capture_output=True)
            wave, hertz = soundfile.read(io.BytesIO(done.stdout), dtype="int16")
            self._said[reading] = soxr.resample(wave, hertz, RATE)
        return self._said[reading]


def stretched(sound: Sound, slower: float) -> Sound:
    """The same voice, that much slower: windows are laid further apart, each where it fits best."""
    size, hop, reach = 640, 320, 160
    wave = np.pad(sound.astype(float), (reach, size + 2 * reach + hop))
    count = int(len(sound) * slower) // hop
    out, window = np.zeros(count * hop + size), np.hanning(size)
    following = wave[reach : reach + size]
    for index in range(count):
        start = min(int(index * hop / slower), len(sound))
        around = wave[start : start + size + 2 * reach]
        shift = int(np.argmax(np.correlate(around, following, "valid")))
        out[index * hop : index * hop + size] += around[shift : shift + size] * window
        at = start + shift + hop
        following = wave[at : at + size]
    return np.clip(out, -32768, 32767).astype(np.int16)


def report(takes: Sequence[Spoken]) -> bool:
    """Prints the figures; whether few enough good takes are doubted."""
    own = {
        key: Paces.of(
            (take.text, take.speech_seconds)
            for take in takes
            if (take.language, take.user, take.way) == (*key, "1x")
        )
        for key in {(take.language, take.user) for take in takes}
    }
    fixed = Paces()
    print("characters a second of detected speech, median (least, most)")
    for language in VOICES:
        print(f"  {language}", *(f" {way} {_paces(takes, language, way)}" for way in WAYS))
    good = True
    for name in ("fixed", "own"):
        paces = {key: fixed if name == "fixed" else own[key] for key in own}
        print(f"\n{name} medians   good takes doubted by way, all | bad takes caught")
        for language in VOICES:
            mine = [take for take in takes if take.language == language]
            marks = Counter(
                take.way for take in mine if take.doubt(take.text, paces[take.language, take.user])
            )
            good = good and marks.total() <= FALSE * len(mine)
            ways = "  ".join(f"{way} {marks[way]}" for way in WAYS)
            print(f"  {language}  {ways}  all {marks.total()} of {len(mine)}", end=" | ")
            plain = [take for take in mine if take.way in ("1x", "3 % loud", "whispered")]
            rng = random.Random(language)
            for kept in KEPT:
                caught = _caught(plain, paces, [_cut(take.text, kept) for take in plain])
                print(f"kept {kept:.0%} {caught:.0%}", end="  ")
            print(f"looped {_caught(plain, paces, [_looped(t.text, rng) for t in plain]):.0%}")
    good = simulated() and good
    print("\nat most 1 % doubted:", "met" if good else "missed")
    return good


def simulated() -> bool:
    """Many more speakers than a voice gives: rates around the usual ones of the literature."""
    rng, good = random.Random(1), True
    print(f"\nsimulated speakers, rates spread log-normally by {SPREAD}, takes by 0.1")
    for language in VOICES:
        voiced = Voice(language, 0)
        marks, total = Counter[str](), 0
        for _ in range(400):
            rate = rng.lognormvariate(0, SPREAD)
            paces = Paces.of(_said(voiced, rate, 1.0, rng) for _ in range(KNOWN))
            for slower in (1.0, 2.0, 1 / 1.5):
                text, seconds = _said(voiced, rate, slower, rng)
                for name, used in (("fixed", Paces()), ("own", paces)):
                    found = doubt(text, speech_seconds=seconds, seconds=seconds, paces=used)
                    marks[name] += found is not None
                total += 1
        good = good and max(marks["fixed"], marks["own"]) <= FALSE * total
        rates = (f"{name} {marks[name] / total:.2%}" for name in ("fixed", "own"))
        print(f"  {language} doubted:", *rates, f"of {total}")
    return good


def _said(voiced: Voice, rate: float, slower: float, rng: random.Random) -> tuple[str, float]:
    """Some sentences and the seconds that they take."""
    chosen = [rng.choice(voiced.sentences)[0] for _ in range(rng.randint(4, 12))]
    text = " ".join(chosen)
    usual = {"en": 16.5, "de": 15.3, "zh": 4.3, "ja": 6.0, "th": 14.0}[voiced.language]
    return text, pace(text, 1) / usual / rate * slower * rng.lognormvariate(0, 0.1)


def people(folder: Path) -> None:
    """Prints the pace of each clip, and of all together."""
    tracks, texts, total = Tracks(), list[str](), 0.0
    for path in sorted(folder.glob("*.wav")):
        wave, hertz = soundfile.read(path, dtype="int16")
        sound = soxr.resample(wave, hertz, RATE)
        text = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
        track = tracks()
        track.feed(sound.tobytes())
        seconds = track.finish().seconds
        found = doubt(text, speech_seconds=seconds, seconds=len(sound) / RATE)
        print(f"{path.name}: {seconds:.1f} s of speech, {pace(text, seconds):.1f}/s, {found}")
        texts, total = [*texts, text], total + seconds
    joint = " ".join(texts)
    found = doubt(joint, speech_seconds=total, seconds=total)
    print(f"all: {total:.1f} s of speech, {pace(joint, total):.1f}/s, {found}")


def _paces(takes: Sequence[Spoken], language: str, way: str) -> str:
    found = [
        pace(take.text, take.speech_seconds)
        for take in takes
        if (take.language, take.way) == (language, way)
    ]
    return f"{statistics.median(found):.1f} ({min(found):.1f}, {max(found):.1f})"


def _caught(
    takes: Sequence[Spoken], paces: dict[tuple[str, int], Paces], texts: Sequence[str]
) -> float:
    found = [
        take.doubt(text, paces[take.language, take.user])
        for take, text in zip(takes, texts, strict=True)
    ]
    return sum(each is not None for each in found) / len(found)


def _cut(text: str, kept: float) -> str:
    return text[: round(len(text) * kept)]


def _looped(text: str, rng: random.Random) -> str:
    """A text that stops somewhere and goes on with its last words over and over."""
    spaced = script(text) == "Latin"
    words, joint = (text.split(), " ") if spaced else (list(text), "")
    stop = rng.randint(len(words) // 4, len(words))
    least = {"Latin": 3, "Thai": 12}.get(script(text), 6)
    unit = words[:stop][-rng.randint(least, 3 * least) :]
    return joint.join(words[:stop] + unit * rng.randint(4, 20))


if __name__ == "__main__":
    raise SystemExit(main())
