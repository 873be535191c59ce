"""What is done to a text before it is delivered: made safe, fit for terminals, spaced.

Text from a model must not be able to run a command or to hide what it says.
"""

from __future__ import annotations

import re
import unicodedata

SEQUENCE = re.compile(
    # OSC, DCS, SOS, PM and APC carry a string up to BEL or ST. One that does not end in its line
    # loses only its opening: no words are lost with it.
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, bracketed paste
    r"|\x1b[ -/]*[0-~]"
)
LINE_END = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# C0 and C1 but newline and tab, DEL; bidi embeddings, overrides, isolates and the deprecated
# controls after them; the byte order mark and lone surrogates. The marks U+200E, U+200F and
# U+061C stay: right-to-left writing uses them and they turn nothing around.
FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufeff\ud800-\udfff\ufffe\uffff]"
)
CLOSING = '.,;:!?…%)]}’”»"、。，．！？；：'  # what a text may begin with, unspaced
OPENING = "¿¡"  # besides the brackets, which Unicode knows
# Scripts written without spaces between words; Korean has them.
UNSPACED = re.compile(
    r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3000-\u312f\u31a0-\u9fff"
    r"\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff9f\U00020000-\U0003ffff]"
)


def safe(text: str) -> str:
    """The text without control characters, escape sequences and bidi overrides."""
    return FORBIDDEN.sub("", LINE_END.sub("\n", SEQUENCE.sub("", text)))


def for_terminal(text: str) -> str:
    """The text in one line: in a terminal a newline runs a command and a tab completes one."""
    return re.sub(r" *\n[ \n]*", " ", text.replace("\t", " ").strip("\n"))


def spaced(text: str, before: str) -> str:
    """The text with a space in front, where one belongs after the character `before`."""
    if not text or not before or before.isspace() or text[0].isspace():
        return text
    if before in OPENING or unicodedata.category(before) == "Ps" or text[0] in CLOSING:
        return text
    if UNSPACED.match(before) or UNSPACED.match(text):
        return text
    return f" {text}"
