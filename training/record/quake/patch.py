"""Makes the game forget to say that a player is being followed, so that the picture is the player's own.

The server marks what a spectator is shown with one flag (`PMF_FOLLOW`), and all that the client draws because
of it are captions. The flag is taken out of a copy of the game's library, which lies in the engine's own home.
"""

from __future__ import annotations

import re
import struct

from aiditor.errors import MissingPart

__all__ = ["without_follow_flag"]

_FUNCTION = b"SpectatorClientEndFrame"
_SET_FLAG = re.compile(rb"\x81[\x48-\x4b\x4d-\x4f]\x0c(\x00\x10\x00\x00)")
"""x86-64 `or dword [reg + 12], 0x1000`: `ps.pm_flags |= PMF_FOLLOW`."""
_SHT_DYNSYM = 11


def without_follow_flag(library: bytes) -> bytes:
    """The game's library (ELF64, x86-64) that shows spectators a player without saying so.

    Raises MissingPart when it is built in a way this does not know.
    """
    start, size = _function(library)
    found = list(_SET_FLAG.finditer(library, start, start + size))
    if len(found) != 1:
        raise _unknown("the flag is not set where it was expected")
    return library[: found[0].start(1)] + bytes(4) + library[found[0].end(1) :]


def _function(library: bytes) -> tuple[int, int]:
    """Where the function lies in the file, and its size, both in bytes."""
    if library[:5] != b"\x7fELF\x02":
        raise _unknown("it is not a 64-bit ELF file")
    try:
        sections = _sections(library)
        table = next(section for section in sections if section[1] == _SHT_DYNSYM)
        names = sections[table[6]][4]
        for at in range(table[4], table[4] + table[5], 24):
            name, _, _, section, value, size = struct.unpack_from("<IBBHQQ", library, at)
            start = names + name
            if library[start : start + len(_FUNCTION) + 1] == _FUNCTION + b"\0":
                address, offset = sections[section][3:5]
                return value - address + offset, size
    except (struct.error, StopIteration, IndexError) as error:
        raise _unknown("its tables are damaged") from error
    raise _unknown(f"it exports no {_FUNCTION.decode()}")


def _sections(library: bytes) -> list[tuple[int, ...]]:
    """Each section's header: name, type, flags, address, offset, size, link, info, alignment, entry size."""
    (table,) = struct.unpack_from("<Q", library, 40)
    size, count = struct.unpack_from("<HH", library, 58)
    return [struct.unpack_from("<IIQQQQIIQQ", library, table + index * size) for index in range(count)]


def _unknown(why: str) -> MissingPart:
    return MissingPart(
        f"this build of OpenArena cannot be recorded ({why})",
        remedy="install Debian's openarena 0.8.8 for amd64",
    )
