"""The grammar of rules of origin: one text for every rule, and errors that say where and what was expected."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import rules
from youyi.law.origin import (
    AllOf,
    AnyOf,
    Attested,
    Change,
    Content,
    Exclusion,
    Level,
    Limit,
    Lost,
    MaxNonOriginating,
    Measure,
    Method,
    Process,
    Rule,
    RuleError,
    Span,
    Split,
    parse,
    parts,
    spans,
)
from youyi.law.origin.parsing import MAX_DEPTH, MAX_TEXT

RVC40 = Content(Decimal(40))


@settings(max_examples=400)
@given(rules)
def test_every_rule_is_read_back_from_its_own_text(rule: Rule) -> None:
    assert parse(str(rule)) == rule


@given(rules)
def test_the_text_of_a_rule_is_one(rule: Rule) -> None:
    assert str(parse(str(rule))) == str(rule)


@given(st.text(alphabet='CTHRV406.,()or and"[lost]%:;-', max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    read, column = _read(text)
    assert 1 <= column <= len(text) + 1
    assert read is None or parse(str(read)) == read


def _read(text: str) -> tuple[Rule | None, int]:
    try:
        return parse(text), 1
    except RuleError as error:
        return None, error.column


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("cth or rvc40", "CTH or RVC40"),
        ("CTH, or RVC 40 %", "CTH or RVC40"),
        ("RVC(40)", "RVC40"),
        ("RVC of 37.50 %", "RVC37.5"),
        ("CTH except from heading 6406", "CTH except from 64.06"),
        ("CTH except from chapter 5", "CTH except from 05"),
        ("CTH except from 7208, 7209 and heading 72.11", "CTH except from 72.08, 72.09, 72.11"),
        ("CTSH except from 8504.22 or 8504.23 or RVC40", "CTSH except from 8504.22, 8504.23 or RVC40"),
        ("CC except from 50.01-50.07", "CC except from 50.01 through 50.07"),
        ("CC except from headings 5001 to 5007", "CC except from 50.01 through 50.07"),
        ("CC except from 7207 to [LOST]", "CC except from 72.07, [lost]"),
        ("CTH except from [lost]", "CTH except from [lost]"),
        ("Change to subheading 6401.10 from any other heading, except from heading 6406", "CTH to 6401.10 except from 64.06"),
        ("A change to a good of heading 0101 to heading 0106 from any other chapter", "CC to 01.01 through 01.06"),
        ("change to 29.14 from within 29.12", "change to 29.14 from 29.12"),
        ("CTSH to 2914.71 through 2914.79 from any other subheading outside that group", "CTSH to 2914.71 through 2914.79 outside that group"),
        ("CTSH provided that \"half is originating\" or RVC40", '(CTSH provided that "half is originating") or RVC40'),
        ("CTH and \"made of silk\"", 'CTH provided that "made of silk"'),
        ("MaxNOM 75 % (EXW)", "MaxNOM75 of EXW"),
        ("MaxNOM 60", "MaxNOM60 of EXW"),
        ("MaxNOM60 of the FOB value", "MaxNOM60 of FOB"),
        ("the weight of non-originating materials of 17.01 does not exceed 20 % of the weight of the good", "weight of 17.01 at most 20 %"),
        ("CTH provided that the value of materials of 17.01 does not exceed 20 %", "CTH and value of 17.01 at most 20 % of FOB"),
        ("CR", "process chemical_reaction"),
        ('process "aged in oak"', '"aged in oak"'),
        ('for goods of "insects": CC; any other good: CTH', 'for "insects": CC; otherwise: CTH'),
        ("for 2404.19.10: CTH; otherwise: CC", "for 2404.19.10: CTH; otherwise: CC"),
        ("(CTH or (RVC40 or CC))", "CTH or RVC40 or CC"),
    ],
)  # fmt: skip
def test_the_ways_of_treaties_have_one_canonical_text(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("CTH except from 64.06 or RVC40", AnyOf((Change.of(Level.CTH, Span.of("6406")), RVC40))),
        ("RVC40 or CTH and RVC35", AnyOf((RVC40, AllOf((Change(Level.CTH), Content(Decimal(35))))))),
        ("RVC45 build-up", Content(Decimal(45), Method.BUILD_UP)),
        ("RVC35 net cost", Content(Decimal(35), Method.NET_COST, "net cost")),
        ("RVC60 focused on 74.08", Content(Decimal(60), Method.FOCUSED, "FOB", (Span.of("7408"),))),
        ("MaxNOM60 of FOB", MaxNonOriginating(Decimal(60), "FOB")),
        ('CTH except from 87.14 when "under rule 2(a)"', Change(Level.CTH, (Exclusion((Span.of("8714"),), "under rule 2(a)"),))),
        ("CTH allowing weight of materials at most 7 %", Change(Level.CTH, allowing=(Limit(Measure.WEIGHT, Decimal(7)),))),
        ("change from 04, 1901.90", Change(None, sources=(Span.of("04"), Span.of("190190")))),
        ("process refining", Process("refining")),
        ('lost "page 3"', Lost("page 3")),
        ('"say ""yes"""', Attested('say "yes"')),
    ],
)
def test_a_rule_is_what_it_says(text: str, rule: Rule) -> None:
    assert parse(text) == rule


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("", 1, "a rule"),
        ("CTH except from", 16, "a code"),
        ("CTH except form 64.06", 12, "a code"),
        ("CTH or", 7, "a criterion"),
        ("CTH xor RVC40", 5, "'or'"),
        ("RVC", 4, "a percentage"),
        ("(CTH or RVC40", 14, "')'"),
        ("change to 01", 13, "'from'"),
        ("process alchemy", 9, "a process of the vocabulary"),
        ('for "insects" CC', 15, "':'"),
        ('for "insects": CC; CTH', 20, "'otherwise'"),
        ("lost", 5, "a text"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text: str, column: int, expected: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text)
    assert caught.value.column == column
    assert any(expected in e for e in caught.value.expected)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("RVC140", "140 is not a percentage"),
        ("RVC0", "0 is not a percentage"),
        ("CTH except from 64.0", "not a code"),
        ("CTH except from 64.06-64.01", "comes before"),
        ("CTH except from 64-64.06", "different lengths"),
        ("CTH from any other chapter", "a CTH is no change from any other chapter"),
        ("CTH outside that group", "which group"),
        ('CTH or RVC40 provided that "x"', "brackets"),
        ("(" * (MAX_DEPTH + 1) + "CTH" + ")" * (MAX_DEPTH + 1), "brackets in one another"),
        ("C" * (MAX_TEXT + 1), "characters"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        parse(text)


def test_brackets_up_to_the_limit_are_read() -> None:
    assert parse("(" * MAX_DEPTH + "CTH" + ")" * MAX_DEPTH) == Change(Level.CTH)


@pytest.mark.parametrize(
    ("span", "code", "covers"),
    [
        (Span.of("64"), "640610", True),
        (Span.of("6406"), "640610", True),
        (Span.of("6406"), "64", None),
        (Span.of("6406"), "65", False),
        (Span.of("640110", "640199"), "6401", None),
        (Span.of("6401", "6405"), "640510", True),
        (Span.of("6401", "6405"), "640610", False),
    ],
)
def test_a_span_covers_a_code_or_cannot_tell(span: Span, code: str, covers: bool | None) -> None:
    assert span.covers(code) is covers


def test_a_span_has_bounds_for_columns() -> None:
    assert Span.of("6401", "6405").bounds(6) == (640100, 640599)
    with pytest.raises(ValueError, match="too short"):
        Span.of("640110").bounds(4)


def test_every_part_and_every_code_of_a_rule_is_found() -> None:
    rule = parse('for 01: CTH except from 64.06 or RVC40; otherwise: "x"')
    assert isinstance(rule, Split)
    assert sum(isinstance(p, Change) for p in parts(rule)) == 1
    assert [str(s) for s in spans(rule)] == ["01", "64.06"]
