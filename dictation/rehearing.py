"""An old take's recording sent once more: for its text where it has none, else beside its text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dictation.archive import Archive
from dictation.audio import Speech
from dictation.audio_files import open_kept
from dictation.errors import DictationError, UsageError
from dictation.history import History
from dictation.history.hearings import also_heard
from dictation.i18n import _
from dictation.settings import Settings
from dictation.takes import Status, Take
from dictation.truth import Experience
from dictation.values import Transcript, Watch

OFFLINE = "offline"
Transcribe = Callable[[Speech, Settings, Watch, Experience], Transcript]


def by_model(settings: Settings, model: str, in_force: str) -> Settings:
    """The settings under which this model alone is asked, "offline" being the basic recogniser.

    `in_force` is the provider that the settings come to: models are its own, or OpenRouter's where
    it has none.
    """
    alone = replace(settings, fallback=())
    if model == OFFLINE:
        return replace(alone, provider=OFFLINE, model="", base_url="")
    provider = "openrouter" if in_force == OFFLINE else in_force
    base_url = "" if in_force == OFFLINE else settings.base_url
    return replace(alone, provider=provider, model=model, base_url=base_url)


class Rehearing:
    """Sends takes of the archive again; what comes back goes into the history and nowhere else."""

    def __init__(self, archive: Archive, transcribe: Transcribe) -> None:
        self._archive, self._transcribe = archive, transcribe

    def hear(self, id_: str, settings: Settings, given_up: Callable[[], bool]) -> Take:
        """The take with what was heard; waits for it, so not on the main thread.

        Raises UsageError where it is gone, under way or without a recording, else what sending
        raises; Cancelled once it was `given_up`. Whatever fails, a text that is there stays.
        """

        def claim(history: History) -> tuple[Take | None, Experience]:
            return history.claim(id_), history.experience()

        take, experience = self._archive.ask(claim).result()
        if take is None:
            raise UsageError(_("It is being sent already."), hint=_("Wait for its end."))
        if take.audio is None:
            raise UsageError(
                _("Its recording is not there any more."),
                hint=_("`keep_audio_days` and `keep_audio_gb` tell how long they are kept."),
            )
        try:
            speech = open_kept(Path(take.audio))
            watch = Watch(cancelled=given_up)
            heard = self._transcribe(speech, settings, watch, experience.of(take.speech))
        except DictationError as error:
            self._put_back(take, error, given_up=given_up())
            raise
        except BaseException:
            self._put_back(take, None, given_up=True)
            raise
        if not take.wordless:
            return self._archive.ask(lambda history: also_heard(history, id_, heard)).result()
        kept = take.heard(heard)
        self._archive.alter(lambda history: history.change(kept)).result()
        return kept

    def _put_back(self, take: Take, error: DictationError | None, *, given_up: bool) -> None:
        """As it was, but for who got the sound; a take without a text tells why it has none."""
        back = take
        if error:
            sent = tuple(dict.fromkeys((*take.sent_to, *error.sent_to)))
            back = replace(take, sent_to=sent)
        if error and take.wordless and not given_up:
            status: Status = "waiting" if error.waits else "failed"
            drafted = back.heard(error.draft) if error.draft else back
            back = replace(drafted, status=status, error=error.as_json())
        if take.wordless or back != take:
            self._archive.alter(lambda history: history.change(back)).result()
