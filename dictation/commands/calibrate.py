"""`dictation calibrate`: a recording and what is said in it, tried on several models."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from dictation import settings, transcription
from dictation.audio import Speech
from dictation.audio_files import open_audio
from dictation.calibration.candidates import Candidate, Offer, estimate, offers
from dictation.calibration.results import Outcome, Row, ranked, row
from dictation.calibration.running import Run
from dictation.cli import tell
from dictation.commands.flags import SENDING, add_settings, given
from dictation.errors import Interrupted, UsageError
from dictation.i18n import _
from dictation.lanes import fulfil, spawn
from dictation.paths import places
from dictation.wiring import Wiring

ASKED = tuple(name for name in SENDING if name not in ("model", "openrouter_endpoint"))


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a recording")
    parser.add_argument(
        "--text", type=Path, required=True, metavar="PATH", help="a file with what is said in it"
    )
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="[PROVIDER:]MODEL",
        help="one to try; may be given several times [the preferred ones that are in reach]",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_settings(parser, ASKED)


def run(args: argparse.Namespace) -> int:
    """Prints the table, the best first; the first failure's code where nobody answered."""
    chosen, problems = settings.load(places().settings, flags=given(args))
    for problem in problems:
        tell(problem)
    said = _said(args.text)
    speech = open_audio(args.file)
    work = Wiring(places())
    tried = _tried(args.model, chosen, work)
    usd, unknown = estimate(tried, speech.seconds)
    more = f", and {unknown} with no known price" if unknown else ""
    print(f"trying {len(tried)} for about ${usd:.4f}{more}", file=sys.stderr)
    crashes, done = list[Exception](), list[Outcome]()

    def changed(outcome: Outcome) -> None:
        if outcome.state not in ("waiting", "asked"):
            done.append(outcome)
            count = f"{len(done)} of {len(tried)}"
            print(f"{count}: {outcome.candidate} {outcome.state}", file=sys.stderr)

    _ran(Run(tried, work.asking(chosen, crashes.append), changed), speech)
    if crashes:
        raise crashes[0]
    rows = ranked(row(outcome, said, chosen.language) for outcome in done)
    if args.json:
        print(json.dumps([each.as_json() for each in rows], ensure_ascii=False))
    else:
        for each in rows:
            print(_line(each))
    errors = [each.outcome.error for each in rows]
    answered = any(each.compared is not None for each in rows)
    return 0 if answered or not errors[0] else int(errors[0]["code"])


def _said(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UsageError(f"{path}: {why}.", hint=_("Name a file with the words.")) from error
    if not text.strip():
        raise UsageError(
            _("{path} is empty.").format(path=path), hint=_("Write into it what is said.")
        )
    return text


def _tried(named: Sequence[str], chosen: settings.Settings, work: Wiring) -> list[Offer]:
    """The models named, else the usual ones."""
    services = work.services(chosen)
    found, troubles = offers(chosen, services, chosen.language)
    if not named:
        for trouble in troubles:
            tell(trouble)
        usual = [offer for offer in found if offer.usual]
        if not usual:
            raise UsageError(
                _("No model is in reach."), hint=_("Name one: `--model openrouter:NAME`.")
            )
        return usual
    in_force = transcription.provider_of(chosen, work.keys)
    known = {offer.candidate: offer for offer in found}
    return [known.get(one, Offer(one, None)) for one in (_candidate(n, in_force) for n in named)]


def _candidate(name: str, in_force: str) -> Candidate:
    provider, _colon, model = name.partition(":")
    if provider == "offline" or (provider in transcription.BASES and model):
        return Candidate(provider, model)
    return Candidate("openrouter" if in_force == "offline" else in_force, name)


def _ran(trial: Run, speech: Speech) -> None:
    """Waits for the run's end; Ctrl+C gives it up."""
    over: Future[None] = Future()
    spawn("calibration run", lambda: fulfil(over, lambda: trial.run(speech)), over.set_exception)
    try:
        over.result()
    except KeyboardInterrupt:
        trial.cancel()
        raise


def _line(each: Row) -> str:
    outcome, found = each.outcome, each.compared
    if found is None:
        error = outcome.error or Interrupted("").as_json()
        return f"{'-':>7}  {'-':>8}  {'-':>9}  {outcome.candidate}: {error['title']}"
    about = "~" if outcome.by_list else ""
    price = f"{about}${outcome.cost_usd:.4f}" if outcome.cost_usd else "free"
    price = "?" if outcome.cost_usd is None else price
    counted = f"{found.errors} of {found.words}"
    return (
        f"{found.rate:7.1%}  {outcome.seconds:6.2f} s  {price:>9}  {outcome.candidate}: {counted}"
    )
