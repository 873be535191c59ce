"""What is done to a text before it is delivered: made safe, fit for terminals, spaced.

Text from a model must not be able to run a command or to hide what it says.
"""

from __future__ import annotations

import re
import unicodedata

SEQUENCE = re.compile(
    # OSC, DCS, SOS, PM and APC carry a string up to BEL or ST. One that does not end in its line
    # loses only its opening: no words are lost with it. No opening is part of another's string,
    # so that a text of nothing but openings is looked through once.
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f\r\n]*(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, bracketed paste
    r"|\x1b[ -/]*[0-~]"
)
LINE_END = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# C0 and C1 but newline and tab, DEL; bidi embeddings, overrides, isolates and the deprecated
# controls after them; lone surrogates. The marks U+200E, U+200F and U+061C stay: right-to-left
# writing uses them and they turn nothing around. Then what shows nothing, so that words can hide
# in it: soft hyphens, zero-width spaces, fillers, the byte order mark, controls of music.
FORBIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ud800-\udfff\ufffe\uffff"
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2065\u3164\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
)
# Joiners, variation selectors and tags hide words too, but writing needs them: each stays where it
# has a meaning, and alone.
MODIFIER = r"\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff"
# Scripts whose letters change with what stands beside them: Arabic to Mandaic, India's and their
# neighbours', Myanmar's, Khmer, Mongolian.
JOINED = (
    r"\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u17d3\u1820-\u18aa\u1900-\u1bff"
    r"\ua800-\ua9df\uaa00-\uaaff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff"
)
EMOJI = r"\u2190-\u2bff\U0001f000-\U0001faff"
HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# England's, Scotland's and Wales': the only flags that are written with tags.
FLAGS = "|".join(
    "".join(chr(0xE0000 + ord(letter)) for letter in name) for name in ("gbeng", "gbsct", "gbwls")
)
NEEDED = re.compile(
    rf"((?<=[{JOINED}])[\u200c\u200d]"
    rf"|(?:(?<=[{EMOJI}])|(?<=[{EMOJI}]\ufe0f))\u200d(?=[{EMOJI}])"
    rf"|(?<=[#*0-9\u00a9\u00ae\u203c\u2049\u2100-\u3299{EMOJI}])[\ufe0e\ufe0f]"
    rf"|(?<=[\u1000-\u109f\u2200-\u2aff{HAN}])[\ufe00-\ufe02]"
    rf"|(?<=[{HAN}])[\U000e0100-\U000e01ef]"
    r"|(?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]"
    rf"|(?<=\U0001f3f4)(?:{FLAGS})\U000e007f)"
    rf"|[{MODIFIER}]"
)
MODIFIERS = re.compile(f"[{MODIFIER}]")
HALF = re.compile(r"[\ud800-\udfff]")
CLOSING = '.,;:!?…%)]}’”»"、。，．！？；：'  # what a text may begin with, unspaced
OPENING = "¿¡"  # besides the brackets, which Unicode knows
# Scripts written without spaces between words; Korean has them.
UNSPACED = re.compile(
    r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3000-\u312f\u31a0-\u9fff"
    r"\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff9f\U00020000-\U0003ffff]"
)


def safe(text: str) -> str:
    """The text without control characters, escape sequences, bidi overrides and hidden words."""
    plain = FORBIDDEN.sub("", LINE_END.sub("\n", SEQUENCE.sub("", text)))
    return NEEDED.sub(r"\1", plain) if MODIFIERS.search(plain) else plain


def whole(text: str) -> str:
    """The text as UTF-8 can carry it: halves of a character joined, those left alone taken out."""
    if not HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


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
