"""The words of a rule of origin, and the codes, percentages and texts that stand in it.

RuleError   the text is no rule; `.column` says where, `.expected` what could stand there
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from youyi.law.origin.change import plain
from youyi.law.origin.codes import Span

TOKEN = re.compile(
    r'(?P<text>"(?:[^"]|"")*")|(?P<lost>\[\s*lost\s*\])|(?P<number>[0-9]+(?:\.[0-9]+)*)|(?P<word>[a-z][a-z_]*(?:-[a-z]+)*)|(?P<mark>[(),;:%–-])|(?P<bad>\S)',
    re.IGNORECASE,
)
PLACE_WORDS = frozenset({"chapter", "heading", "subheading", "chapters", "headings", "subheadings", "goods", "products"})
"""Words that may stand before a code and add nothing to it."""


class RuleError(ValueError):
    """The text is no rule. `column` counts from 1; `expected` says what could stand there, in words."""

    def __init__(self, text: str, column: int, expected: tuple[str, ...] = ()) -> None:
        super().__init__(f"column {column}: {text}")
        self.column = column
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number, text or mark of a rule, and the column it begins in."""

    kind: str
    text: str
    column: int

    @property
    def word(self) -> str:
        """The token as it is compared: words and marks without regard to case."""
        return self.text.lower() if self.kind in ("word", "mark") else ""


@lru_cache(maxsize=256)
def _wanted(words: str) -> tuple[tuple[str, ...], ...]:
    """Each word of a phrase with the other ways to write it."""
    return tuple(tuple(w.split("/")) for w in words.split())


class Tokens:
    """A rule's text as tokens, and the parts of it that are not rules: texts, percentages, codes."""

    def __init__(self, text: str) -> None:
        self._tokens = [Token(str(m.lastgroup), m[0], m.start() + 1) for m in TOKEN.finditer(text)]
        self._tokens.append(Token("end", "", len(text) + 1))
        self._words = [t.word for t in self._tokens]
        self._at = 0
        self._depth = 0

    # -- tokens -------------------------------------------------------------------------------------------

    @property
    def now(self) -> Token:
        """The next token, not yet passed over."""
        return self._tokens[self._at]

    def ahead(self, words: str) -> bool:
        """Whether these words come next; one after a stroke is another way to write the one before it."""
        return self._passed(words) > 0

    def _passed(self, words: str) -> int:
        """How many tokens these words are where they come next; 0 where they do not."""
        wanted, own, at = _wanted(words), self._words, self._at
        if own[at] not in wanted[0] or at + len(wanted) > len(own):
            return 0
        for more in range(1, len(wanted)):
            if own[at + more] not in wanted[more]:
                return 0
        return len(wanted)

    def take(self, words: str) -> bool:
        """Pass over these words where they come next."""
        passed = self._passed(words)
        self._at += passed
        return passed > 0

    def next(self) -> Token:
        """Pass over one token."""
        token = self.now
        self._at += 1
        return token

    def skip(self, words: frozenset[str]) -> None:
        """Pass over any of these words."""
        while self._words[self._at] in words:
            self._at += 1

    def refuse(self, *expected: str) -> RuleError:
        """The error that the next token is none of what could stand here."""
        token = self.now
        found = "the rule ends" if token.kind == "end" else f"found {token.text[:40]!r}"
        return RuleError(f"expected {' or '.join(expected)}, but {found}", token.column, expected)

    def text(self) -> str:
        """A quoted text, without its marks."""
        if self.now.kind != "text":
            raise self.refuse('a text in "quotation marks"')
        return self.next().text[1:-1].replace('""', '"')

    def percent(self) -> Decimal:
        """`40`, `40 %`, `(40)`."""
        bracket = self.take("(")
        if self.now.kind != "number" or self.now.text.count(".") > 1:
            raise self.refuse("a percentage")
        percent = Decimal(plain(Decimal(self.next().text)))
        self.take("%")
        if bracket and not self.take(")"):
            raise self.refuse("')'")
        return percent

    # -- codes --------------------------------------------------------------------------------------------

    def code_ahead(self, skipped: int = 0) -> bool:
        """Whether a code comes after so many tokens."""
        at = self._at + skipped
        while self._words[at] in PLACE_WORDS:
            at += 1
        return self._tokens[at].kind == "number" or self._tokens[at].kind == "lost"

    def codes(self, *, lost: bool = False) -> tuple[tuple[Span, ...], bool]:
        """A list of codes and ranges, and whether some of it is lost."""
        found: list[Span] = []
        cut = False
        while True:
            if lost and self.now.kind == "lost":
                self.next()
                cut = True
            else:
                found.append(self.code_or_range(lost=lost))
                if lost and self._tokens[self._at - 1].kind == "lost":
                    cut = True
            joined = next((w for w in (", and", ", or", ",", "and", "or") if self.ahead(w)), "")
            if not joined or not self.code_ahead(len(joined.split())):
                return tuple(found), cut
            self._at += len(joined.split())

    def code_or_range(self, *, lost: bool) -> Span:
        """A code, or two as a range."""
        token = self.now
        first = self.code()
        if not (self.take("through") or self.take("to") or self.take("-") or self.take("–")):
            return Span.of(first)
        if lost and self.now.kind == "lost":
            self.next()
            return Span.of(first)
        last = self.code()
        try:
            return Span(first, last)
        except ValueError as error:
            raise RuleError(str(error), token.column) from None

    def code(self) -> str:
        """The digits of one code."""
        place = ""
        while self._words[self._at] in PLACE_WORDS:
            place = self.next().word
        token = self.now
        if token.kind != "number":
            raise self.refuse("a code")
        self.next()
        digits = token.text.replace(".", "")
        if len(digits) == 1 and place.startswith("chapter"):
            digits = "0" + digits
        try:
            return Span.of(digits).first
        except ValueError as error:
            raise RuleError(str(error), token.column, ("a code",)) from None


def read_spans(text: str) -> tuple[Span, ...]:
    """A list of codes and ranges alone; empty for an empty text. Raises RuleError."""
    if not text:
        return ()
    reader = Tokens(text)
    found, _ = reader.codes()
    if reader.now.kind != "end":
        raise reader.refuse("','", "the end of the list")
    return found
