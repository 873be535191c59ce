"""`dictation history`: list, show, search, retry, accept, export, delete; without an app, too."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from dictation import exporting, settings
from dictation.audio_files import open_kept
from dictation.cli import tell
from dictation.commands.flags import SENDING, add_settings, given
from dictation.control import running
from dictation.errors import DictationError, UsageError
from dictation.history import History
from dictation.history.hearings import at_rest
from dictation.history.recovery import recover
from dictation.i18n import _
from dictation.paths import places
from dictation.takes import Status, Take
from dictation.wiring import Wiring


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    names = "list|show|search|retry|accept|export|delete"
    what = parser.add_subparsers(dest="what", required=True, metavar=names)
    listing = what.add_parser("list", help="the takes, newest first")
    search = what.add_parser("search", help="the takes whose text has all these words")
    search.add_argument("words", nargs="+", help="words, or how they begin")
    for each in (listing, search):
        each.add_argument("--json", action="store_true", help="as JSON")
        each.add_argument("--limit", type=int, default=-1, metavar="N", help="the newest N alone")
    show = what.add_parser("show", help="one take; its id, the beginning of it, or `last`")
    show.add_argument("id")
    show.add_argument("--json", action="store_true", help="the whole record")
    retry = what.add_parser("retry", help="send the recording again and print the text")
    retry.add_argument("id")
    retry.add_argument("--json", action="store_true", help="print the whole record")
    add_settings(retry, SENDING)
    accept = what.add_parser("accept", help="a doubted text is right: doubt none like it again")
    accept.add_argument("id")
    export = what.add_parser("export", help="all takes, oldest first, or those named")
    export.add_argument("id", nargs="*", help="of a take; without one, all are exported")
    form = export.add_mutually_exclusive_group()
    form.add_argument("--format", choices=exporting.FORMS, default="txt", help="[txt]")
    form.add_argument("--json", action="store_const", const="json", dest="format", help="as JSON")
    export.add_argument(
        "--output",
        type=Path,
        metavar="PATH",
        help="a file instead of stdout; a folder for srt and wav",
    )
    delete = what.add_parser("delete", help="remove recordings and texts for good")
    delete.add_argument("id", nargs="+")
    delete.add_argument("--json", action="store_true", help="the ids removed, as JSON")


def run(args: argparse.Namespace) -> int:
    """Reads or changes the history."""
    with _opened() as history:
        _run(history, args)
    return 0


@contextmanager
def _opened() -> Iterator[History]:
    alone = not running(places())  # else what the app is doing would look interrupted
    with closing(History(places().history, places().recordings, alone=alone)) as history:
        for told in history.told:
            tell(told)
        if alone:
            recover(history)
        yield history


def _run(history: History, args: argparse.Namespace) -> None:
    match args.what:
        case "list":
            _print(history.newest(args.limit), json_=args.json)
        case "search":
            _print(history.search(" ".join(args.words), args.limit), json_=args.json)
        case "show":
            take = history.get(args.id)
            print(json.dumps(take.as_json(), ensure_ascii=False) if args.json else _whole(take))
        case "retry":
            take = _retry(history, at_rest(history.get(args.id)), given(args))
            print(json.dumps(take.as_json(), ensure_ascii=False) if args.json else take.text)
        case "accept":
            history.accept(history.get(args.id))
        case "export":
            _export(history, args)
        case "delete":
            takes = [at_rest(history.get(id_)) for id_ in args.id]
            history.delete(takes)
            if args.json:
                print(json.dumps([take.id for take in takes]))


def _print(takes: Sequence[Take], *, json_: bool) -> None:
    if json_:
        print(json.dumps([take.as_json() for take in takes], ensure_ascii=False))
    else:
        for take in takes:
            print(line(take))


def line(take: Take) -> str:
    """A take in one line."""
    words = " ".join(take.text.split()) or (take.error or {}).get("title", "")
    return f"{take.id}  {take.status:<11}  {take.seconds:6.1f} s  {words}"


def _whole(take: Take) -> str:
    rows = [line(take), f"started   {take.started_at}"]
    if take.provider:
        rows.append(f"by        {take.provider} {take.model}")
    if take.sent_to:
        rows.append(f"sent to   {', '.join(take.sent_to)}")
    if take.cost_usd is not None:
        rows.append(f"cost      {take.cost_usd:.6f} USD")
    if take.audio:
        rows.append(f"recording {take.audio}")
    if take.error:
        rows.append(f"error     {take.error['title']}: {take.error['message']}")
    if take.doubt:
        rows.append(f"doubt     {take.doubt}")
    rows += [f"note      {note}" for note in take.notes]
    return "\n".join([*rows, "", take.text] if take.text else rows)


def _retry(history: History, take: Take, flags: dict[str, str]) -> Take:
    if not take.audio:
        raise UsageError(
            _("{id} has no recording any more.").format(id=take.id),
            hint=_("`dictation history show {id}` prints the text, where there is one.").format(
                id=take.id
            ),
        )
    chosen, problems = settings.load(places().settings, flags=flags)
    for problem in problems:
        tell(problem)
    if history.claim(take.id, take.status) is None:
        raise UsageError(
            _("{id} is being sent already.").format(id=take.id), hint=_("Wait for its end.")
        )
    status: Status = take.status
    work = Wiring(places())
    work.purse.tell(partial(print, file=sys.stderr))
    try:
        speech, experience = open_kept(Path(take.audio)), history.experience().of(take.speech)
        transcript = work.transcribe(speech, chosen, experience=experience)
    except DictationError as error:
        if take.wordless:  # what was delivered once has not failed
            status = "waiting" if error.waits else "failed"
            drafted = take.heard(error.draft) if error.draft else take
            history.change(replace(drafted, status=status, error=error.as_json()))
        raise
    except BaseException:  # given up: it is as it was
        history.change(take)
        raise
    kept = take.heard(transcript)
    if take.status == "delivered":  # it was, and what is new is printed
        kept = replace(kept, status="delivered")
    history.change(kept)
    for note in (transcript.note, transcript.doubt):
        if note:
            print(note, file=sys.stderr)
    return kept


def _export(history: History, args: argparse.Namespace) -> None:
    form, output = args.format, args.output
    wanted = [history.get(id_) for id_ in args.id] if args.id else history.newest()[::-1]
    if output is not None:
        made = exporting.export(wanted, form, output)
        if form in exporting.SINGLE:
            print(*made, sep="\n")
        return
    if form == "wav" or (form == "srt" and len(wanted) != 1):
        raise UsageError(
            _("{form} makes a file for each take.").format(form=form),
            hint=_("Name a folder for them: `--output FOLDER`."),
        )
    print(exporting.TEXTS[form](wanted), end="")
