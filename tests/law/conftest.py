"""A release small enough to read at a glance, and hands to damage one line of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from youyi.law.release import Release
from youyi.law.rulebook import Rulebook
from youyi.law.tables import TABLES

ALWAYS = "1990-01-01,,TREATY,official"
LINE_END = "2022-01-01,,TARIFF,official"
GOODS = {"01": "Animals", "010121": "Horses", "010129": "Other", "77": "", "850110": "Motors"}
FILES: dict[str, str] = {
    "release.toml": 'name = "small"\ndate = "2026-01-01"\n',
    "citations.toml": '[TREATY]\ntitle = "A treaty"\nlicence = "F"\n\n[TARIFF]\ntitle = "A tariff"\nlicence = "F"\nnote = "read in full"\n',
    "codes/countries.csv": "country,en,zh,currency,valid_from,valid_to,citation,status\n"
    f"CN,China,,CNY,{ALWAYS}\nVN,Viet Nam,,VND,{ALWAYS}\nSG,Singapore,,SGD,{ALWAYS}\n",
    "codes/currencies.csv": f"currency,en,decimals,valid_from,valid_to,citation,status\nCNY,Yuan,2,{ALWAYS}\nVND,Dong,0,{ALWAYS}\nSGD,Dollar,2,{ALWAYS}\n",
    "parties.csv": (
        "party,name_en,name_zh,currency,valid_from,valid_to,citation,status\n"
        f"CN,China,中国,CNY,{ALWAYS}\nVN,Viet Nam,越南,VND,{ALWAYS}\nSG,Singapore,新加坡,SGD,{ALWAYS}\n"
    ),
    "membership.csv": (
        "agreement,party,towards,condition,valid_from,valid_to,citation,status\n"
        "ACFTA,CN,,,2005-01-01,,TREATY,official\nACFTA,VN,,,2005-01-01,,TREATY,official\nACFTA,SG,,,2005-01-01,,TREATY,official\n"
        "ATIGA,VN,,,2010-05-17,,TREATY,official\nATIGA,SG,,,2010-05-17,,TREATY,official\n"
        "RCEP,CN,,,2022-01-01,,TREATY,official\nRCEP,VN,,,2022-01-01,,TREATY,official\nRCEP,SG,VN,,2023-01-01,,TREATY,official\n"
    ),
    "agreements.csv": (
        "agreement,kind,giver,treatment,name_en,name_zh,proof,signed,in_force,valid_from,valid_to,citation,status\n"
        "MFN,mfn,,row,Most-favoured-nation,,,,1995-01-01,1995-01-01,,TREATY,official\n"
        "ACFTA,preference,,row,ACFTA,,Form E,2004-11-29,2005-01-01,2004-11-29,,TREATY,official\n"
        "RCEP,preference,,row,RCEP,,,2020-11-15,2022-01-01,2020-11-15,,TREATY,official\n"
        "ATIGA,preference,,row,ATIGA,,Form D,2009-02-26,2010-05-17,2009-02-26,,TREATY,official\n"
        "CN-LDC,preference,CN,row,Least developed countries,,,,2024-12-01,2024-12-01,,TREATY,official\n"
        "APTA,preference,,named,APTA,,,,2001-01-01,2001-01-01,,TREATY,official\n"
    ),
    "national_tariffs.csv": "importer,tariff,edition,digits,valid_from,valid_to,citation,status\nCN,CN-2022,HS2022,8,2022-01-01,,TARIFF,official\n",
    "schedules.csv": (
        "schedule,importer,regime,origins,file,edition,tariff,digits,default_rate,title,valid_from,valid_to,citation,status\n"
        "CN-MFN,CN,MFN,*,tariff/cn_mfn.csv,HS2022,CN-2022,8,,China MFN,2022-01-01,2024-12-31,TARIFF,official\n"
        "SG-MFN,SG,MFN,*,,HS2022,SG-2022,8,0,Singapore MFN,2022-01-01,,TARIFF,official\n"
        "VN-ACFTA,VN,ACFTA,ACFTA,tariff/vn_acfta.csv,HS2022,VN-2022,8,,Viet Nam ACFTA,2022-06-01,,TARIFF,official\n"
    ),
    "tariff/cn_mfn.csv": (
        "code,rate,note,edition,tariff,valid_from,valid_to,citation,status\n"
        "01012100,0,,HS2022,CN-2022,2022-01-01,,TARIFF,official\n"
        "01012900,10,,HS2022,CN-2022,2022-01-01,2022-12-31,TARIFF,official\n"
        "01012900,8,,HS2022,CN-2022,2023-01-01,,TARIFF,derived\n"
        "85011000,5,,HS2022,CN-2022,2022-01-01,2024-12-31,TARIFF,official\n"
    ),
    "tariff/vn_acfta.csv": (
        "code,rate,note,edition,tariff,valid_from,valid_to,citation,status\n"
        "01012100,0 (-KH),,HS2022,VN-2022,2022-06-01,,TARIFF,official\n"
        "01012900,0,,HS2022,VN-2022,2022-06-01,,TARIFF,official\n"
        "01012910,5,,HS2022,VN-2022,2023-06-01,,TARIFF,unverified\n"
    ),
    "nomenclature/hs2022.csv": (
        "code,en,id,vi,zh,edition,tariff,valid_from,valid_to,citation,status\n" + "".join(f"{code},{en},,,,HS2022,,{LINE_END}\n" for code, en in GOODS.items())
    ),
    "nomenclature/cn2022.csv": (
        "code,en,id,vi,zh,edition,tariff,valid_from,valid_to,citation,status\n"
        + "".join(f"{code},,,,,HS2022,CN-2022,{LINE_END}\n" for code in ("01012100", "01012900", "85011000"))
    ),
    "codes/sections.csv": f"section,en,zh,chapters,valid_from,valid_to,citation,status\nI,Animals,,01-05,{ALWAYS}\n",
    "codes/units.csv": f"unit,names,base,times,qualifiers,valid_from,valid_to,citation,status\nKGM,kg,KGM,1,,{ALWAYS}\n",
    "codes/incoterms.csv": f"term,en,covers,valid_from,valid_to,citation,status\nCIF,Cost insurance freight,freight;insurance,{ALWAYS}\n",
    "correlation/hs2022_2017.csv": f"to_edition,to_code,edition,code,valid_from,valid_to,citation,status\nHS2017,010121,HS2022,010121,{LINE_END}\n",
    "acfta/sensitive_track.csv": f"party,list,code,partial,edition,tariff,valid_from,valid_to,citation,status\nCN,SL,850110,0,HS2002,,{ALWAYS}\n",
    "acfta/normal_track.csv": f"group,mfn_from,mfn_below,rate,valid_from,valid_to,citation,status\nCN,0,1000,0,{ALWAYS}\n",
    "acfta/ceilings.csv": "group,list,ceiling,valid_from,valid_to,citation,status\n"
    "CN,SL,20,2012-01-01,2017-12-31,TREATY,official\nCN,SL,5,2018-01-01,,TREATY,official\n",
    "acfta/early_harvest.csv": f"group,codes,rate,edition,tariff,valid_from,valid_to,citation,status\nCN,01,0,HS2002,,{ALWAYS}\n",
    "treaty_numbers.csv": f"name,value,valid_from,valid_to,citation,status\nACFTA-RECIPROCITY-LIMIT,10,{ALWAYS}\n",
    "taxes/general.csv": (
        "importer,tax,codes,rate,base,condition,edition,tariff,valid_from,valid_to,citation,status\n"
        "CN,VAT,,17,customs_value+duty,,,,2017-07-01,2018-04-30,TREATY,official\nCN,VAT,,16,customs_value+duty,,,,2018-05-01,,TREATY,official\n"
    ),
    "unrated/excise.csv": f"importer,codes,tax,condition,edition,tariff,valid_from,valid_to,citation,status\nCN,8501,excise,,,,{ALWAYS}\n",
    "quota_goods.csv": f"importer,codes,scheme,condition,edition,tariff,valid_from,valid_to,citation,status\nCN,0101,quota,,HS2022,,{LINE_END}\n",
    "valuation.csv": f"importer,basis,part,origin,rate,when,valid_from,valid_to,citation,status\nCN,CIF,basis,,,,{ALWAYS}\n",
    "rounding.csv": f"importer,step,unit,mode,valid_from,valid_to,citation,status\nCN,duty,0.01,half_up,{ALWAYS}\n",
    "exchange_rules.csv": f"importer,purpose,rule,valid_from,valid_to,citation,status\nCN,duty,month,{ALWAYS}\n",
    "exchange/ecb.csv": "USD,CNY,IDR,MYR,PHP,SGD,THB,HKD,JPY,KRW,AUD,NZD,INR,GBP,valid_from,valid_to,citation,status\n"
    "1.1,7.8,,,,,,,,,,,,,2026-01-02,2026-01-02,TREATY,official\n",
}
HEADS = {t.kind: ",".join(t.columns) + "\n" for t in TABLES}

Edit = Callable[..., Release]


def write_release(folder: Path) -> Path:
    """The small release, written out."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled releases of tests stay out of the user's cache; those of one run are shared."""
    monkeypatch.setenv("YOUYI_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small release that is valid."""
    return write_release(tmp_path / "release")


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replace a text in a file of the small release (or, without one, write the file) and read it anew."""

    def change(name: str, old: str, new: str | None = None) -> Release:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if new is None:
            path.write_text(old, encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
            assert old in text, f"{name} does not hold {old!r}"
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return Release(folder)

    return change


@pytest.fixture
def book(folder: Path) -> Rulebook:
    """The small release, compiled."""
    return Rulebook.load(folder)
