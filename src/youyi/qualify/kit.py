"""The supplier kit: requests to suppliers, cost sheet, and the product file that answers a later check, from one product file.

    write(rulebook, product, answers, folder)    the folder, filled; raises FileError where it cannot be
    changes(kept, answers)                       what a product file that was kept answered otherwise

The product file holds the facts as they were read, and beside them (`kept`) what was answered by which release; `youyi
qualify` reads it again and answers from the facts alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from youyi.finding import Finding, Severity
from youyi.law.rulebook import Rulebook
from youyi.qualify.asking import LANGUAGES, letter, requests
from youyi.qualify.costsheet import as_csv, as_xlsx, rows
from youyi.qualify.formats import refuse
from youyi.qualify.reading import Product
from youyi.qualify.result import Answer
from youyi.qualify.single import Weighed

COMPARED = ("verdict", "criterion", "box8", "rvc", "rcep_origin", "rule_set", "consignment")
"""What of an answer is held against the kept one."""


def empty_folder(folder: Path) -> None:
    """Make the folder. Raises FileError where it is a file, holds something, or cannot be made."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise refuse("FOLDER", f"{folder} is {'not empty' if folder.is_dir() else 'a file'}; name a new folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refuse("FOLDER", f"{folder} cannot be made: {error.strerror}") from None


def write(rulebook: Rulebook, product: Product, answered: Sequence[tuple[Answer, Weighed | None]], folder: Path) -> list[Path]:
    """Write the kit into a folder and say which files. Raises FileError."""
    empty_folder(folder)
    answers = [a for a, _ in answered]
    sheet = rows(product, answered)
    contents: dict[str, bytes] = {"cost-sheet.csv": as_csv(sheet).encode(), "cost-sheet.xlsx": as_xlsx(sheet)}
    contents["product.json"] = (json.dumps(product_file(product, answers), ensure_ascii=False, indent=1, default=str) + "\n").encode()
    for number, request in enumerate(requests(rulebook, product, answers), 1):
        name = "".join(c if c.isalnum() else "-" for c in request.item.name)[:40]
        for language in LANGUAGES:
            contents[f"request-{number:02d}-{name}.{language}.md"] = letter(request, product, language).encode()
    try:
        for name, data in contents.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise refuse("FOLDER", f"{folder} cannot be written: {error.strerror}") from None
    return [folder / name for name in contents]


def product_file(product: Product, answers: Sequence[Answer]) -> dict[str, Any]:
    """The facts as read, with the Party and day that were asked for, and what was answered."""
    facts = {k: v for k, v in product.data.items() if k != "kept"}
    if answers:
        facts |= {"importer": answers[0].importer, "date": answers[0].on}
    attested = [{"text": a.text, "source": a.source, "holds": a.holds} for a in product.process.attested]
    kept = {
        "status": "DRAFT, NOT A PROOF",
        "provenance": answers[0].provenance if answers else {},
        "attested": attested,
        "answers": [a.as_dict() for a in answers],
    }
    return {**facts, "kept": kept}


def changes(product: Product, answers: Sequence[Answer]) -> list[Finding]:
    """What is answered otherwise than the file kept: a warning for each difference, or a note that nothing changed. Empty where nothing was kept."""
    kept = product.data.get("kept")
    if not isinstance(kept, Mapping):
        return []
    said = kept.get("answers")
    before = {str(a.get("agreement")): a for a in (said if isinstance(said, list) else []) if isinstance(a, Mapping)}
    release = kept.get("provenance")
    name = str(release.get("release", "")) if isinstance(release, Mapping) else ""
    digest = str(release.get("digest", "")) if isinstance(release, Mapping) else ""
    found = []
    for answer in answers:
        old, new = before.get(answer.agreement), answer.as_dict()
        if old is None:
            found.append(Finding("KEPT-NEW", Severity.NOTE, "/kept", f"{answer.agreement} was not answered then"))
            continue
        for key in COMPARED:
            if old.get(key) != new[key]:
                text = f"{answer.agreement} {key}: {old.get(key) or 'nothing'} then, {new[key] or 'nothing'} now"
                found.append(Finding("KEPT-CHANGED", Severity.WARNING, "/kept/answers", text))
    now = answers[0].provenance if answers else {}
    same = "the same release"
    if now.get("digest") != digest:
        same = f"release {name} ({digest[:12]}) then, {now.get('release', '')} ({now.get('digest', '')[:12]}) now"
    if not any(f.code == "KEPT-CHANGED" for f in found):
        found.append(Finding("KEPT-SAME", Severity.NOTE, "/kept", f"answered as it was kept; {same}"))
    elif now.get("digest") != digest:
        found.append(Finding("KEPT-RELEASE", Severity.NOTE, "/kept/provenance", same))
    return found
