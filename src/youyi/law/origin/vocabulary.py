"""The named working and processing that rules ask for. What an agreement means by a name is in its own table of processes.

A name is fixed: a process that none of them states is written as a quoted text and must be attested.
"""

from __future__ import annotations

PROCESSES: dict[str, str] = {
    # chemicals and mixtures
    "chemical_reaction": "a reaction that makes a molecule of new structure by breaking or forming bonds between atoms",
    "purification": "removing impurities so far that the good is fit for another use, or to a stated degree",
    "mixing_and_blending": "deliberate, proportioned mixing to a specification, giving properties the materials do not have",
    "change_in_particle_size": "deliberate, controlled change of particle size, other than mere crushing, giving other properties",
    "standards_materials": "producing a preparation of certified purity or proportion for analysis or calibration",
    "isomer_separation": "isolating or separating isomers from a mixture",
    "biotechnological_processing": "culturing, gene technology, or using cells or enzymes to make the good",
    "distillation": "separating by distillation, atmospheric or in a vacuum",
    "refining": "refining, as for oils, fats, sugar, metals and petroleum",
    "fermentation": "fermenting",
    # textiles, single steps
    "fibre_extrusion": "extruding man-made fibres or filaments",
    "spinning": "spinning natural or man-made staple fibres",
    "twisting": "twisting",
    "texturing": "texturing",
    "braiding": "braiding",
    "weaving": "weaving",
    "knitting": "knitting or crocheting",
    "tufting": "tufting",
    "flocking": "flocking",
    "felting": "felting",
    "non_woven_forming": "forming a non-woven: needle punching, spin bonding, chemical bonding and the like",
    "dyeing": "dyeing",
    "dyeing_of_yarn": "dyeing yarn of natural fibres",
    "printing": "printing",
    "two_finishing_operations": "at least two preparatory or finishing operations (scouring, bleaching, mercerising, heat setting, raising, …)",
    "finishing": "finishing of a fabric",
    "coating": "coating or covering",
    "impregnation": "impregnating",
    "lamination": "laminating",
    "embroidery": "embroidering",
    "cutting": "cutting to shape",
    "making_up": "making up, cutting included",
    "cut_and_sewn": "cut, or knitted to shape, and sewn or otherwise assembled in a Party",
    "knitted_to_shape": "knitted or crocheted directly to shape",
    # textiles, an agreement's whole process rules
    "textile_yarn": "fibres and yarns: fibre-making, spinning, twisting, texturising or braiding from the fibres that the rule lists",
    "textile_fabric": "fabrics and carpets: forming it from polymer, fibre or yarn; dyeing or printing and finishing raw fabric; or coating and the like",
    "textile_made_up": "apparel and made-up articles: cutting and assembly into a complete article, or embellishing or printing made-up articles",
    # other goods
    "parts_of_same_subheading": "made from parts of the good's own subheading that were made for that good",
    "recording": "recording sound or other phenomena on unrecorded media",
    "wet_to_dry_hide": "turning a wet hide or skin into a dry one",
    "tanning": "tanning or re-tanning of hides, skins or leather",
    "cutting_of_glassware": "cutting of glassware, or decorating it by hand",
    "assembly": "assembly of parts into a complete article",
    "melting": "melting and casting or pouring",
    "rolling": "hot or cold rolling",
}
"""Name to what it means, in general words."""

BASES: dict[str, str] = {
    "FOB": "the free-on-board value of the good",
    "EXW": "the ex-works price of the good",
    "net cost": "the net cost of the good",
}
"""What a percentage of value is a percentage of."""
