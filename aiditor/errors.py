"""Every error this package raises on purpose.

    AIditorError                 the root: catch this to catch them all
    ├── BadInput                 something the user gave cannot be used: a file, an archive, an argument
    │   ├── NotFound             there is no such job, clip or file, or it is somebody else's
    │   ├── UnreadableMedia      not media, damaged beyond use, or without a picture
    │   └── UnsafeArchive        a ZIP that escapes its folder, links, or unpacks to too much
    ├── BadConfig                a style, a preset or a setting that does not say what it must
    ├── NothingToKeep            the footage was read, and no moment in it could be used
    ├── NotAllowed               signed out, or not for this user
    ├── LimitReached             the plan's or the server's limit: too long, too many, too large, too often
    ├── MissingPart              an optional part is not installed, with the command that installs it
    ├── RenderFailed             the encoder, the disk or a filter gave up
    │   └── DiskFull             there is no room left where the output goes
    └── Cancelled                the user asked to stop; nothing half-written was left

The text of each is one sentence that a creator can act on: what is wrong, then what to do.
"""

from __future__ import annotations

from os import PathLike, fspath

__all__ = [
    "AIditorError",
    "BadConfig",
    "BadInput",
    "Cancelled",
    "DiskFull",
    "LimitReached",
    "MissingPart",
    "NotAllowed",
    "NotFound",
    "NothingToKeep",
    "RenderFailed",
    "UnreadableMedia",
    "UnsafeArchive",
]


class AIditorError(Exception):
    """What went wrong (`why`), what to do about it (`remedy`) and the file it is about, if one is.

    `str(error)` reads "clip3.mov has no picture: export it again with video".
    """

    def __init__(self, why: str, *, remedy: str = "", file: str | PathLike[str] | None = None) -> None:
        self.why = why
        self.remedy = remedy
        self.file = None if file is None else fspath(file)
        super().__init__(f"{why}: {remedy}" if remedy else why)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.why, self.remedy, self.file))


def _rebuild(kind: type[AIditorError], why: str, remedy: str, file: str | None) -> AIditorError:
    return kind(why, remedy=remedy, file=file)


class BadInput(AIditorError):
    """Something the user gave cannot be used; the rest of the batch goes on."""


class NotFound(BadInput):
    """There is no such thing, or it belongs to somebody else, which is not told."""


class UnreadableMedia(BadInput):
    """A file that is not media, is damaged beyond use, or has no picture."""


class UnsafeArchive(BadInput):
    """A ZIP that would write outside its folder, holds links, or unpacks to more than the caps allow."""


class BadConfig(AIditorError):
    """A style, preset or setting that is unknown or out of bounds."""


class NothingToKeep(AIditorError):
    """The footage was read and no moment in it could be used; `why` names the stage and what it saw."""


class NotAllowed(AIditorError):
    """Nobody is signed in, or not somebody who may do this."""


class LimitReached(AIditorError):
    """More than the plan or the server gives: too long, too many, too large or too often."""


class MissingPart(AIditorError):
    """An optional part is not installed; `remedy` is the command that installs it."""


class RenderFailed(AIditorError):
    """The encoder or a filter gave up; the half-written file has been removed."""


class DiskFull(RenderFailed):
    """No room is left where the output goes."""


class Cancelled(AIditorError):
    """The user asked to stop. Raised from a progress callback, it ends any stage cleanly."""
