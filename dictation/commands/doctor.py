"""`dictation doctor`: every part, its verdict and its fix."""

from __future__ import annotations

import argparse
import json

from dictation import desktop, doctor, settings
from dictation.cli import tell
from dictation.commands.flags import add_settings, given
from dictation.paths import places
from dictation.wiring import Wiring


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--probe",
        action="store_true",
        help="send the last short recording twice, to learn whether it can be sent while you speak",
    )
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Exit code 0 where dictation can work, 1 where it can't."""
    chosen, problems = settings.load(places().settings, flags=given(args))
    findings = []
    wiring = Wiring(places())
    for finding in doctor.examine(wiring, chosen, desktop.detect(), probe=args.probe):
        findings.append(finding)
        if not args.json:
            print(finding, flush=True)
    healthy = doctor.healthy(findings)
    if args.json:
        parts = [finding.as_json() for finding in findings]
        wrong = [problem.as_json() for problem in problems]
        print(json.dumps({"works": healthy, "parts": parts, "settings": wrong}, ensure_ascii=False))
        return 0 if healthy else 1
    for problem in problems:
        tell(problem)
    return 0 if healthy else 1
