"""Programs are shared by goods that a rule does not tell apart, and are what each good's own would be."""

from __future__ import annotations

from itertools import islice

import pytest

from origin_bills import random_bills
from youyi.law.origin import parse
from youyi.law.rulebook import Rulebook
from youyi.qualify import Good, Process
from youyi.qualify import weigh as w
from youyi.qualify.agreements import law_of, ways
from youyi.qualify.evaluating import PLAIN, compiled_rule
from youyi.qualify.program import _Builder, program_of, ways_of
from youyi.qualify.qualifying import Case, compiled

CODES = ("64", "6403", "640399", "640391", "64039910", "610910", "850422")


def test_a_shared_program_is_the_one_that_a_good_would_have_alone() -> None:
    for rule, _, _ in islice(random_bills(99), 400):
        for code in CODES:
            own = _Builder(code, PLAIN).program(ways_of(rule, code))
            shared = program_of(ways_of(rule, code), code, PLAIN)
            assert (shared.nodes, shared.spans, shared.limits, shared.facts, shared.groups) == (own.nodes, own.spans, own.limits, own.facts, own.groups), rule
            assert [m.text for m in shared.meanings] == [m.text for m in own.meanings]


def test_goods_share_a_program_as_far_as_the_rule_looks_at_their_codes() -> None:
    assert compiled_rule("CTH or RVC40", "640399") is compiled_rule("CTH or RVC40", "640391")
    assert compiled_rule("CTSH or RVC40", "640399") is not compiled_rule("CTSH or RVC40", "640391")
    assert compiled_rule("CTH to 6403.99", "640399").nodes[w.KIND] == w.CHANGE
    assert compiled_rule("CTH to 6403.99", "640391").nodes[w.KIND] == w.KNOWN
    assert compiled_rule("for 6403.99: CC; otherwise: RVC40", "640399").ways != compiled_rule("for 6403.99: CC; otherwise: RVC40", "640391").ways


@pytest.mark.parametrize(("agreement", "importer"), [("RCEP", "CN"), ("ACFTA", "CN"), ("ATIGA", "TH")])
def test_every_code_of_an_agreement_has_its_own_ways_in_the_program_it_shares(rulebook: Rulebook, agreement: str, importer: str) -> None:
    law = law_of(rulebook.origin, agreement, importer, 20_700)
    assert law is not None
    case = Case(rulebook, law, Good(""), Process(), "", "VN", importer, None)
    for code in rulebook.nomenclature.subheadings("HS2022", "")[::7]:
        for found in rulebook.origin.rules(law.rule_set, code, "HS2022", law.day).each:
            shared, settings = compiled(case, found), law.settings(found.code)
            own = ways(law, found, None, minimal=False)
            assert shared.ways == own
            assert shared.nodes == _Builder(found.code, settings).program(own).nodes


def test_words_of_a_rule_are_read_across_its_end_and_in_any_case() -> None:
    assert str(parse("cth EXCEPT FROM heading 64.06, or rvc not less than 40 %")) == "CTH except from 64.06 or RVC40"
    with pytest.raises(ValueError, match="the rule ends"):
        parse("CTH except")
