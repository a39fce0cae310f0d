"""The tables of rules of origin: which rules a Party applies, the rules by code, and the supporting rules of each agreement.

A rule set is one agreement's rules of origin over the time they hold (`ACFTA-2004`, `ACFTA-2019`). None of the tables
is needed to look up a rate; a release without them has nothing to say on origin.
"""

from __future__ import annotations

from functools import cache

from youyi.law.table import CODED, DATED, PREFIXED, Table

PERCENT = "a percentage"
TERMS: dict[str, tuple[str, ...] | str] = {
    "product_list": ("only", "by_track", "none"),
    "product_list_pe": ("open", "closed"),
    "produced_exclusively": ("open", "closed"),
    "rvc_formula": ("build-down", "build-up", "either", "one_per_party"),
    "rvc_basis": ("FOB", "EXW"),
    "rvc_final_process": ("a_party", "exporting_party", "unsaid"),
    "rvc_final_process_product_rules": ("bound", "free"),
    "rvc_test": ("unrounded",),
    "rvc_printed": ("down",),
    "vnm_imported": ("cif_at_importation",),
    "vnm_local": ("earliest_price", "earliest_price_without_transport"),
    "vnm_deductions": ("none", "proven_costs"),
    "unknown_origin": ("non_originating",),
    "local_materials": ("as_proved", "deemed_from_licensed_manufacturer"),
    "roll_up": ("all_criteria", "rvc_only"),
    "cumulation": ("originating", "full"),
    "cumulation_partial_from": PERCENT,
    "cumulation_partial_below": PERCENT,
    "cumulation_aggregate_from": PERCENT,
    "last_process_decides_origin": ("yes", "no"),
    "de_minimis_value": PERCENT,
    "de_minimis_weight": PERCENT,
    "de_minimis_rescues": ("tariff_change", "nothing"),
    "de_minimis_in_vnm": ("counted", "left_out"),
    "minimal_operations": ("bar_wholly_obtained", "bar_origin"),
    "packing_shipping": ("disregarded",),
    "packing_retail_rvc": ("counted",),
    "packing_retail_change": ("disregarded",),
    "packing_retail_other": ("disregarded", "counted"),
    "accessories_change": ("disregarded",),
    "accessories_rvc": ("counted",),
    "accessories_other": ("disregarded", "counted"),
    "accessories_condition": ("invoiced_together_and_customary", "not_invoiced_separately_and_customary"),
    "neutral_elements": ("disregarded", "originating"),
    "interchangeable_materials": ("segregation_or_inventory",),
    "inventory_method_kept": ("fiscal_year",),
    "transit_customs_control": ("required", "unsaid"),
    "transit_through_parties": ("conditions_apply", "free"),
    "tariff_differentials": ("none", "country_of_origin"),
}
"""Every supporting rule by name, and the values it may have. `codes` of its row narrows it to some goods."""
NEEDED = tuple(t for t in TERMS if t not in ("cumulation_partial_from", "cumulation_partial_below", "cumulation_aggregate_from", "de_minimis_weight"))
"""What every rule set must say, if only as an unverified default."""

ORIGIN_CHOICES: dict[str, tuple[str, ...]] = {
    "track": ("", "exclusive", "alternative"),
    "extent": ("whole", "partial", "missing"),
    "term": tuple(TERMS),
    "criterion": ("WO", "PE", "RVC", "CC", "CTH", "CTSH", "CTC", "CR", "PROCESS", "PSR", "COMBINED", "ACU", "DMI", "PARTIAL"),
    "condition": ("condition", "paper"),
    "passage": ("any", "party", "non_party"),
    "proof_event": ("issue", "retroactive", "validity", "claim", "waiver"),
    "proof_unit": ("days", "months", "USD"),
    "country_rule": ("where_acquired", "exporting_party", "most_originating_value", "highest_rate_of_contributors", "highest_rate_of_all"),
}

