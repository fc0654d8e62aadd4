"""Is what was planted for the lenses found, and is what only looks like it left alone? Many made-up firms, each case by the lens.

``python -m tests.benchmarks.planted_lenses --seeds 1-20 --people 120`` makes a firm per seed and size, asks each lens about
everybody it was planted for, and counts by lens and kind: cases found and missed, look-alikes taken for the case, and firms
without one. ``--show`` names every miss.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping

import pandas as pd

import peerlens
from peerlens.lenses import LENSES
from peerlens.lenses.band import level_band
from peerlens.lenses.lifting_others import ROOMS, TOOK
from peerlens.lenses.room_to_rise import one_series
from tests.benchmarks.planted import _numbers

Case = Mapping[str, str]
"""a row of planted.csv"""
Judge = Callable[[peerlens.Network, Case], bool]
NONE = "none"


def main(arguments: list[str] | None = None) -> int:
    """Print what was found, missed and taken for it, by lens and kind."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks.planted_lenses", description=__doc__)
    asked.add_argument("--seeds", default="1-20", help="as 1-20 or 1,2,3")
    asked.add_argument("--people", default="120", help="sizes of firms")
    asked.add_argument("--weeks", type=int, default=52, help="length of each log")
    asked.add_argument("--lenses", default="", help="only these, by name")
    asked.add_argument("--show", action="store_true", help="name each case that was judged wrongly")
    given = asked.parse_args(arguments)
    only = set(given.lenses.split(",")) - {""} or set(JUDGES)
    firms = [(int(size), seed) for size in given.people.split(",") for seed in _numbers(given.seeds)]
    table = pd.concat([judged(size, seed, weeks=given.weeks, lenses=only) for size, seed in firms], ignore_index=True)
    sys.stdout.write(f"{len(firms)} firms\n{summary(table, firms=len(firms)).to_string(index=False)}\n")
    wrong = table[~table["is_right"]]
    if given.show and len(wrong):
        sys.stdout.write(f"\njudged wrongly\n{wrong.drop(columns='is_right').to_string(index=False)}\n")
    return 1 if len(wrong) else 0


def judged(people: int, seed: int, *, weeks: int = 52, lenses: set[str]) -> pd.DataFrame:
    """Make a firm and judge every case of its answer key that is about these lenses."""
    firm = peerlens.make_firm(people=people, weeks=weeks, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        firm.write(folder)
        network = peerlens.Network(peerlens.read(folder, cache=False))
        return judged_cases(network, firm.tables["planted"], lenses=lenses).assign(people=people, seed=seed)


def judged_cases(network: peerlens.Network, planted: pd.DataFrame, *, lenses: set[str]) -> pd.DataFrame:
    """Judge every case of an answer key: ``lens, kind, person_id, other_id, note, is_right``."""
    cases = planted[planted["lens"].isin(lenses & set(JUDGES))]
    rows = cases[["lens", "kind", "person_id", "other_id", "note"]].reset_index(drop=True)
    said = [JUDGES[case["lens"]](network, case) for case in cases.astype("str").to_dict("records")]
    return rows.assign(is_right=[found != (kind == NONE) for found, kind in zip(said, rows["kind"], strict=True)])


def summary(table: pd.DataFrame, *, firms: int) -> pd.DataFrame:
    """Count cases by lens and kind; look-alikes by what they look like."""
    kind = table["kind"].where(table["kind"] != NONE, table["note"])
    shown = table.assign(case=kind, right=table["is_right"]).groupby(["lens", "case"], sort=True)
    counts = shown.agg(planted=("right", "size"), right=("right", "sum"), in_firms=("seed", "nunique")).reset_index()
    counts["wrong"] = counts["planted"] - counts["right"]
    counts["firms_without"] = firms - shown.apply(lambda t: len(t[["people", "seed"]].drop_duplicates())).to_numpy()
    return counts.drop(columns="in_firms")


def _row(network: peerlens.Network, case: Case) -> pd.Series:
    return LENSES[case["lens"]].row(network.ties, case["person_id"])


def _finding(network: peerlens.Network, case: Case) -> peerlens.lenses.Finding:
    return network.person(case["person_id"]).finding(case["lens"])


def _state(network: peerlens.Network, case: Case) -> object:
    """Return the state of the planted tie in the evidence; None where the tie is not in it."""
    table = LENSES[case["lens"]].evidence(network.ties, case["person_id"])
    return table.set_index("other_id")["state"].get(case["other_id"])


def _loop(network: peerlens.Network, case: Case) -> bool:
    return _state(network, case) == ("reported back" if case["kind"] == "closed" else "could report back")


def _lifted(network: peerlens.Network, case: Case) -> bool:
    """Tell whether the peer was brought into a room, or the introduction took of which the other is the first of two."""
    table = LENSES["lifting_others"].evidence(network.ties, case["person_id"])
    done = table[(table["other_id"] == case["other_id"]) & (table["state"] == "done")]
    return bool(done["what"].eq(ROOMS if case["kind"] == "room" else TOOK).any())


def _on_one_series(network: peerlens.Network, case: Case) -> bool:
    return case["other_id"] in set(one_series(network.ties, case["person_id"])["other_id"])


def _known(network: peerlens.Network, case: Case) -> bool:
    row = _row(network, case)
    return bool(row["skip_known"] == 1 and row["share_managers_peers_known"] == 1)


def _broad(network: peerlens.Network, case: Case) -> bool:
    """Tell whether the ties are spread over more departments than the middle half of the level, at equal ties."""
    lens = LENSES["broad_base"]
    band = level_band(network.ties, lens.measured(network.ties), "effective_departments", case["person_id"])
    return band.high is not None and bool(_row(network, case)["effective_departments"] > band.high)


def _leaders(network: peerlens.Network, case: Case) -> bool:
    if case["kind"] == "stalled" or "thread" in case["note"]:
        return bool(_row(network, case)["stalled_threads"] >= 1)
    return _finding(network, case).suggestion.startswith("Propose a fixed half hour")


JUDGES: dict[str, Judge] = {
    "promotion_table": _known,
    "broad_base": _broad,
    "access": _leaders,
    "mentor_loops": _loop,
    "lifting_others": _lifted,
    "perception_gap": lambda network, case: _state(network, case) == "closer in your mind",
    "asking_for_help": lambda network, case: _finding(network, case).suggestion.startswith("Put one open ask again"),
    "initiative": lambda network, case: bool(_row(network, case)["without_owner"] >= 1),
    "delegation": lambda network, case: not _finding(network, case).suggestion.startswith("No action"),
    "room_to_rise": _on_one_series,
    "first_months": lambda network, case: bool(_row(network, case)["weeks_since_start"] >= 1),
    "shared_narrative": lambda network, case: (
        case["other_department"] in _finding(network, case).headline
        if case["other_department"]
        else bool(_row(network, case)["groups_left_out"] >= 1)
    ),
    "team_lift": lambda network, case: bool(_row(network, case)["has_changed"] == 1),
}
"""by lens: whether it says of a case what the answer key says; of a look-alike, whether it takes it for the case"""


if __name__ == "__main__":
    sys.exit(main())
