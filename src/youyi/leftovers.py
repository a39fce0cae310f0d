"""Temporary files that a killed process leaves behind: named so that the next one knows them, and removed by it.

A name holds the machine and the process that makes the file: a process is only known to be dead on its own machine.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from contextlib import suppress
from pathlib import Path


def mark() -> str:
    """What a temporary file of this process has in its name."""
    return f"youyi-{_machine()}-{os.getpid()}"


def remove_dead(folder: Path, end: str) -> None:
    """Remove the temporary files and folders in `folder`, hidden and ending in `end`, whose process is dead."""
    name = re.compile(rf"\..*\.youyi-{re.escape(_machine())}-(\d+){re.escape(end)}")
    for left in folder.glob(f".*{end}"):
        if (found := name.fullmatch(left.name)) and not alive(int(found[1])):
            with suppress(OSError):
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def alive(process: int) -> bool:
    """Whether a process of this machine still runs; where that cannot be asked, it is taken to."""
    if os.name == "nt" or process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def _machine() -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", socket.gethostname()) or "localhost"