ORIGIN_TABLES = (
    Table(
        "origin_sets",
        "origin/sets.csv",
        {"agreement": "word", "party": "country_or_all", "rule_set": "word", **DATED},
        ("agreement", "party"),
        "which rules of origin an agreement's importing Party applies, from which day; an empty party is every other one",
        required=False,
    ),
    Table(
        "origin_lists",
        "origin/lists/*.csv",
        {"rule_set": "word", "codes": "codes", "extent": "extent", "note": "text", **PREFIXED},
        ("rule_set", "codes"),
        "whether a rule set's list of product rules is in hand, by beginning of the code: the longest that matches decides",
        required=False,
    ),
    Table(
        "origin_rules",
        "origin/rules/*.csv",
        {"rule_set": "word", "code": "code", "track": "track", "rule": "rule", "note": "text", **CODED},
        ("rule_set", "code", "edition"),
        "product rules: the longest code that matches decides",
        required=False,
    ),
    Table(
        "origin_general",
        "origin/general.csv",
        {"rule_set": "word", "codes": "codes", "rule": "rule", "note": "text", **PREFIXED},
        ("rule_set", "codes"),
        "general rules for goods that no product rule names: the longest beginning that matches decides",
        required=False,
    ),
    Table(
        "origin_terms",
        "origin/terms.csv",
        {"rule_set": "word", "term": "term", "codes": "spans", "value": "word", "note": "text", **DATED},
        ("rule_set", "term", "codes"),
        "the supporting rules of each rule set: cumulation, de minimis, packing, value content, …",
        required=False,
    ),
    Table(
        "origin_operations",
        "origin/operations.csv",
        {"rule_set": "word", "operation": "word", "text": "word", **DATED},
        ("rule_set", "operation"),
        "operations too small to give origin",
        required=False,
    ),
    Table(
        "origin_wholly",
        "origin/wholly_obtained.csv",
        {"rule_set": "word", "item": "word", "text": "word", **DATED},
        ("rule_set", "item"),
        "the goods that are wholly obtained",
        required=False,
    ),
    Table(
        "origin_consignment",
        "origin/consignment.csv",
        {"rule_set": "word", "kind": "condition", "item": "word", "passage": "passage", "text": "word", **DATED},
        ("rule_set", "kind", "item"),
        "direct consignment: what transit must keep to, and the papers that show it",
        required=False,
    ),
    Table(
        "origin_criteria",
        "origin/criteria.csv",
        {"rule_set": "word", "criterion": "criterion", "text": "word", "note": "text", **DATED},
        ("rule_set", "criterion"),
        "what the certificate's origin criterion box says; {percent} is a figure rounded down, {level} a change",
        required=False,
    ),
    Table(
        "origin_processes",
        "origin/processes.csv",
        {"rule_set": "word", "process": "process", "text": "word", **DATED},
        ("rule_set", "process"),
        "what a rule set means by a named process",
        required=False,
    ),
    Table(
        "origin_process_goods",
        "origin/process_goods/*.csv",
        {"rule_set": "word", "code": "code", "process": "process", "scope": "text", **CODED},
        ("rule_set", "code", "process", "scope"),
        "the goods for which a whole process rule stands; `scope` where it is only some goods of the code",
        required=False,
    ),
    Table(
        "origin_country",
        "origin/country_of_origin.csv",
        {"rule_set": "word", "paragraph": "word", "country": "country_rule", "condition": "word", **DATED},
        ("rule_set", "paragraph"),
        "which Party is the country of origin where tariffs differ by it, paragraph by paragraph, and the rates an importer may claim instead",
        required=False,
    ),
    Table(
        "origin_differentials",
        "origin/differentials.csv",
        {"importer": "country", "appendix": "extent", "percent": "percent", "note": "text", **DATED},
        ("importer",),
        "RCEP Parties whose tariff differs by country of origin, and whether the list of goods with the extra value condition is in hand",
        required=False,
    ),
    Table(
        "origin_proofs",
        "origin/proofs.csv",
        {"agreement": "word", "importer": "country_or_all", "event": "proof_event", "count": "percent", "unit": "proof_unit", "text": "word", **DATED},
        ("agreement", "importer", "event"),
        "the clocks of a proof of origin: issue and retroactive issue after shipment, validity after issue, claim after the declaration; waiver up to a value",
        required=False,
    ),
    Table(
        "origin_appendix",
        "origin/appendix/*.csv",
        {"importer": "country", "code": "code", **CODED},
        ("importer", "code"),
        "RCEP article 2.6 paragraph 3: goods that need the extra value in the exporting Party",
        required=False,
    ),
)


@cache
def origin_fault(kind: str, text: str) -> str:
    """What is wrong with a cell that holds a rule, a list of codes or the name of a process, or nothing."""
    from youyi.law.origin import PROCESSES, RuleError, parse
    from youyi.law.origin.tokens import read_spans

    if kind == "process":
        return "" if text in PROCESSES else f"{text!r} is no process of the vocabulary"
    try:
        canonical = str(parse(text)) if kind == "rule" else ", ".join(map(str, read_spans(text)))
    except RuleError as error:
        return str(error)
    return "" if canonical == text else f"is written {canonical!r}"


def term_fault(term: str, value: str) -> str:
    """What is wrong with the value of a supporting rule, or nothing."""
    allowed = TERMS.get(term, ())
    if allowed == PERCENT:
        whole, _, part = value.partition(".")
        plain = whole.isdigit() and value.isascii() and (part.isdigit() or "." not in value)
        return "" if plain and float(value) <= 100 else f"{value!r} is not {PERCENT}"
    return "" if value in allowed else f"{value!r} is none of {', '.join(allowed)}"
