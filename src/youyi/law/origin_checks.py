"""What makes the tables of rules of origin unusable. As in `youyi.law.checks`: each check gives all of its faults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from youyi.law.checks import NATIONAL_CHAPTERS, of_kind, period
from youyi.law.origin_tables import NEEDED, term_fault
from youyi.law.reading import Problem, TableFile

SETS = "origin_sets"


def terms_of_another_kind(files: list[TableFile]) -> Iterator[Problem]:
    """A supporting rule has one of the values that it may have."""
    for f in of_kind(files, "origin_terms"):
        term, value = f.column("term"), f.column("value")
        for line, row in f.numbered():
            if row[value] and (wrong := term_fault(row[term], row[value])):
                yield Problem(f.name, line, "value", wrong)


def rule_sets_nobody_applies(files: list[TableFile]) -> Iterator[Problem]:
    """Every rule set that a table speaks of is applied by some Party, and every one that is applied says all that it must."""
    applied = _applied(files)
    for f in files:
        if "rule_set" in f.table.columns and f.table.kind != SETS:
            i = f.column("rule_set")
            yield from (Problem(f.name, line, "rule_set", f"no Party applies {row[i]!r}") for line, row in f.numbered() if row[i] not in applied)
    said: dict[str, set[str]] = defaultdict(set)
    for f in of_kind(files, "origin_terms"):
        for rule_set, term in zip(f.cells("rule_set"), f.cells("term"), strict=True):
            said[rule_set].add(term)
    for rule_set, (name, line) in applied.items():
        for kind in ("origin_lists", "origin_general"):
            if not any(rule_set in f.cells("rule_set") for f in of_kind(files, kind)):
                yield Problem(name, line, "rule_set", f"{rule_set} has no row in {kind}")
        if missing := [t for t in NEEDED if t not in said[rule_set]]:
            yield Problem(name, line, "rule_set", f"{rule_set} does not say {', '.join(missing)}")


def _applied(files: list[TableFile]) -> dict[str, tuple[str, int]]:
    """Every rule set that some Party applies, and the row that first says so."""
    found: dict[str, tuple[str, int]] = {}
    for f in of_kind(files, SETS):
        i = f.column("rule_set")
        for line, row in f.numbered():
            found.setdefault(row[i], (f.name, line))
    return found


def preferences_without_rules(files: list[TableFile]) -> Iterator[Problem]:
    """A preference that can be claimed has rules of origin from its first day, for all Parties; where a release has any rules at all."""
    sets = of_kind(files, SETS)
    if not sets:
        return
    begun: dict[str, str] = {}
    for f in sets:
        for agreement, party, since in zip(f.cells("agreement"), f.cells("party"), f.cells("valid_from"), strict=True):
            if not party:
                begun[agreement] = min(since, begun.get(agreement, since))
    for f in of_kind(files, "agreements"):
        columns = [f.column(c) for c in ("agreement", "kind", "treatment", "in_force")]
        for line, cells in f.numbered():
            name, kind, treatment, first = (cells[i] for i in columns)
            if kind == "preference" and treatment == "row" and first and begun.get(name, "9999") > first:
                yield Problem(f.name, line, "agreement", f"{name} is in force from {first} and has no rules of origin then")


def sets_of_unknown_agreements(files: list[TableFile]) -> Iterator[Problem]:
    """A rule set belongs to an agreement that the release names."""
    known = {a for f in of_kind(files, "agreements") for a in f.cells("agreement")}
    for f in of_kind(files, SETS):
        i = f.column("agreement")
        yield from (Problem(f.name, line, "agreement", f"unknown agreement {row[i]!r}") for line, row in f.numbered() if known and row[i] not in known)


def rules_naming_unknown_codes(files: list[TableFile]) -> Iterator[Problem]:
    """A code that a product rule names, as an exception or a source, stands in the rule's own edition."""
    editions: dict[str, set[str]] = defaultdict(set)
    for f in of_kind(files, "nomenclature"):
        for code, edition in zip(f.cells("code"), f.cells("edition"), strict=True):
            editions[edition] |= {code[:n] for n in (2, 4, 6)}
    for f in of_kind(files, "origin_rules"):
        rule, of = f.column("rule"), f.column("edition")
        for line, row in f.numbered():
            known = editions.get(row[of])
            if known:
                yield from (Problem(f.name, line, "rule", f"{c} is not in {row[of]}") for c in _codes_named(row[rule]) if c[:6] not in known)


@lru_cache(maxsize=4096)
def _codes_named(text: str) -> tuple[str, ...]:
    """The codes, and the ends of the ranges, that a rule names; none where it cannot be read, which is a fault of its own."""
    from youyi.law.origin import RuleError, parse, spans

    try:
        named = {c for s in spans(parse(text)) for c in (s.first, s.last)}
    except RuleError:
        return ()
    return tuple(sorted(c for c in named if c[:2] not in NATIONAL_CHAPTERS))


def lists_whole_without_rules(files: list[TableFile]) -> Iterator[Problem]:
    """A list that is said to be in hand has rows on every day of that."""
    rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for f in of_kind(files, "origin_rules"):
        for rule_set, since, until in set(zip(f.cells("rule_set"), f.cells("valid_from"), f.cells("valid_to"), strict=True)):
            rows[rule_set].append((since, until))
    for f in of_kind(files, "origin_lists"):
        columns = [f.column(c) for c in ("rule_set", "extent", "valid_from", "valid_to")]
        for line, row in f.numbered():
            rule_set, extent, since, until = (row[i] for i in columns)
            whole = period(since, until)
            if extent == "whole" and whole and not any((p := period(a, b)) and p.contains(whole) for a, b in rows[rule_set]):
                yield Problem(f.name, line, "extent", f"no product rule of {rule_set} holds from {since} to {until or 'now'}")


CHECKS = (
    terms_of_another_kind,
    rule_sets_nobody_applies,
    sets_of_unknown_agreements,
    preferences_without_rules,
    rules_naming_unknown_codes,
    lists_whole_without_rules,
)
