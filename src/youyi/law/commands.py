"""`youyi law …`: check, show, coverage, import and diff of rulebook releases."""

from __future__ import annotations

import argparse
from typing import Any


def add_to(sub: Any, shared: argparse.ArgumentParser) -> None:
    """Add the `law` command and its own commands."""
    del sub, shared
