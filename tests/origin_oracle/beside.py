"""Sections 6 and 7: the RCEP country of origin and direct consignment, which stand beside the verdict."""

from __future__ import annotations

from fractions import Fraction

from oracle.exact import in_force
from oracle.tariffs import Tariffs

from .bill import VALUE
from .nodes import Facts
from .records import Asked, Verdict, step
from .truth import Amount, Truth, all_of, any_of, at_most, total

NO_DIFFERENTIAL = "no differential"


class Beside(Tariffs):
    """What the tables say of a good that has its verdict."""

    def party(self, ask: Asked, state: str) -> bool:
        """Whether a state is a Party on the day."""
        return self.member(ask.agreement, state, ask.day, ask.importer if state != ask.importer else ask.exporter)

    def country(self, ask: Asked, found: Verdict, facts: Facts) -> str:
        """Section 6: the RCEP country of origin; empty where it is open."""
        obtained = ask.file["product"].get("wholly_obtained")
        if found.criterion == "WO":
            return str(obtained["party"]) if obtained else ask.exporter
        own = True
        if found.criterion == "PE" and ask.file.get("minimal"):
            done = ask.file.get("processes")
            if done is None:
                found.questions.add("processes")
                return ""
            own = any(step(p, ask.exporter)[1] == ask.exporter for p in done)
        extra = self.value_added(ask, facts)
        if own:
            found.questions |= set() if extra else {"rcep_appendix"}
            return ask.exporter
        contributor = self.contributor(found, facts)
        if extra is False or extra is NO_DIFFERENTIAL or contributor == ask.exporter:
            return contributor
        found.questions.add("rcep_appendix")
        return ""

    def value_added(self, ask: Asked, facts: Facts) -> Truth | str:
        """Whether the good would meet the appendix, which is not in hand, if it were on it; a word where the importer has none."""
        row = next((r for r in self.table("origin/differentials") if r["importer"] == ask.importer and in_force(r, ask.day)), None)
        if row is None:
            return NO_DIFFERENTIAL
        elsewhere = total(i.value for i in facts.looked_at(VALUE) if not (i.originating and i.party in ("", ask.exporter)))
        return at_most(elsewhere, 100 - Fraction(row["percent"]), facts.base("FOB"))

    @staticmethod
    def contributor(found: Verdict, facts: Facts) -> str:
        """The Party whose originating materials are worth most."""
        worth: dict[str, Amount] = {}
        for item in facts.looked_at(VALUE):
            if item.originating:
                worth[item.party] = worth.get(item.party, Amount()) + item.value
        for name, mine in worth.items():
            others = [w for n, w in worth.items() if n != name]
            if name and all(w.high is not None and mine.low > w.high for w in others):
                return name
        found.questions |= {i.missing for i in facts.items if i.originating and i.value.high is None}
        found.questions |= {f"origin:{i.name}" for i in facts.items if i.originating and not i.party}
        return ""

    def consignment(self, ask: Asked, found: Verdict) -> str:
        """Section 7."""
        journey = ask.file.get("journey")
        if journey is None:
            return "unsaid"
        rows = [r for r in self.table("origin/consignment") if r["rule_set"] == ask.rules and in_force(r, ask.day)]
        answers: list[Truth] = []
        for place in journey.get("transit", ()):
            outside = not self.party(ask, place["at"])
            for row in (r for r in rows if r["kind"] == "condition"):
                answers.append(place.get(row["item"]))
                if place.get(row["item"]) is None:
                    found.questions.add(f"transit:{row['item']}")
            needed = [r["item"] for r in rows if r["kind"] == "paper" and (outside or r["passage"] == "any")]
            papers = journey.get("papers")
            shown: list[Truth] = [None if papers is None else item in papers for item in needed]
            answers.append(True if not needed else any_of(shown) if ask.agreement == "RCEP" else all_of(shown))
            if answers[-1] is None:
                found.questions |= {f"papers:{item}" for item in needed}
        if not answers:
            return "direct"
        return {True: "met", False: "not_met", None: "open"}[all_of(answers)]
