"""`dictation history`: list, show, retry, delete; works with and without a running app."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from dictation import settings
from dictation.cli import tell
from dictation.commands.flags import SENDING, add_settings, given
from dictation.errors import DictationError, KeyLocked, UsageError
from dictation.history import History
from dictation.paths import places
from dictation.takes import Status, Take
from dictation.wiring import Wiring


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    what = parser.add_subparsers(dest="what", required=True, metavar="list|show|retry|delete")
    listing = what.add_parser("list", help="the takes, newest first")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.add_argument("--limit", type=int, default=-1, metavar="N", help="the newest N alone")
    show = what.add_parser("show", help="one take; its id, the beginning of it, or `last`")
    show.add_argument("id")
    show.add_argument("--json", action="store_true", help="the whole record")
    retry = what.add_parser("retry", help="send the recording again and print the text")
    retry.add_argument("id")
    add_settings(retry, SENDING)
    what.add_parser("delete", help="remove recordings and texts").add_argument("id", nargs="+")


def run(args: argparse.Namespace) -> int:
    """Reads or changes the history."""
    with closing(History(places().history, places().recordings)) as history:
        _run(history, args)
    return 0


def _run(history: History, args: argparse.Namespace) -> None:
    match args.what:
        case "list":
            takes = history.newest(args.limit)
            if args.json:
                print(json.dumps([take.as_json() for take in takes], ensure_ascii=False))
            else:
                for take in takes:
                    print(line(take))
        case "show":
            take = history.get(args.id)
            print(json.dumps(take.as_json(), ensure_ascii=False) if args.json else _whole(take))
        case "retry":
            _retry(history, history.get(args.id), given(args))
        case "delete":
            history.delete([history.get(id_) for id_ in args.id])


def line(take: Take) -> str:
    """A take in one line."""
    words = " ".join(take.text.split()) or (take.error or {}).get("title", "")
    return f"{take.id}  {take.status:<11}  {take.seconds:6.1f} s  {words}"


def _whole(take: Take) -> str:
    rows = [line(take), f"started   {take.started_at}"]
    if take.provider:
        rows.append(f"by        {take.provider} {take.model}")
    if take.cost_usd is not None:
        rows.append(f"cost      {take.cost_usd:.6f} USD")
    if take.audio:
        rows.append(f"recording {take.audio}")
    if take.error:
        rows.append(f"error     {take.error['title']}: {take.error['message']}")
    return "\n".join([*rows, "", take.text] if take.text else rows)


def _retry(history: History, take: Take, flags: dict[str, str]) -> None:
    if not take.audio or not Path(take.audio).exists():
        raise UsageError(
            f"{take.id} has no recording any more.",
            hint=f"`dictation history show {take.id}` prints the text, where there is one.",
        )
    chosen, problems = settings.load(places().settings, flags=flags)
    for problem in problems:
        tell(problem)
    work = Wiring(places())
    try:
        transcript = work.transcribe(work.open_recording(Path(take.audio)), chosen)
    except DictationError as error:
        if not take.text:  # what was delivered once has not failed
            status: Status = "waiting" if isinstance(error, KeyLocked) else "failed"
            history.put(replace(take, status=status, error=error.as_json()))
        raise
    kept = take.heard(transcript)
    history.put(kept)
    print(kept.text)
