"""`dictation record`: from the microphone, without the app and without Qt; works over ssh."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

from dictation import microphones, settings
from dictation.audio import Recording
from dictation.capture import Capture, Hooks, Limits
from dictation.cli import tell
from dictation.commands.flags import RECORDING, SENDING, add_settings, given
from dictation.errors import DictationError, NoSpeech, StorageError, UsageError
from dictation.history import History
from dictation.i18n import _, number
from dictation.paths import places
from dictation.recordings import HALF, WavWriter, close_up
from dictation.takes import Status, Take, begin
from dictation.truth import Experience
from dictation.wiring import Wiring

NAMED = "Free some space, or name a file to keep it in: `--output FILE.wav`."
SILENCE = 2.0  # seconds after the last word at which --until-silence ends


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--seconds", type=float, metavar="N", help="end after N seconds")
    parser.add_argument("--until-silence", action="store_true", help="end after the last word")
    parser.add_argument("--output", type=Path, metavar="FILE.wav", help="keep the recording there")
    parser.add_argument("--transcribe", action="store_true", help="print the text")
    add_settings(parser, (*RECORDING, *SENDING))


def run(args: argparse.Namespace) -> int:
    """Records until Enter, Ctrl+C, a time or silence; the sound is on disk from the start."""
    if args.seconds is not None and not args.seconds > 0:  # nan is not, either
        raise UsageError(
            _("--seconds {seconds}: this is more than 0.").format(seconds=number(args.seconds))
        )
    if args.output is not None and not args.output.absolute().parent.is_dir():
        raise UsageError(_("{output}: there is no such folder.").format(output=args.output))
    if args.output is not None and args.output.is_dir():
        raise UsageError(
            _("{output}: this is a folder; name a file in it.").format(output=args.output)
        )
    chosen, problems = settings.load(places().settings, flags=given(args))
    for problem in problems:
        tell(problem)
    with closing(_history()) as history:
        return _record(history, chosen, args)


def _history() -> History:
    """The history; where the disk refuses it, one in memory: what is said now matters more."""
    try:
        return History(places().history, places().recordings)
    except StorageError as error:
        tell(error)
        return History(None, places().recordings)


def _record(history: History, chosen: settings.Settings, args: argparse.Namespace) -> int:
    take = begin()
    take = replace(take, audio=str(places().recordings / f"{take.id}.wav"))
    _put(history, take)
    longest = chosen.max_minutes * 60
    with _Journal(history, take) as journal:
        capture = Capture(
            lambda: microphones.find(chosen.microphone),
            Limits(min(args.seconds or longest, longest), SILENCE if args.until_silence else None),
            Hooks(
                opened=lambda name: print(
                    f"recording from {name}: Enter or Ctrl+C ends it", file=sys.stderr
                ),
                journal=journal.append,
                changed=lambda name: print(f"recording from {name} now", file=sys.stderr),
                told=lambda trouble: print(trouble, file=sys.stderr),
            ),
        )
        _stop_by_user(capture)
        try:
            recording = capture.run()
        except DictationError as error:
            _put(history, _failed(take, capture.audio.seconds, error))
            raise
        except KeyboardInterrupt:
            _put(history, replace(take, status="cancelled", seconds=capture.audio.seconds))
            raise
    capture.stop()  # over, however it ended: the next Ctrl+C gives up
    whole = journal.complete(recording)
    take = replace(take, seconds=whole, status="kept", notes=capture.notes)
    _put(history, take)
    for note in capture.notes:
        print(note, file=sys.stderr)
    if args.output is not None:
        _write(recording, args.output)
    if args.transcribe:
        try:
            print(_text(recording, chosen), flush=True)  # before the recording may go
        except DictationError as error:
            _put(history, _failed(take, take.seconds, error))
            raise
    if args.output is not None or args.transcribe:
        history.delete([take])  # the user has it already
    elif not history.on_disk or whole < recording.seconds - 0.01:
        raise StorageError(_("The recording could not be kept."), hint=NAMED)
    else:
        print(take.id)
    if capture.fault:
        raise capture.fault
    return 0


def _put(history: History, take: Take) -> None:
    """Writes the row; a disk that refuses it is told of, and stops nothing."""
    try:
        history.put(take)
    except StorageError as error:
        tell(error)


class _Journal:
    """Where the sound goes while it is spoken: a file, or memory alone where the disk refuses."""

    def __init__(self, history: History, take: Take) -> None:
        self._path = Path(take.audio or "")
        self._writer: WavWriter | None = None
        self._told = not history.on_disk  # it was told of already
        try:
            self._writer = WavWriter(history.recording(take.id))
        except (OSError, StorageError) as error:
            self._broke(error)

    def __enter__(self) -> _Journal:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._writer:
            self._writer.close()

    def append(self, pcm: bytes) -> None:
        """Writes more; what the disk refuses is told once, and the recording goes on in memory."""
        try:
            if self._writer and self._writer.append(pcm):
                self._writer.sync()
        except OSError as error:
            self._broke(error)

    def complete(self, recording: Recording) -> float:
        """Writes all of it anew where a part was refused; the seconds that the disk has then."""
        if self._writer:
            self._writer.sync()
            return recording.seconds
        half = self._path.with_name(self._path.name + HALF)
        try:
            with WavWriter(half) as file:
                for block in recording.pcm():
                    file.append(block)
            half.replace(self._path)
        except OSError as error:
            with suppress(OSError):
                half.unlink(missing_ok=True)
            self._broke(error)
            return close_up(self._path) or 0.0 if self._path.exists() else 0.0
        return recording.seconds

    def _broke(self, error: OSError | StorageError) -> None:
        if self._writer:
            self._writer.close()  # a gap would make all that follows worthless
        self._writer = None
        if not self._told:
            told = error if isinstance(error, StorageError) else None
            tell(told or StorageError(f"{error.strerror}."))  # type: ignore[union-attr]
        self._told = True


def _stop_by_user(capture: Capture) -> None:
    """Enter and the first Ctrl+C end the recording; a later Ctrl+C gives up."""

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if capture.stopped:
            raise KeyboardInterrupt
        capture.stop()

    def wait_for_enter() -> None:
        # Not by `sys.stdin`: its lock, held by a thread that waits, is fatal to Python's exit.
        while typed := os.read(0, 1024):  # the end of an input that nobody types ends nothing
            if b"\n" in typed:
                capture.stop()
                return

    signal.signal(signal.SIGINT, interrupted)
    if sys.stdin:
        threading.Thread(target=wait_for_enter, name="enter", daemon=True).start()


def _text(recording: Recording, chosen: settings.Settings) -> str:
    track = recording.track()
    if chosen.speech_gate == "auto":
        if not track.spoken:
            raise NoSpeech(
                _("No one spoke in {seconds} s.").format(seconds=number(recording.seconds, 1))
            )
        recording = replace(recording, stop=track.end)
    work = Wiring(places())
    work.purse.tell(partial(print, file=sys.stderr))
    transcript = work.transcribe(recording, chosen, experience=Experience())
    for told in filter(None, (transcript.note, transcript.doubt)):
        print(told, file=sys.stderr)
    return transcript.text


def _failed(take: Take, seconds: float, error: DictationError) -> Take:
    status: Status = "waiting" if error.waits else "failed"
    status = "no_speech" if isinstance(error, NoSpeech) else status
    return replace(take, status=status, seconds=seconds, error=error.as_json())


def _write(recording: Recording, output: Path) -> None:
    try:
        with output.open("wb") as file:
            file.writelines(recording.encoded(("wav",)).blocks())
            file.flush()
            os.fsync(file.fileno())  # before the other copy goes
    except OSError as error:
        raise UsageError(
            f"{output}: {error.strerror}.", hint=_("It is kept in the history.")
        ) from error
