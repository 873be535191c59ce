"""A recording to listen to: a button, a waveform, the time. For any window that has one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dictation.audio_files import AudioFile, open_kept
from dictation.audio_files.waveform import peaks
from dictation.errors import DictationError
from dictation.i18n import _
from dictation.playback import Out, Playback, Playing, loudspeaker
from dictation.ui.errands import Errands
from dictation.ui.pieces import Trouble, Words, button
from dictation.ui.waveform import COUNT, Waveform

LOOK = 40  # ms between two looks at the position


class Player(QWidget):
    """Plays the recording that was opened last; the window pauses it while one is made."""

    def __init__(
        self,
        crash: Callable[[Exception], None],
        *,
        out: Callable[[], Out] = loudspeaker,
        play: str = _("Pla&y"),
        pause: str = _("Pa&use"),
    ) -> None:
        super().__init__()
        self._crash, self._out = crash, out
        self._errands = Errands(self, crash)
        self._words = {False: play, True: pause}
        self._playback: Playback | None = None
        self._path: Path | None = None
        self.play_button = button(play)
        self.play_button.clicked.connect(lambda _on: self.toggle())
        self.waveform = Waveform()
        self.waveform.moved.connect(self._seek)
        self.time, self.trouble = Words(), Trouble()
        self.time.setWordWrap(False)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self._show_position)
        row = QHBoxLayout()
        row.addWidget(self.play_button)
        row.addWidget(self.waveform, 1)
        row.addWidget(self.time)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.trouble)
        self.open(None)

    @property
    def plays(self) -> bool:
        """Whether it is heard just now, or about to be."""
        return self._playback is not None and self._playback.plays

    def open(self, path: Path | None) -> None:
        """Another recording, read meanwhile; None for none. The one that plays goes on."""
        if path is not None and path == self._path:
            return
        self.pause()
        self._path, self._playback = path, None
        self.trouble.tell(None)
        self._show(0.0, ())

        def read() -> tuple[AudioFile, tuple[float, ...]]:
            assert path is not None
            speech = open_kept(path)
            return speech, peaks(speech, COUNT)

        def done(found: tuple[AudioFile, tuple[float, ...]]) -> None:
            if path == self._path:
                speech, heights = found
                told = self._errands.post
                self._playback = Playback(
                    speech,
                    lambda playing: told(lambda: self._told(playing)),
                    self._crash,
                    self._out,
                )
                self._show(speech.seconds, heights)

        def failed(error: DictationError) -> None:
            if path == self._path:
                self.trouble.tell(error)

        if path is not None:
            self._errands.run("recording", read, done, failed)

    def toggle(self) -> None:
        """Plays, or pauses."""
        if self._playback is None:
            return
        if self._playback.plays:
            self.pause()
        else:
            self.trouble.tell(None)
            self._playback.play()
            self._show_button()

    def pause(self) -> None:
        """Stops where it is."""
        if self._playback is not None:
            self._playback.pause()
            self._show_position()
            self._show_button()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Nobody hears what nobody sees."""
        super().hideEvent(event)
        if not event.spontaneous():
            self.pause()

    def _told(self, playing: Playing) -> None:
        if playing.error:
            self.trouble.tell(playing.error)
        self._show_position()
        self._show_button()

    def _show(self, seconds: float, heights: tuple[float, ...]) -> None:
        there = self._playback is not None
        self.play_button.setEnabled(there)
        self.waveform.setEnabled(there)
        self.waveform.show_peaks(heights, seconds)
        self._show_button()
        self._show_position()

    def _show_button(self) -> None:
        self.play_button.setText(self._words[self.plays])
        if self.plays:
            self._timer.start()
        else:
            self._timer.stop()

    def _show_position(self) -> None:
        at = self._playback.position if self._playback else 0.0
        seconds = self._playback.seconds if self._playback else 0.0
        self.waveform.show_position(at)
        self.time.setText(_("{at} of {all}").format(at=clock(at), all=clock(seconds)))

    def _seek(self, seconds: float) -> None:
        if self._playback:
            self._playback.seek(seconds)
            self._show_position()


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are some."""
    whole = int(seconds + 0.5)
    minutes, hours = whole // 60 % 60, whole // 3600
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
