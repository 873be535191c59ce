"""Linux's input devices: found, opened, followed as they come and go, and read.

With the standard library alone: a package for it would have to be compiled by the user.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

FOLDER = Path("/dev/input")
KEYS, SYNCHRONISE = 1, 0  # kinds of events
MOVES = (2, 3, 4)  # those of mice, pens and others, up to a thousand in a second
SIZE = 96  # bytes of a bit for each key
DROPPED = 3  # a synchronisation's code: events were lost
EVENT = struct.Struct("llHHi")  # seconds, microseconds, kind, code, value
AT_ONCE = 64  # events
# Programs that type for others, as these name their devices; what key mappers send is the user's.
TYPISTS = ("ydotoold virtual device", "dotool keyboard", "dotool pointer")

Event = tuple[int, int, int, float]  # kind, code, value, time.monotonic()


class Kernel(Protocol):
    """What is asked of a device. OSError where it is none."""

    def open(self, path: Path) -> int:
        """Its descriptor; reading it waits for nothing."""
        ...

    def name(self, device: int) -> str:
        """What it calls itself."""
        ...

    def codes(self, device: int) -> frozenset[int]:
        """The keys that it has."""
        ...

    def down(self, device: int) -> frozenset[int]:
        """Those that are down."""
        ...

    def prepare(self, device: int, shown: Collection[int] | None) -> None:
        """From now on its events have the time of time.monotonic(), and only keys are told: all, or
        those that are `shown`.
        """
        ...


class Linux:
    """The kernel itself, by the numbers of linux/input.h on x86 and ARM."""

    def open(self, path: Path) -> int:
        """Its descriptor; reading it waits for nothing."""
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)

    def name(self, device: int) -> str:
        """What it calls itself."""
        return self._read(device, 0x06, 256).partition(b"\0")[0].decode(errors="replace")

    def codes(self, device: int) -> frozenset[int]:
        """The keys that it has."""
        return _bits(self._read(device, 0x20 + KEYS, SIZE))

    def down(self, device: int) -> frozenset[int]:
        """Those that are down."""
        return _bits(self._read(device, 0x18, SIZE))

    def prepare(self, device: int, shown: Collection[int] | None) -> None:
        """From now on its events have the time of time.monotonic(), and only keys are told: all, or
        those that are `shown`. Before Linux 4.4 the kernel tells everything.
        """
        import ctypes
        import fcntl

        fcntl.ioctl(device, 1 << 30 | 4 << 16 | ord("E") << 8 | 0xA0, struct.pack("i", 1))
        bits = 0 if shown is None else sum(1 << code for code in shown)
        masks = dict.fromkeys(MOVES, 0) | ({} if shown is None else {KEYS: bits})
        for kind, mask in masks.items():
            held = ctypes.create_string_buffer(mask.to_bytes(SIZE, "little"), SIZE)
            asked = struct.pack("IIQ", kind, SIZE, ctypes.addressof(held))
            with contextlib.suppress(OSError):
                fcntl.ioctl(device, 1 << 30 | 16 << 16 | ord("E") << 8 | 0x93, asked)

    def _read(self, device: int, number: int, size: int) -> bytes:
        import fcntl

        return fcntl.ioctl(device, 2 << 30 | size << 16 | ord("E") << 8 | number, bytes(size))


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at the folder has found."""

    opened: list[int]
    denied: int  # devices that may not be read


class Devices:
    """The open devices that have any key of `wanted`, by their file descriptors."""

    def __init__(
        self,
        wanted: Collection[int],
        shown: Collection[int] | None = (),
        folder: Path = FOLDER,
        kernel: Kernel | None = None,
    ) -> None:
        """`shown` are the keys to hear of, None for all."""
        self._wanted, self._shown, self.folder = frozenset(wanted), shown, folder
        self._kernel = kernel or Linux()
        self._open: dict[int, Path] = {}
        self._others: set[tuple[str, int]] = set()  # without such keys

    def look(self) -> Found:
        """Opens what is new."""
        opened, denied = list[int](), 0
        here: set[tuple[str, int]] = set()
        known = set(self._open.values())
        for path in sorted(self.folder.glob("event*")):
            try:
                one = path.name, path.stat().st_ino
                here.add(one)
                if path in known or one in self._others:
                    continue
                device = self._kernel.open(path)
            except PermissionError:
                denied += 1  # perhaps only until udev has seen to it
                continue
            except OSError:
                continue  # gone again
            if self._is_ours(device):
                self._open[device] = path
                opened.append(device)
            else:
                os.close(device)
                self._others.add(one)
        self._others &= here
        return Found(opened, denied)

    def _is_ours(self, device: int) -> bool:
        try:
            if self._kernel.name(device) in TYPISTS or not self._wanted & self._kernel.codes(
                device
            ):
                return False
            self._kernel.prepare(device, self._shown)
        except OSError:
            return False
        return True

    def __iter__(self) -> Iterator[int]:
        return iter(tuple(self._open))

    def down(self, device: int) -> frozenset[int]:
        """Its keys that are down, of those that it shows. OSError where it has gone."""
        down = self._kernel.down(device)
        return down if self._shown is None else down & frozenset(self._shown)

    def read(self, device: int) -> list[Event]:
        """What has come from it. OSError where it has gone."""
        try:
            data = os.read(device, EVENT.size * AT_ONCE)
        except BlockingIOError:
            return []
        if not data:
            raise OSError("no more comes from it")
        return [
            (kind, code, value, seconds + micros / 1e6)
            for seconds, micros, kind, code, value in EVENT.iter_unpack(data)
        ]

    def drop(self, device: int) -> None:
        """It has gone."""
        del self._open[device]
        os.close(device)

    def close(self) -> None:
        """Reads no more of any."""
        for device in self:
            self.drop(device)


def watch(folder: Path) -> int:
    """A descriptor that can be read when devices come, go, or may be read from now on."""
    import ctypes

    create, delete, rights = 0x100, 0x200, 0x4  # IN_CREATE, IN_DELETE, IN_ATTRIB
    libc = ctypes.CDLL(None, use_errno=True)
    watching = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    if watching < 0:
        raise OSError(ctypes.get_errno(), "inotify can't be used")
    if libc.inotify_add_watch(watching, os.fsencode(folder), create | delete | rights) < 0:
        os.close(watching)
        raise OSError(ctypes.get_errno(), f"{folder} can't be watched")
    number: int = watching
    return number


def _bits(data: bytes) -> frozenset[int]:
    whole = int.from_bytes(data, "little")
    return frozenset(number for number in range(len(data) * 8) if whole >> number & 1)
