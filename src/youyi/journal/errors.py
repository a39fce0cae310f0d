"""What can go wrong with a journal that is not an answer to the user.

    JournalError
    ├── UnreadableError     what is there is not a journal, is damaged, or was written by a newer version
    │   └── NotThereError   there is nothing at that place
    └── UnavailableError    the store did not take the write (disk full, locked, connection lost): send it again with the same id

A command that is refused (an id that was used for something else, a version that has moved on, a payload too large) raises
nothing: its `Receipt` holds the findings. `TypeError` and `ValueError` tell a programmer of a wrong call.
"""

from __future__ import annotations


class JournalError(Exception):
    """The root of this module's exceptions; `code` is stable and free of language."""

    code = "JRN-ERROR"


class UnreadableError(JournalError):
    """What is there is not a journal, is damaged, or was written by a newer version."""

    code = "JRN-UNREADABLE"


class NotThereError(UnreadableError):
    """There is no journal at that place."""

    code = "JRN-NOT-THERE"


class UnavailableError(JournalError):
    """The store did not confirm the write. Whether it was taken is told by sending the same command with the same id again."""

    code = "JRN-UNAVAILABLE"
