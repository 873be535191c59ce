"""PocketSphinx in a process of its own: it holds the interpreter's lock, and would freeze windows.

Run by its path, so that nothing else of the program is loaded here. In: pieces of 16 kHz mono
PCM16, each after its length in four bytes. Out: a line of JSON for each, `{"text": …}`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from queue import Empty, SimpleQueue

UNUSED = 60.0  # seconds without a piece after which the process ends


def take_in(pieces: SimpleQueue[bytes]) -> None:
    """Queues the pieces as they come; whoever closes the pipe, or dies, ends the process."""
    source = sys.stdin.buffer
    while len(size := source.read(4)) == 4:
        pieces.put(source.read(int.from_bytes(size, "big")))
    os._exit(0)


def say(**answer: str) -> None:
    """Writes one answer."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main(unused: float) -> None:
    """Answers piece after piece."""
    pieces: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=take_in, args=(pieces,), daemon=True).start()
    try:
        from pocketsphinx import Decoder

        decoder = Decoder(samprate=16000, loglevel="FATAL")
    except (ImportError, RuntimeError) as error:
        return say(error=str(error))
    while True:
        try:
            pcm = pieces.get(timeout=unused)
        except Empty:
            os._exit(0)  # the thread above is still reading: a plain end would wait for it
        # What was learnt of the last piece's loudness must not colour this one: 10 in 100 words.
        decoder.reinit_feat()
        decoder.start_utt()
        decoder.process_raw(pcm, full_utt=True)
        decoder.end_utt()
        heard = decoder.hyp()
        say(text=heard.hypstr if heard else "")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else UNUSED)
