"""Rules in the structures of other collections are carried by the same grammar."""

from __future__ import annotations

from typing import Any

import pytest

from youyi.law.origin import RuleError, parse
from youyi.law.origin.structured import read

SHIFTS: list[tuple[dict[str, Any], str]] = [
    ({"target": ["2401"], "sources": [{"kind": "any_other", "level": "chapter"}]}, "CC to 24.01"),
    (
        {"target": ["0407-0409"], "sources": [{"kind": "any_other", "level": "chapter"}], "excluded": ["1901.90"]},
        "CC to 04.07 through 04.09 except from 1901.90",
    ),
    (
        {"target": ["2914.71-2914.79"], "sources": [{"kind": "any_other", "level": "subheading", "outside_target_group": True}],
         "excluded": ["3301.90"]},
        "CTSH to 2914.71 through 2914.79 outside that group except from 3301.90",
    ),
    (
        {"target": ["2106.90"], "sources": [{"kind": "named", "level": None, "ranges": ["04", "1901.90"], "outside_target_group": False}]},
        "change to 2106.90 from 04, 1901.90",
    ),
    (
        {
            "rule_id": "102.20/8711-8713",
            "target": ["8711-8713"],
            "sources": [{"kind": "any_other", "level": "heading", "ranges": []}],
            "excluded": [],
            "excluded_when": [{"ranges": ["8714"], "when": "under General Rule of Interpretation 2(a)"}],
        },
        'CTH to 87.11 through 87.13 except from 87.14 when "under General Rule of Interpretation 2(a)"',
    ),
    (
        {"target": ["7019"], "sources": [{"kind": "named", "ranges": ["70"]}, {"kind": "any_other", "level": "heading"}]},
        "change to 70.19 from 70 or CTH to 70.19",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("data", "text"), SHIFTS, ids=[text for _, text in SHIFTS])
def test_a_tariff_shift_is_a_change(data: dict[str, Any], text: str) -> None:
    rule = read(data)
    assert str(rule) == text
    assert parse(text) == rule


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"ctc": "CC"}, "CC"),
        ({"ctc": "CTH", "except": ["6406", "64.01-64.05"]}, "CTH except from 64.06, 64.01 through 64.05"),
        ({"ctc": "CTH", "de_minimis_weight_max": 7}, "CTH allowing weight of materials at most 7 %"),
        ({"rvc_min": "37.5"}, "RVC37.5"),
        ({"all": [{"ctc": "CTSH"}, {"rvc_build_up_min": 35}]}, "CTSH and RVC35 build-up"),
        ({"any": [{"ctc": "CTH"}, {"rvc_build_down_min": 45}]}, "CTH or RVC45 build-down"),
        ({"any": [{"text": "CTSH"}, {"max_nom": 75}, {"text": "process refining"}]}, "CTSH or MaxNOM75 of EXW or process refining"),
        ({"ctc": "CTH", "rvc_min": 40}, "CTH and RVC40"),
    ],
)
def test_a_simple_structure_is_a_rule(data: dict[str, Any], text: str) -> None:
    assert str(read(data)) == text


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"ctc": "CTX"},
        {"ctc": "CTH", "excepts": ["6406"]},
        {"rvc_min": "much"},
        {"rvc_min": 140},
        {"all": []},
        {"text": "CTH xor"},
        {"target": ["24"], "sources": [{"kind": "somewhere"}]},
        {"target": ["24"], "sources": [{"kind": "any_other", "level": "section"}]},
        {"target": ["24"], "sources": [{"kind": "named", "ranges": ["24-0"]}]},
        {"target": ["24"]},
    ],
    ids=str,
)
def test_a_structure_that_is_none_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(RuleError):
        read(data)


@pytest.mark.parametrize(
    "text",
    [
        "CC except from 02, 03",
        "any materials",
        'CTH or MaxNOM75 of EXW',
        "CTSH or MaxNOM75 of EXW or process chemical_reaction or process purification or process mixing_and_blending or process standards_materials"
        " or process change_in_particle_size or process isomer_separation or process biotechnological_processing",
        "process weaving and process making_up",
        "(process fibre_extrusion and process spinning) or process spinning",
        "process weaving or (process printing and process two_finishing_operations)",
        "process flocking and (process dyeing or process printing)",
        'for "surface-active products": CTSH or MaxNOM75 of EXW; otherwise: CTH',
    ],
)  # fmt: skip
def test_the_forms_of_british_preference_rules_are_in_the_grammar(text: str) -> None:
    assert str(parse(text)) == text
