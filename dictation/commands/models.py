"""`dictation models`: the models that hear, with price, context and date."""

from __future__ import annotations

import argparse
import json
from typing import Any

from dictation import prices, settings
from dictation.cli import tell
from dictation.commands.flags import add_settings, given
from dictation.listing import Listing, Model
from dictation.paths import places
from dictation.wiring import Wiring


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.description = (
        "Columns: model, endpoint, about what a minute of speech costs in US dollars, context in "
        "tokens, date. * is in force, + would be if none were named; - is not told by the server."
    )
    parser.add_argument("--refresh", action="store_true", help="ask the server, not the cache")
    parser.add_argument("--json", action="store_true", help="as JSON")
    network = ("proxy", "ca_file", "allow_plain_http", "timeout")
    add_settings(parser, ("provider", "base_url", *network))


def run(args: argparse.Namespace) -> int:
    """Lists them with about what a minute of speech costs, the one in force marked."""
    chosen, problems = settings.load(places().settings, flags=given(args))
    for problem in problems:
        tell(problem)
    listing = Wiring(places()).models(chosen, refresh=args.refresh)
    if args.json:
        print(json.dumps([_row(entry, listing) for entry in listing.models], ensure_ascii=False))
        return 0
    for entry in listing.models:
        mark = "*" if entry.id == listing.taken else "+" if entry.id == listing.usual else " "
        context = f"{entry.context_length:,}" if entry.context_length else "-"
        price = prices.in_words(entry.usd_per_minute) or "-"
        print(
            f"{mark} {entry.id:<45} {entry.endpoint:<14} {price:>9} {context:>9} "
            f"{entry.date or '-':<10}"
        )
    return 0


def _row(entry: Model, listing: Listing) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.name,
        "endpoint": entry.endpoint,
        "price_per_minute_usd": entry.usd_per_minute,
        "context_length": entry.context_length,
        "created": entry.created,
        "date": entry.date,
        "effort": entry.effort,
        "taken": entry.id == listing.taken,
        "usual": entry.id == listing.usual,
    }
