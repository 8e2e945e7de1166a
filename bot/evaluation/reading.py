"""What the evaluations read: files written by hand, hence faults that name the file and the line."""

from __future__ import annotations

from pathlib import Path


class InputError(ValueError):
    """A file or an address given by hand is not right; the message is one line and names the place."""


def read_text(path: Path) -> str:
    """Return a text file as UTF-8 (a byte-order mark is dropped). Raises ``InputError``."""
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text (byte {error.start}); save it as CSV UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
