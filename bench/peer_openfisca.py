"""The same rates and taxes in OpenFisca-Core, in the cheapest way it offers. Runs in .venv-bench.

    python bench/peer_openfisca.py INPUT.npz OUTPUT.npz '{"repeat": 3, "singles": 200}'

INPUT holds `rates` (routes × codes × regimes, shares of the value), `vat` (routes × codes), and per line `route`,
`code`, `value`, `day`. Prints one JSON object; OUTPUT gets the totals, for a check against the engine's.

Three ways are timed:
- gather: the rates are an array that the formulas index by code number: no parameter of OpenFisca is read at all;
- parameters: the rates are parameters by code, which the formulas index by an Enum, as its documentation does;
- by day: gather, with the lines of each day in a simulation of that day, since a simulation has one day.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

import numpy as np
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.parameters import ParameterNode
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

REGIMES = ("mfn", "acfta", "rcep")
DAY = "2026-01-15"


def variable(name: str, kind: Any, **more: Any) -> type:
    return type(name, (Variable,), {"value_type": kind, "entity": LINE, "definition_period": DateUnit.DAY, "label": name, **more})


LINE = build_entity(key="line", plural="lines", label="a line of a consignment", is_person=True)


def system(rates: Any, vat: Any, by_parameter: bool) -> TaxBenefitSystem:
    """The rules: for each regime duty, value-added tax and total; then the best total and what it saves."""
    routes, codes, _ = rates.shape
    flat = np.ascontiguousarray(rates.reshape(routes * codes, -1).T.astype(np.float32))
    flat_vat = vat.reshape(-1).astype(np.float32)
    found = TaxBenefitSystem([LINE])
    cells = Enum("cells", {f"c{i}": f"c{i}" for i in range(routes * codes)}) if by_parameter else None
    if by_parameter:
        found.add_variable(variable("cell", Enum, possible_values=cells, default_value=next(iter(cells))))

        def tree(values: Any) -> dict[str, Any]:
            return {f"c{i}": {"values": {"2020-01-01": {"value": float(v)}}} for i, v in enumerate(values)}

        found.parameters = ParameterNode("", data={**{r: tree(flat[k]) for k, r in enumerate(REGIMES)}, "vat": tree(flat_vat)})
    else:
        found.add_variable(variable("cell", int))
    found.add_variable(variable("value", float))

    def rate_of(name: str, column: Any) -> Any:
        if by_parameter:
            return lambda line, period, parameters: getattr(parameters(period), name)[line("cell", period)]
        return lambda line, period: column[line("cell", period)]

    def duty_of(regime: str) -> Any:
        return lambda line, period: np.round(line("value", period) * line(f"{regime}_rate", period), 2)

    def vat_of(regime: str) -> Any:
        return lambda line, period: np.round((line("value", period) + line(f"{regime}_duty", period)) * line("vat_rate", period), 2)

    def total_of(regime: str) -> Any:
        return lambda line, period: line(f"{regime}_duty", period) + line(f"{regime}_vat", period)

    def best_total(line: Any, period: Any) -> Any:
        return np.minimum(np.minimum(line("mfn_total", period), line("acfta_total", period)), line("rcep_total", period))

    def saving(line: Any, period: Any) -> Any:
        return line("mfn_total", period) - line("best_total", period)

    found.add_variable(variable("vat_rate", float, formula=rate_of("vat", flat_vat)))
    for k, regime in enumerate(REGIMES):
        found.add_variable(variable(f"{regime}_rate", float, formula=rate_of(regime, flat[k])))
        found.add_variable(variable(f"{regime}_duty", float, formula=duty_of(regime)))
        found.add_variable(variable(f"{regime}_vat", float, formula=vat_of(regime)))
        found.add_variable(variable(f"{regime}_total", float, formula=total_of(regime)))
    found.add_variable(variable("best_total", float, formula=best_total))
    found.add_variable(variable("saving", float, formula=saving))
    return found


def run(rules: TaxBenefitSystem, cell: Any, value: Any, day: str = DAY) -> dict[str, Any]:
    """One simulation of some lines on one day; the totals."""
    simulation = SimulationBuilder().build_default_simulation(rules, count=len(cell))
    simulation.set_input("cell", day, cell)
    simulation.set_input("value", day, value)
    simulation.calculate("saving", day)
    return {r: simulation.calculate(f"{r}_total", day) for r in REGIMES}


def main(source: str, target: str, how: dict[str, int]) -> dict[str, Any]:
    given = np.load(source)
    rates, vat = np.nan_to_num(given["rates"]), given["vat"]
    cell, value, days = given["route"] * rates.shape[1] + given["code"], given["value"], given["day"]
    n = len(cell)
    # What an importer of data would have done beforehand is not counted: number types, lines by day.
    value32, cell32 = value.astype(np.float32), cell.astype(np.int32)
    rules = system(rates, vat, by_parameter=False)
    times = []
    totals: dict[str, Any] = {}
    for _ in range(how["repeat"]):
        start = time.perf_counter()
        totals = run(rules, cell32, value32)
        times.append(time.perf_counter() - start)
    np.savez(target, **totals)
    order = np.argsort(days, kind="stable")
    groups = [(str(np.datetime64(int(days[g[0]]), "D")), cell32[g], value32[g]) for g in np.split(order, np.flatnonzero(np.diff(days[order])) + 1)]
    start = time.perf_counter()
    for day, c, v in groups:
        run(rules, c, v, day)
    by_day = time.perf_counter() - start
    singles = []
    for i in range(how["singles"]):
        start = time.perf_counter()
        run(rules, cell32[i : i + 1], value32[i : i + 1])
        singles.append(time.perf_counter() - start)
    start = time.perf_counter()
    by_parameter = system(rates, vat, by_parameter=True)
    members = by_parameter.get_variable("cell").possible_values
    names = np.array([f"c{i}" for i in range(rates.shape[0] * rates.shape[1])])
    few = min(n, how["parameter_lines"])
    encoded = members.encode(names[cell[:few]])
    run(by_parameter, encoded[:10], value32[:10])
    ready = time.perf_counter() - start
    start = time.perf_counter()
    run(by_parameter, encoded, value32[:few])
    parameters = time.perf_counter() - start
    return {
        "lines": n,
        "gather_lines_per_s": n / statistics.median(times),
        "by_day_lines_per_s": n / by_day,
        "days": len(groups),
        "parameter_lines": few,
        "parameter_ready_s": ready,
        "parameters_lines_per_s": few / parameters,
        "single_us": statistics.median(singles) * 1e6,
        "singles_per_s": 1 / statistics.median(singles),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))))
