"""What happened: the durable, tamper-evident record that every station with a life writes to.

    with Journal("port.journal", create=True) as journal:
        receipt = journal.append([Draft("truck/29C-12345", "gate.passed", {"gate": "G1"})], id="f3a9…", actor="gate/1")

See docs/journal.md for what is promised and how each promise is tested. Names are read in when first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from youyi.lazy import lazily

if TYPE_CHECKING:
    from youyi.journal.errors import JournalError, NotThereError, UnavailableError, UnreadableError
    from youyi.journal.event import Draft, Event, Receipt
    from youyi.journal.journal import Journal
    from youyi.journal.outbox import Message
    from youyi.journal.personal import Erased, Personal
    from youyi.journal.reading import Head
    from youyi.journal.shell import Decision, Shell, Station
    from youyi.journal.upcasting import Upcasts
    from youyi.journal.views import View

PLACES = {
    "Decision": "shell",
    "Draft": "event",
    "Erased": "personal",
    "Event": "event",
    "Head": "reading",
    "Journal": "journal",
    "JournalError": "errors",
    "Message": "outbox",
    "NotThereError": "errors",
    "Personal": "personal",
    "Receipt": "event",
    "Shell": "shell",
    "Station": "shell",
    "UnavailableError": "errors",
    "UnreadableError": "errors",
    "Upcasts": "upcasting",
    "View": "views",
}
"""The public names, and the module of each."""

__getattr__ = lazily(__name__, PLACES)

__all__ = [
    "Decision",
    "Draft",
    "Erased",
    "Event",
    "Head",
    "Journal",
    "JournalError",
    "Message",
    "NotThereError",
    "Personal",
    "Receipt",
    "Shell",
    "Station",
    "UnavailableError",
    "UnreadableError",
    "Upcasts",
    "View",
]
