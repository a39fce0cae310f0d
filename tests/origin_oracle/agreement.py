"""Sections 5 to 9: a product file under one agreement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache

from oracle.exact import Row, in_force
from youyi.law.origin import AllOf, AnyOf, Change, Content, Process, Rule, Split, WhollyObtained, parse

from .beside import Beside
from .bill import OTHER, VALUE, Item, Record, digits, kept_apart, role_of, value_of
from .nodes import Facts, cases, exact, holds, outside_value, tidy, wholly_obtained, without
from .records import Asked, Verdict, cut, step
from .truth import Amount, Truth, alike, all_of, any_of, at_most, total

OFF_THE_LIST = "not on the product list"
MADE_OF_OTHERS = "11"
"""The item of every list of wholly obtained goods that looks at what a good was made of."""
read_rule = cache(parse)


def prefixes(code: str) -> Iterator[str]:
    """The code and its beginnings, the longest first, the empty one last."""
    for length in range(len(code), -1, -1):
        yield code[:length]


class OriginOracle(Beside):
    """Answers product files from the tables in a folder, one at a time."""

    # -- tables -------------------------------------------------------------------------------------------

    def rule_set(self, agreement: str, importer: str, day: str) -> str:
        rows = [r for r in self.table("origin/sets") if r["agreement"] == agreement and in_force(r, day)]
        return next((r["rule_set"] for party in (importer, "") for r in rows if r["party"] == party), "")

    def terms(self, rules: str, code: str, day: str) -> dict[str, str]:
        """The supporting rules for a good: a term for some chapters only where it is of them."""
        found = {}
        for row in self.table("origin/terms"):
            if row["rule_set"] == rules and in_force(row, day):
                first, _, last = row["codes"].partition(" through ")
                if not first or first <= code[: len(first)] <= (last or first):
                    found[row["term"]] = row["value"]
        return found

    def edition(self, rules: str, day: str) -> str:
        return next((r["edition"] for r in self.files("origin/rules") if r["rule_set"] == rules and in_force(r, day)), "")

    @cache  # noqa: B019 - one oracle lives as long as the tests
    def lists(self, rules: str, day: str) -> tuple[dict[str, Row], dict[str, Row], dict[str, Row]]:
        """Product rules, general rules and how far the list is in hand, by beginning of the code."""

        def by(rows: Iterator[Row] | list[Row], key: str) -> dict[str, Row]:
            return {r[key]: r for r in rows if r["rule_set"] == rules and in_force(r, day)}

        return by(self.files("origin/rules"), "code"), by(self.table("origin/general"), "codes"), by(self.files("origin/lists"), "codes")

    def possible(self, code: str, edition: str, own: str) -> frozenset[str]:
        """The codes of another edition that goods of a code, which may be short, may have."""
        if not code or not own or edition == own:
            return frozenset({code} if code else ())
        full = [c for c in self.codes_of[edition] if len(c) == 6 and c.startswith(code)] if len(code) < 6 else [code]
        return frozenset(t for c in full for t in self.cross(c, edition, own)) or frozenset({code})

    # -- the bill -----------------------------------------------------------------------------------------

    def item(self, ask: Asked, at: int, record: Record, own: str) -> Item:
        """A material as the agreement sees it."""
        code = digits(record.get("hs", ""))
        edition = str(record.get("hs_edition", ask.file["product"].get("hs_edition", "")))
        originating, share = self.originating(ask, record)
        value, missing = value_of(record, ask.terms, ask.exporter, str(ask.file["product"].get("currency", "")), self.rate)
        return Item(
            str(record.get("id", at)),
            self.possible(code, edition, own),
            value,
            Amount.of(record.get("weight")),
            originating,
            record.get("wholly_obtained"),
            str(record.get("origin") or ""),
            role_of(record),
            share,
            missing,
        )

    @staticmethod
    def rate(currency: str) -> Fraction | None:
        """No rate is in hand here: a bill in several currencies is not for the oracle."""
        return None

    def originating(self, ask: Asked, record: Record) -> tuple[Truth, Fraction]:
        """Section 2.1: whether a material originates, else how much of it does."""
        origin, said, none = str(record.get("origin") or ""), record.get("originating"), Fraction(0)
        if (origin and not self.party(ask, origin)) or not kept_apart(record):
            return False, none
        if said is not None:
            return said is True or (isinstance(said, list) and ask.agreement in said), none
        if "materials" in record and origin:
            return self.nested(ask, record, origin)
        return ask.agreement == "ATIGA" and record.get("proof") == "licensed manufacturer" and origin == ask.exporter, none

    def nested(self, ask: Asked, record: Record, origin: str) -> tuple[Truth, Fraction]:
        """Section 2.3: a bought part judged by its own bill."""
        product = {k: record[k] for k in ("hs", "hs_edition", "weight", "wholly_obtained") if k in record}
        product |= {"fob": record.get("value"), "currency": record.get("currency", ask.file["product"].get("currency", ""))}
        product.setdefault("hs_edition", ask.file["product"].get("hs_edition", ""))
        part = {k: record[k] for k in ("materials", "processes", "minimal", "attested", "costs", "product_rule") if k in record}
        part |= {"product": product, "exporter": origin, "importer": ask.importer, "date": ask.day}
        own = self.qualify(ask.agreement, part)
        least, below = ask.terms.get("cumulation_partial_from"), ask.terms.get("cumulation_partial_below")
        if own.truth is False and least and below and own.rvc:
            content = self.content(self.facts(self.asked(ask.agreement, part), frozenset({digits(record["hs"])}), ""))
            if content is not None and Fraction(least) <= content < Fraction(below):
                return False, content / 100
        return own.truth, Fraction(0)

    def facts(self, ask: Asked, codes: frozenset[str], own: str) -> Facts:
        """All that is known of the good, for the first of its codes."""
        file, product = ask.file, ask.file["product"]
        costs = file.get("costs")
        obtained = product.get("wholly_obtained")
        code = min(codes)
        bases = {"FOB": exact(product.get("fob")), "EXW": exact(product.get("exw"))}
        items = tuple(self.item(ask, at, m, own) for at, m in enumerate(file.get("materials") or ()))
        return Facts(
            code,
            self.cumulated(ask, items, bases),
            bases,
            exact(product.get("weight")),
            None if costs is None else sum((Fraction(str(v)) for v in costs.values()), Fraction(0)),
            self.processes(ask),
            frozenset(tidy(t["text"]) for t in file.get("attested", ()) if t.get("source")),
            True if obtained and self.party(ask, obtained["party"]) else obtained if obtained is False else None,
            (self.tolerance(ask, "value"), self.tolerance(ask, "weight")),
            ask.terms.get("rvc_formula", "build-down"),
        )

    @staticmethod
    def cumulated(ask: Asked, items: tuple[Item, ...], bases: Mapping[str, Fraction | None]) -> tuple[Item, ...]:
        """A3 rule 5: before 2019 materials of other Parties originate only where the aggregate content is high enough."""
        least = ask.terms.get("cumulation_aggregate_from")
        if not least:
            return items
        reached = at_most(outside_value(Facts("", items)), 100 - Fraction(least), bases["FOB"])
        return tuple(replace(i, originating=all_of([i.originating, reached])) if i.party not in ("", ask.exporter) else i for i in items)

    @staticmethod
    def tolerance(ask: Asked, measure: str) -> Fraction | None:
        percent = ask.terms.get(f"de_minimis_{measure}")
        return Fraction(percent) if percent and percent != "0" else None

    def processes(self, ask: Asked) -> frozenset[str] | None:
        """The processes carried out in a Party."""
        done = ask.file.get("processes")
        return None if done is None else frozenset(name for name, party in (step(p, ask.exporter) for p in done) if self.party(ask, party))

    @staticmethod
    def content(facts: Facts) -> Fraction | None:
        """The build-down value content, where it is one number; 100 without anything from outside."""
        amount, base = outside_value(facts), facts.base("FOB")
        if amount.high == 0:
            return Fraction(100)
        return (base - amount.low) / base * 100 if base and amount.low == amount.high else None

    def best_content(self, facts: Facts) -> Fraction | None:
        """The value content to print: the better of the two formulas where the exporter may choose."""
        found, base = self.content(facts), facts.base("FOB")
        if facts.formula == "either" and facts.costs is not None and base:
            inside = total(i.inside(i.value) for i in facts.looked_at(VALUE))
            if inside.low == inside.high:
                up = (inside.low + facts.costs) / base * 100
                return up if found is None else max(found, up)
        return found

    # -- the verdict --------------------------------------------------------------------------------------

    def asked(self, agreement: str, file: Record) -> Asked:
        importer, day = str(file["importer"]), str(file["date"])
        rules = self.rule_set(agreement, importer, day)
        terms = self.terms(rules, digits(file["product"]["hs"]), day) if rules else {}
        return Asked(agreement, rules, file, str(file["exporter"]), importer, day, terms)

    def qualify(self, agreement: str, file: Record) -> Verdict:
        """The verdict on a product file under one agreement."""
        ask = self.asked(agreement, file)
        if not ask.rules:
            return Verdict(None, questions={"rule_set"})
        own = self.edition(ask.rules, ask.day) or str(file["product"].get("hs_edition", ""))
        codes = self.possible(digits(file["product"]["hs"]), str(file["product"].get("hs_edition", own)), own)
        facts = self.facts(ask, codes, own)
        found = self.decided(ask, codes, facts)
        content = self.best_content(facts)
        found.rvc = "" if content is None else cut(content, 2)
        found.box8 = self.box8(ask, found, content)
        if found.if_not_listed:
            found.if_not_listed = f"RVC {cut(content, 0)}%" if found.if_not_listed == "RVC" and content is not None else found.if_not_listed
        found.questions |= facts.asked if found.truth is None else set()
        if found.truth is not True:
            found.questions |= self.statements(ask, found)
        if agreement == "RCEP" and found.truth:
            found.rcep_origin = self.country(ask, found, facts)
        found.consignment = self.consignment(ask, found)
        return found

    def statements(self, ask: Asked, found: Verdict) -> set[str]:
        """The materials whose origin nobody stated, where statements of all of them would change the verdict."""
        bill = ask.file.get("materials") or ()
        silent = [m for m in bill if m.get("originating") is None and "materials" not in m and (not m.get("origin") or self.party(ask, m["origin"]))]
        if not silent:
            return set()
        stated = [{**m, "originating": True} if m in silent else m for m in bill]
        other = self.qualify(ask.agreement, {**ask.file, "materials": stated})
        return {f"origin:{m['id']}" for m in silent} if other.truth != found.truth else set()

    def decided(self, ask: Asked, codes: frozenset[str], facts: Facts) -> Verdict:
        """The limbs in their order."""
        done = ask.file.get("processes") or ()
        last = step(done[-1], ask.exporter)[1] if done else ask.exporter
        if not self.party(ask, ask.exporter) or not self.party(ask, last):
            return Verdict(False)
        obtained = ask.file["product"].get("wholly_obtained")
        grown = bool(obtained) and str(obtained["item"]) != MADE_OF_OTHERS and facts.wholly is True
        if grown or wholly_obtained(facts):
            return Verdict(True, "WO")
        items = facts.looked_at(OTHER)
        if not items:
            return Verdict(None, questions={"materials", "wholly_obtained"})
        exclusively: Truth = False
        if ask.terms["produced_exclusively"] == "open":
            exclusively = all_of(i.originating for i in items)
        if exclusively:
            return Verdict(True, "PE")
        each = [self.by_rule(ask, code, replace(facts, code=code)) for code in sorted(codes)]
        found = each[0] if len({(v.truth, v.criterion) for v in each}) == 1 else Verdict(alike(v.truth for v in each), each[0].criterion, questions={"code"})
        for other in each:
            found.questions |= other.questions
        bar = self.barred(ask, facts)
        limb = all_of([found.truth, bar])
        if limb is not found.truth and bar is None:
            found.questions.add("processes")
        found.truth = any_of([limb, exclusively, wholly_obtained(facts)])
        if found.truth is not True:
            found.criterion = ""
        return found

    @staticmethod
    def barred(ask: Asked, facts: Facts) -> Truth:
        """Whether more than minimal operations was done, as far as that matters; yes is no bar."""
        if ask.terms["minimal_operations"] != "bar_origin" or not ask.file.get("minimal"):
            return True
        if all(i.originating for i in facts.looked_at(OTHER)):
            return True
        done = ask.file.get("processes")
        return None if done is None else bool(done)

    def by_rule(self, ask: Asked, code: str, facts: Facts) -> Verdict:
        """Section 5, step 4: the rule of the good."""
        typed = ask.file.get("product_rule")
        if typed and typed.get("source"):
            return self.met(ask, read_rule(typed["rule"]), facts, product=True)
        products, generals, extents = self.lists(ask.rules, ask.day)
        product = next((products[p] for p in prefixes(code) if p in products), None)
        general = read_rule(next(generals[p] for p in prefixes(code) if p in generals)["rule"])
        whole = next((extents[p]["extent"] for p in prefixes(code) if p in extents), "missing") == "whole"
        if product:
            rule = read_rule(product["rule"])
            own = self.met(ask, rule, facts, product=True)
            if product["track"] == "alternative" and own.truth is not True:
                other = self.general(ask, general, facts)
                return other if other.truth else Verdict(any_of([own.truth, other.truth]), questions=own.questions)
            return own
        found = self.general(ask, general, facts)
        if whole or OFF_THE_LIST in facts.attested:
            return found
        question = "product_list" if ask.rules == "ACFTA-2019" else "rule_text"
        return Verdict(None, questions={question, *found.questions}, if_not_listed=found.criterion if ask.rules == "ACFTA-2019" and found.truth else "")

    def general(self, ask: Asked, rule: Rule, facts: Facts) -> Verdict:
        """The general rule; before 2019 its last process must be in the exporting Party itself (A3 rule 4)."""
        done = ask.file.get("processes")
        if ask.terms["rvc_final_process"] == "exporting_party" and done and step(done[-1], ask.exporter)[1] != ask.exporter:
            return Verdict(False)
        return self.met(ask, rule, facts, product=False)

    def met(self, ask: Asked, rule: Rule, facts: Facts, *, product: bool) -> Verdict:
        """Whether a rule is met and under which criterion: the first alternative that is, as written."""
        facts = replace(facts, asked=set())
        # RCEP annex 3A headnote 7(e): a good whose rule is WO may be produced exclusively, which comes before and needs nothing here.
        truth = holds(rule, facts)
        if not truth:
            return Verdict(truth, questions=facts.asked)
        term = next((t for t in alternatives(rule, facts) if holds(t, replace(facts, asked=set()))), rule)
        name = self.name(ask, term, product)
        plain = replace(facts, tolerance=(None, None), asked=set())
        beside = ", DMI" if ask.agreement == "RCEP" and not holds(term, plain) else ""
        if name != "WO" and ask.agreement == "RCEP" and not holds(term, without(facts, {"", ask.exporter})):
            beside = ", ACU" + beside
        level = next((t.level.name for t in (*getattr(term, "terms", ()), term) if isinstance(t, Change) and t.level), "")
        return Verdict(True, name, box8=f"{level}|{beside}")

    @staticmethod
    def name(ask: Asked, term: Rule, product: bool) -> str:
        """The criterion in the agreement's own words."""
        if ask.agreement == "ACFTA" and product:
            return "PSR"
        parts = term.terms if isinstance(term, AllOf) else (term,)
        change = next((p for p in parts if isinstance(p, Change)), None)
        if ask.agreement == "ATIGA" and change and any(isinstance(p, Content) for p in parts):
            return "COMBINED"
        first = change or parts[0]
        if isinstance(first, Change):
            return "CTC" if ask.agreement == "RCEP" or first.level is None else first.level.name
        if isinstance(first, Content):
            return "RVC"
        if isinstance(first, WhollyObtained):
            return "WO"
        return "CR" if ask.agreement == "RCEP" and isinstance(first, Process) and first.name == "chemical_reaction" else "PROCESS"

    def box8(self, ask: Asked, found: Verdict, content: Fraction | None) -> str:
        """Section 9."""
        if not found.truth:
            return ""
        level, _, beside = found.box8.partition("|")
        row = next(r for r in self.table("origin/criteria") if (r["rule_set"], r["criterion"]) == (ask.rules, found.criterion))
        percent = "" if content is None else cut(content, 0)
        return row["text"].replace("{percent}", percent).replace("{level}", level) + beside


def alternatives(rule: Rule, facts: Facts) -> Iterator[Rule]:
    """The terms between which the exporter chooses, as written."""
    if isinstance(rule, Split):
        for inner, _ in cases(rule, replace(facts, asked=set())):
            if inner is not None:
                yield from alternatives(inner, facts)
    elif isinstance(rule, AnyOf):
        yield from rule.terms
    else:
        yield rule
