"""Rules of origin from text: the canonical form, and the ways in which treaties and tariffs write the same things.

    rule     = choice | "for" goods ":" choice { ";" "for" goods ":" choice } [ ";" "otherwise" ":" choice ]
    goods    = codes | [codes] TEXT
    choice   = joint { "or" joint }
    joint    = term { "and" term | "provided that" (TEXT | term) }
    term     = "WO" ["materials of" codes] | "PE" | change | content | limit | "process" NAME | TEXT
             | "any materials" | "no rule" | "lost" TEXT | "(" choice ")"
    change   = ("CC" | "CTH" | "CTSH") ["to" codes] ["from" codes] ["outside that group"] excepts
             | "change" ["to" codes] "from" (codes | "any other" ("chapter" | "heading" | "subheading")) … excepts
    excepts  = { "except from" codes ["when" TEXT] } { "allowing" limit }
    content  = "RVC" NUMBER ["build-down" | "build-up" | "net cost" | "focused"] ["of" basis] ["on" codes]
             | "MaxNOM" NUMBER ["of" basis]
    limit    = ("value" | "weight") "of" (codes | "materials") "at most" NUMBER "%" ["of" basis]
    codes    = code ["through" code] { "," code ["through" code] }        "[lost]" stands for a code that is not in hand
    basis    = "FOB" | "EXW" | "net cost"

    RuleError   the text is no rule; `.column` says where, `.expected` what could stand there

Hand-written rather than generated, so that an error can say in the trade's words what was expected, and so that one
rule is read in tens of microseconds. `and` binds more closely than `or`. A proviso after an `or` could bind one
alternative or all, and the difference decides cases: it is refused until brackets say which.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from youyi.law.origin.change import Change, Exclusion, Level, Limit, Measure
from youyi.law.origin.codes import Span
from youyi.law.origin.rule import (
    AnyMaterials,
    Attested,
    Case,
    Content,
    Lost,
    MaxNonOriginating,
    Method,
    NoRule,
    Process,
    ProducedExclusively,
    Rule,
    Split,
    WhollyObtained,
    WhollyObtainedMaterials,
    all_of,
    any_of,
)
from youyi.law.origin.tokens import RuleError, Token, Tokens
from youyi.law.origin.vocabulary import PROCESSES

MAX_TEXT = 16_384
"""The longest rule that is read, in characters."""
MAX_DEPTH = 16
"""How deep brackets may stand in one another."""
LEVEL_WORDS = {"chapter": Level.CC, "heading": Level.CTH, "subheading": Level.CTSH}
FILLERS = frozenset({"a", "an", "the", "good", "goods", "of"})


@lru_cache(maxsize=8192)
def parse(text: str) -> Rule:
    """The rule that `text` states; `parse(str(rule)) == rule` for every rule.

    Raises RuleError: where, and what was expected.
    """
    if len(text) > MAX_TEXT:
        raise RuleError(f"a rule of more than {MAX_TEXT} characters", MAX_TEXT + 1)
    return _Reader(text).whole()


class _Reader(Tokens):
    def made(self, token: Token, make: Callable[[], Rule]) -> Rule:
        """A value of the rule's own kind; what it refuses is refused at its first word."""
        try:
            return make()
        except RuleError:
            raise
        except ValueError as error:
            raise RuleError(str(error), token.column) from None

    # -- rules --------------------------------------------------------------------------------------------

    def whole(self) -> Rule:
        if self.now.kind == "end":
            raise self.refuse("a rule")
        start = self.now
        rule = self.made(start, self.split) if self.ahead("for") else self.choice()
        if self.now.kind != "end":
            raise self.refuse("'or', 'and', 'provided that'", "the end of the rule")
        return rule

    def split(self) -> Rule:
        cases: list[Case] = []
        while self.take("for"):
            self.skip(FILLERS)
            codes = self.codes()[0] if self.code_ahead() else ()
            goods = self.text() if self.now.kind == "text" or not codes else ""
            self.colon()
            cases.append(Case(self.choice(), goods, codes))
            if not self.take(";"):
                return Split(tuple(cases))
        if not (self.take("otherwise") or self.take("any other good")):
            raise self.refuse("'for'", "'otherwise'")
        self.colon()
        return Split(tuple(cases), self.choice())

    def colon(self) -> None:
        if not self.take(":"):
            raise self.refuse("':'")

    def choice(self) -> Rule:
        terms = [self.joint(first=True)]
        while self.take("or") or self.take(", or"):
            terms.append(self.joint(first=False))
        return any_of(*terms)

    def joint(self, *, first: bool) -> Rule:
        terms = [self.term()]
        while True:
            token = self.now
            if self.take("provided that") or self.take(", provided that"):
                if not first:
                    raise RuleError("the proviso may bind one alternative or all of them: put what it binds in brackets", token.column, ("brackets",))
                terms.append(self.term())
            elif self.take("and") or self.take(", and"):
                terms.append(self.term())
            else:
                return all_of(*terms)

    def term(self) -> Rule:
        token = self.now
        if token.kind == "text":
            return self.made(token, lambda: Attested(self.text()))
        if token.word == "(":
            return self.bracketed()
        self.skip(frozenset({"a", "the"}))
        read = self._terms().get(self.now.word)
        if read is None:
            raise self.refuse("a criterion (WO, PE, CC, CTH, CTSH, RVC, MaxNOM, process …)", 'a text in "quotation marks"', "'('")
        return self.made(token, read)

    def bracketed(self) -> Rule:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RuleError(f"more than {MAX_DEPTH} brackets in one another", self.now.column)
        self.next()
        rule = self.choice()
        if not self.take(")"):
            raise self.refuse("')'")
        self._depth -= 1
        return rule

    def _terms(self) -> dict[str, Callable[[], Rule]]:
        return {
            "wo": self.wholly_obtained,
            "pe": self.exclusively,
            "cc": self.change,
            "cth": self.change,
            "ctsh": self.change,
            "change": self.change,
            "rvc": self.content,
            "maxnom": self.max_non_originating,
            "value": self.limit,
            "weight": self.limit,
            "process": self.process,
            "cr": self.chemical_reaction,
            "any": self.any_materials,
            "no": self.no_rule,
            "lost": self.lost,
        }

    # -- terms --------------------------------------------------------------------------------------------

    def wholly_obtained(self) -> Rule:
        self.next()
        return WhollyObtainedMaterials(self.codes()[0]) if self.take("materials of") else WhollyObtained()

    def exclusively(self) -> Rule:
        self.next()
        return ProducedExclusively()

    def chemical_reaction(self) -> Rule:
        self.next()
        return Process("chemical_reaction")

    def any_materials(self) -> Rule:
        if not self.take("any materials"):
            raise self.refuse("'any materials'")
        return AnyMaterials()

    def no_rule(self) -> Rule:
        if not self.take("no rule"):
            raise self.refuse("'no rule'")
        return NoRule()

    def lost(self) -> Rule:
        self.next()
        return Lost(self.text())

    def process(self) -> Rule:
        self.next()
        if self.now.kind == "text":
            return Attested(self.text())
        if self.now.word not in PROCESSES:
            raise self.refuse("a process of the vocabulary", 'a text in "quotation marks"')
        return Process(self.next().word)

    def content(self) -> Rule:
        self.next()
        self.take("of") or self.take("not less than") or self.take("at least")
        percent = self.percent()
        method = next((m for m in (Method.BUILD_DOWN, Method.BUILD_UP, Method.NET_COST, Method.FOCUSED) if self.take(m.value)), Method.AGREED)
        basis = self.basis() if self.take("of") else "net cost" if method is Method.NET_COST else "FOB"
        materials = self.codes()[0] if method is Method.FOCUSED and self.take("on") else ()
        return Content(percent, method, basis, materials)

    def max_non_originating(self) -> Rule:
        self.next()
        percent = self.percent()
        bracket = self.take("(")
        basis = self.basis() if self.take("of") or bracket or self.now.word in ("fob", "exw") else "EXW"
        if bracket and not self.take(")"):
            raise self.refuse("')'")
        return MaxNonOriginating(percent, basis)

    def limit(self) -> Limit:
        if self.now.word not in ("value", "weight"):
            raise self.refuse("'value of'", "'weight of'")
        measure = Measure(self.next().word)
        if not self.take("of"):
            raise self.refuse("'of'")
        self.skip(frozenset({"the", "all", "non-originating"}))
        named = not self.take("materials") or self.take("of")
        materials = self.codes()[0] if named else ()
        if not (self.take("at most") or self.take("does/do not exceed") or self.take("not exceeding")):
            raise self.refuse("'at most'")
        percent = self.percent()
        of = self.take("of")
        if of:
            self.skip(frozenset({"the"}))
        if measure is Measure.WEIGHT:
            if of and not (self.take("weight of the good") or self.take("good")):
                raise self.refuse("'the weight of the good'")
            return Limit(measure, percent, materials)
        return Limit(measure, percent, materials, self.basis() if of else "FOB")

    def basis(self) -> str:
        for names, basis in (
            (("fob", "the fob value", "the fob value of the good"), "FOB"),
            (("exw", "ex-works price", "the ex-works price"), "EXW"),
            (("net cost",), "net cost"),
        ):
            if any(self.take(n) for n in sorted(names, key=len, reverse=True)):
                return basis
        raise self.refuse("FOB", "EXW", "net cost")

    # -- changes ------------------------------------------------------------------------------------------

    def change(self) -> Rule:
        word = self.next().word
        level = Level[word.upper()] if word != "change" else None
        target: tuple[Span, ...] = ()
        if self.take("to"):
            self.skip(FILLERS)
            target = self.codes()[0]
        sources: tuple[Span, ...] = ()
        if self.take("from any other"):
            level = self.level(level)
        elif self.take("from within") or self.take("from"):
            sources = self.codes()[0]
        elif level is None:
            raise self.refuse("'from'")
        outside = self.take("outside that group")
        excepted: list[Span] = []
        conditional: list[Exclusion] = []
        lost = False
        while self.take("except from") or self.take("except") or self.take(", except from"):
            codes, cut = self.codes(lost=True)
            lost = lost or cut
            if self.take("when"):
                conditional.append(Exclusion(codes, self.text()))
            else:
                excepted += codes
        plainly = (Exclusion(tuple(excepted)),) if excepted else ()
        allowing: list[Limit] = []
        while self.take("allowing"):
            allowing.append(self.limit())
        return Change(level, (*plainly, *conditional), target, sources, outside, lost, tuple(allowing))

    def level(self, stated: Level | None) -> Level:
        level = LEVEL_WORDS.get(self.now.word)
        if level is None:
            raise self.refuse("'chapter'", "'heading'", "'subheading'")
        if stated is not None and stated is not level:
            raise RuleError(f"a {stated.name} is no change from any other {self.now.word}", self.now.column)
        self.next()
        return level


__all__ = ["MAX_DEPTH", "MAX_TEXT", "RuleError", "parse"]
