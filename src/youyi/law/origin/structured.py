"""Rules of origin from the structures of other collections, so that another agreement's rules need no rewriting.

    read({"ctc": "CTH"})                              a change; `except` lists codes
    read({"rvc_min": 40})                             also rvc_build_down_min, rvc_build_up_min, max_nom
    read({"all": [...]}), read({"any": [...]})        several
    read({"text": "CTH or RVC40"})                    the grammar itself
    read({"target": [...], "sources": [...], ...})    a tariff shift in the form of 19 CFR 102.20

A tariff shift names its `target`, its `sources` (each `any_other` with a level, or `named` with ranges), what is
`excluded`, and `excluded_when` a condition holds. Codes are written with or without points, ranges with a hyphen.
Raises RuleError for a structure that is none of these: an unknown key is never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from youyi.law.origin.change import Change, Exclusion, Level, Limit, Measure
from youyi.law.origin.codes import Span
from youyi.law.origin.parsing import LEVEL_WORDS, parse
from youyi.law.origin.rule import Content, MaxNonOriginating, Method, Rule, all_of, any_of
from youyi.law.origin.tokens import RuleError

SHIFT = frozenset({"target", "sources", "excluded", "excluded_when", "rule_id"})
SOURCE = frozenset({"kind", "level", "ranges", "outside_target_group"})


def read(data: Mapping[str, Any]) -> Rule:
    """The rule that a structure states; several keys beside each other must all be met. Raises RuleError."""
    try:
        if "target" in data or "sources" in data:
            return tariff_shift(data)
        _known(data, frozenset({*READERS, "except", "de_minimis_weight_max"}))
        if not data:
            raise ValueError("a rule that states nothing")
        return all_of(*(READERS[key](data, key) for key in data if key in READERS))
    except RuleError:
        raise
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        raise RuleError(f"the structure cannot be read: {error}", 1) from None


def tariff_shift(data: Mapping[str, Any]) -> Rule:
    """A tariff shift in the form of 19 CFR 102.20: one of its sources is enough."""
    _known(data, SHIFT)
    target, plainly = spans(data.get("target", ())), spans(data.get("excluded", ()))
    conditional = tuple(Exclusion(spans(w["ranges"]), str(w["when"])) for w in data.get("excluded_when") or ())
    exclusions = ((Exclusion(plainly),) if plainly else ()) + conditional
    return any_of(*(_from(source, target, exclusions) for source in data["sources"]))


def _from(source: Mapping[str, Any], target: tuple[Span, ...], exclusions: tuple[Exclusion, ...]) -> Change:
    _known(source, SOURCE)
    if source["kind"] not in ("any_other", "named"):
        raise ValueError(f"unknown kind of source {source['kind']!r}")
    level = LEVEL_WORDS[source["level"]] if source.get("level") else None
    return Change(level, exclusions, target, spans(source.get("ranges") or ()), bool(source.get("outside_target_group")))


def spans(ranges: Iterable[str]) -> tuple[Span, ...]:
    """Codes and ranges: `2404.91`, `0407-0409`."""
    parts = (text.replace(".", "").partition("-") for text in ranges)
    return tuple(Span.of(first.strip(), last.strip()) for first, _, last in parts)


def _known(data: Mapping[str, Any], keys: frozenset[str]) -> None:
    unknown = [k for k in data if k not in keys]
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}")


def _percent(data: Mapping[str, Any], key: str) -> Decimal:
    return Decimal(str(data[key]))


def _change(data: Mapping[str, Any], key: str) -> Rule:
    excepted = spans(data.get("except", ()))
    limit = (Limit(Measure.WEIGHT, _percent(data, "de_minimis_weight_max")),) if "de_minimis_weight_max" in data else ()
    return Change(Level[data[key]], (Exclusion(excepted),) if excepted else (), allowing=limit)


READERS: dict[str, Callable[[Mapping[str, Any], str], Rule]] = {
    "text": lambda data, key: parse(data[key]),
    "ctc": _change,
    "rvc_min": lambda data, key: Content(_percent(data, key)),
    "rvc_build_down_min": lambda data, key: Content(_percent(data, key), Method.BUILD_DOWN),
    "rvc_build_up_min": lambda data, key: Content(_percent(data, key), Method.BUILD_UP),
    "max_nom": lambda data, key: MaxNonOriginating(_percent(data, key)),
    "all": lambda data, key: all_of(*map(read, data[key])),
    "any": lambda data, key: any_of(*map(read, data[key])),
}
"""What each key of a structure states."""
