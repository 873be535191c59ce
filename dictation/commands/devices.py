"""`dictation devices`: the microphones, the default marked."""

from __future__ import annotations

import argparse
import json

from dictation import microphones


def add(parser: argparse.ArgumentParser) -> None:
    """The command's options."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace) -> int:
    """Lists them."""
    found = microphones.devices()
    if args.json:
        rows = [
            {"name": device.name, "default": device.default, "bluetooth": device.bluetooth}
            for device in found
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for device in found:
        note = "   (Bluetooth: taken only when named or alone)" if device.bluetooth else ""
        print(f"{'*' if device.default else ' '} {device.name}{note}")
    return 0
