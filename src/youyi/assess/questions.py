"""From lines to the questions they put to the law: which route, which code, which stretch of unchanging days.

Lines that put the same question share one ruling. Known questions are found by bisection of their numbers; only new
ones reach the law.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from youyi.assess import codes
from youyi.assess.lines import NO_DAY, Lines
from youyi.assess.memory import uncollected
from youyi.assess.numbering import Pool, combined, distinct
from youyi.assess.position import Bench
from youyi.assess.ruling import Code, Route
from youyi.assess.slips import country_fault
from youyi.assess.table import RulingTable
from youyi.law.rulebook import Rulebook
from youyi.law.units import convert

I64 = npt.NDArray[np.int64]
Wrong = tuple[str, str]
ROUTE_TEXTS = ("importer", "exporter", "origin", "rcep_origin", "originating_under", "proof", "producer", "hs_edition")
JUDGED = ("importer", "exporter", "origin", "rcep_origin", "currency", "incoterm", "unit", "originating_under", "hs_edition")
REFUSED = 0
"""The ruling of a line that is refused."""
PERIOD_BITS, TEXT_BITS = 12, 28


class Questions:
    """The questions asked so far of one rulebook, and the ruling each got."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._bench = Bench(rulebook)
        self.table = RulingTable()
        self._texts = Pool()
        self._routes: Pool = Pool()
        self._route_objects: list[tuple[Route, str]] = []
        self._chapters = Pool()
        self._chapter_of_text: list[int] = []
        self._breaks: dict[tuple[str, str], I64] = {}
        self._keys = np.zeros(0, dtype=np.int64)
        self._rulings = np.zeros(0, dtype=np.int64)
        self._wrong: dict[int, Wrong] = {}
        self._last_pool: list[str] = []
        self._last_numbers: I64 = np.zeros(0, dtype=np.int64)
        self.last_digits: list[str] = []
        self._digits: dict[str, tuple[str, Wrong | None]] = {}
        self._judged: dict[tuple[str, str], Wrong | None] = {}
        self._agreements = {str(a["agreement"]) for a in rulebook.agreements}
        self._proofs = {str(a["proof"]).casefold(): str(a["agreement"]) for a in rulebook.agreements if a["proof"]}

    def rulings(self, lines: Lines) -> I64:
        """Each line's ruling; REFUSED where a cell is wrong. Adds the findings to `lines`."""
        self._judge(lines)
        route_of, routes = self._routes_of(lines)
        lines.route = route_of
        lines.routes = len(routes)
        hs = lines.texts["hs"]
        text_numbers = self._text_numbers(hs.pool)
        good, (good_route, good_text) = combined([(route_of, len(routes)), (hs.ids, len(hs.pool))])
        question, question_good, question_period, breaks = self._questions(lines, good, routes[good_route], text_numbers[good_text])
        key = (routes[good_route[question_good]] << (TEXT_BITS + PERIOD_BITS)) | (text_numbers[good_text[question_good]] << PERIOD_BITS) | question_period
        ruling = self._known(key)
        new = np.flatnonzero(ruling < 0)
        if len(new):
            self._ask(key[new], [breaks[i] for i in new.tolist()])
            ruling = self._known(key)
        return self._refuse_wrong_codes(lines, ruling[question])

    def _questions(self, lines: Lines, good: npt.NDArray[np.int32], route: I64, text: I64) -> tuple[I64, I64, I64, list[I64]]:
        """Number the distinct (good, period) pairs: each line's, then each question's good, period and list of breaks.

        Most goods see no change within a batch, so every good has as many numbers as periods in the batch's days.
        """
        days, day_of = distinct(lines.day)
        group, groups = self._period_groups(route, text)
        if not len(days):
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), []
        first = np.array([b.searchsorted(days[0], side="right") for b in groups], dtype=np.int64)
        last = np.array([b.searchsorted(days[-1], side="right") for b in groups], dtype=np.int64)
        width = last - first + 1
        offset = np.cumsum(width[group]) - width[group]
        question: I64 = offset[good]
        moving = np.flatnonzero(width > 1)
        if len(moving):
            local = np.zeros((len(groups), len(days)), dtype=np.int64)
            for g in moving.tolist():
                local[g] = groups[g].searchsorted(days, side="right") - first[g]
            question += local[group[good], day_of]
        seen = np.zeros(int(width[group].sum()), dtype=np.bool_)
        seen[question] = True
        asked = np.flatnonzero(seen)
        places = np.zeros(len(seen), dtype=np.int64)
        places[asked] = np.arange(len(asked))
        of_good = np.repeat(np.arange(len(group)), width[group])[asked]
        period = asked - offset[of_good] + first[group[of_good]]
        return places[question], of_good, period, [groups[g] for g in group[of_good].tolist()]

    def digits_of(self, text: str) -> tuple[str, Wrong | None]:
        """`codes.read`, remembered."""
        found = self._digits.get(text)
        if found is None:
            found = self._digits[text] = codes.read(text)
        return found

    def clean(self, line: dict[str, str]) -> bool:
        """Whether every word of a line can be read."""
        return not any(self._judgement(f, line[f]) for f in JUDGED) and not self.digits_of(line["hs"])[1] and bool(line["origin"] or line["exporter"])

    def breaks_for(self, line: dict[str, str]) -> I64:
        """The breaks that divide the time of one line's good."""
        edition = codes.edition_of(line["hs_edition"])
        return self._breaks_of(line["importer"].upper(), self.digits_of(line["hs"])[0][:2] if edition in ("", "HS2022") else "")

    # -- judging words ----------------------------------------------------------------------------------------

    def _judge(self, lines: Lines) -> None:
        for field in JUDGED:
            pool = lines.texts[field].pool
            wrong = {i: w for i, t in enumerate(pool) if (w := self._judgement(field, t))}
            if wrong:
                lines.refuse_pool(field, wrong)

    def _judgement(self, field: str, text: str) -> Wrong | None:
        key = (field, text)
        if key not in self._judged:
            self._judged[key] = self._word_fault(field, text)
        return self._judged[key]

    def _word_fault(self, field: str, text: str) -> Wrong | None:
        book, word = self._rulebook, text.upper()
        if not text and field not in ("importer", "currency"):
            return None
        match field:
            case "importer" if not text:
                return "COUNTRY", "the importer is missing"
            case "importer" if word in book.countries and word not in book.parties:
                return "COUNTRY-NOT-COVERED", f"imports into {text} are not covered; covered are {', '.join(sorted(book.parties))}"
            case "importer" | "exporter" | "origin" | "rcep_origin":
                return None if word in book.countries else ("COUNTRY", country_fault(text, book.countries))
            case "currency":
                return None if word in book.decimals else ("CURRENCY", f"{text!r} is no currency code for money" if text else "the currency is missing")
            case "incoterm":
                return None if word in book.incoterms else ("INCOTERM", f"{text!r} is no Incoterm (three letters: {', '.join(sorted(book.incoterms))})")
            case "unit":
                return None if convert(Fraction(1), text) else ("UNIT", f"{text!r} is no unit that is known (UN/ECE Recommendation 20, e.g. KGM, LTR, MTK)")
            case "hs_edition":
                editions = book.nomenclature.editions()
                return None if codes.edition_of(text) in editions else ("EDITION", f"{text!r} is no edition in hand ({', '.join(editions)})")
        unknown = [p.strip() for p in text.split(";") if p.strip() and p.strip().upper() not in self._agreements | {"-"}]
        return ("AGREEMENT", f"{', '.join(unknown)}: no agreement; known are {', '.join(sorted(self._agreements))}, or - for none") if unknown else None

    # -- routes, codes, periods -------------------------------------------------------------------------------

    def _routes_of(self, lines: Lines) -> tuple[npt.NDArray[np.int32], I64]:
        """Each line's local route, and the numbers of the local routes."""
        texts = [lines.texts[n] for n in ROUTE_TEXTS]
        places, parts = combined([(t.ids, len(t.pool)) for t in texts])
        routes = np.zeros(len(parts[0]), dtype=np.int64)
        for i, ids in enumerate(zip(*(p.tolist() for p in parts), strict=True)):
            words = tuple(t.pool[j] for t, j in zip(texts, ids, strict=True))
            number = self._routes.place(words)
            if number == len(self._route_objects):
                self._route_objects.append((self._route(words), codes.edition_of(words[-1])))
            routes[i] = number
            if not self._route_objects[number][0].origin:
                rows = np.flatnonzero(places == i)
                lines.refuse(rows[~lines.refused[rows]], "ORIGIN-MISSING", "origin", lambda _: "neither origin nor exporter is stated")
        return places, routes

    def _route(self, words: tuple[str, ...]) -> Route:
        importer, exporter, origin, rcep_origin, under, proof, producer, _ = words
        return Route(
            importer.upper(),
            (exporter or origin).upper(),
            (origin or exporter).upper(),
            rcep_origin.upper(),
            frozenset(a.strip().upper() for a in under.split(";") if a.strip() not in ("", "-")) if under else None,
            frozenset(self._proofs.get(p.strip().casefold(), p.strip().upper()) for p in proof.split(";") if p.strip()),
            producer,
        )

    def _text_numbers(self, pool: list[str]) -> I64:
        if pool == self._last_pool:
            return self._last_numbers
        numbers = self._texts.places(pool)
        for text in self._texts.values[len(self._chapter_of_text) :]:
            digits, wrong = self.digits_of(text)
            self._chapter_of_text.append(self._chapters.place("" if wrong else digits[:2]))
        self._last_pool, self._last_numbers = pool, numbers
        self.last_digits = [self.digits_of(t)[0] or t for t in pool]
        return numbers

    def _period_groups(self, route: I64, text: I64) -> tuple[I64, list[I64]]:
        """For each good, which list of breaks divides its time; and the lists."""
        chapter = np.asarray(self._chapter_of_text, dtype=np.int64)[text] if len(text) else text
        width = len(self._chapters) or 1
        found, places = distinct(route * width + chapter)
        lists = []
        for number in found.tolist():
            r, c = divmod(number, width)
            asked, edition = self._route_objects[r]
            # A code of another edition may cross into another chapter, so every chapter's days count for it.
            lists.append(self._breaks_of(asked.importer, self._chapters.values[c] if edition in ("", "HS2022") else ""))
        return places.astype(np.int64), lists

    def _breaks_of(self, importer: str, chapter: str) -> I64:
        key = (importer, chapter)
        found = self._breaks.get(key)
        if found is None:
            days = self._rulebook.breakpoints(importer, chapter) if importer in self._rulebook.parties else []
            found = self._breaks[key] = np.asarray(days, dtype=np.int64)
        return found

    def first_day(self, importer: str, chapter: str, day: int) -> int:
        """The first day of the stretch that `day` lies in."""
        breaks = self._breaks_of(importer, chapter)
        at = int(np.searchsorted(breaks, day, side="right"))
        return int(breaks[at - 1]) if at else day

    # -- asking -----------------------------------------------------------------------------------------------

    def _known(self, key: I64) -> I64:
        """The ruling of each question, or -1."""
        if not len(self._keys):
            return np.full(len(key), -1, dtype=np.int64)
        at = np.minimum(self._keys.searchsorted(key), len(self._keys) - 1)
        return np.where(self._keys[at] == key, self._rulings[at], -1)

    def _ask(self, keys: I64, breaks: list[I64]) -> None:
        answers = []
        with uncollected():
            for key, days in zip(keys.tolist(), breaks, strict=True):
                period = key & ((1 << PERIOD_BITS) - 1)
                text = (key >> PERIOD_BITS) & ((1 << TEXT_BITS) - 1)
                route, edition = self._route_objects[key >> (TEXT_BITS + PERIOD_BITS)]
                day = int(days[period - 1]) if period else (int(days[0]) - 1 if len(days) else 0)
                answers.append(self._ruling(route, edition, text, day))
        order = keys.argsort(kind="stable")
        new = keys[order], np.array(answers, dtype=np.int64)[order]
        places = self._keys.searchsorted(new[0]) + np.arange(len(order))
        old = np.ones(len(self._keys) + len(order), dtype=np.bool_)
        old[places] = False
        grown = np.empty((2, len(old)), dtype=np.int64)
        for row, before, now in zip(grown, (self._keys, self._rulings), new, strict=True):
            row[old], row[places] = before, now
        self._keys, self._rulings = grown

    def _ruling(self, route: Route, edition: str, text: int, day: int) -> int:
        if route.importer not in self._rulebook.parties or not route.origin or day == NO_DAY:
            return REFUSED
        written = self._texts.values[text]
        digits, wrong = self.digits_of(written)
        if not wrong:
            if not edition:
                row = self._rulebook.national_tariff(route.importer, day)
                edition = str(row["edition"]) if row else "HS2022"
            wrong = codes.judge(self._rulebook, digits, edition)
        if wrong:
            # A code that is no code gets a ruling of its own that refuses, so that it too is judged once.
            number = self.table.add_refusal()
            self._wrong[number] = wrong
            return number
        return self.table.add(self._bench.ruling(route, Code(digits, edition), day))

    def _refuse_wrong_codes(self, lines: Lines, found: I64) -> I64:
        if self._wrong:
            bad = np.isin(found, np.fromiter(self._wrong, dtype=np.int64)) & ~(lines.refused & (lines.day == NO_DAY))
            for row in np.flatnonzero(bad).tolist():
                code, words = self._wrong[int(found[row])]
                lines.refuse([row], code, "hs", lambda _, words=words: words)  # type: ignore[misc]
        if lines.refused.any():
            found = np.where(lines.refused, REFUSED, found)
        return found
