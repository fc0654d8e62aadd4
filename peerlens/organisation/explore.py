"""The whole firm to explore: departments, and contact between them in blocks of four weeks; nobody else than who is released.

A dot for each person would give away how large each department is, and a line for each tie what two people did. So dots stand for
five people, lines for departments, and both have been through the door. Blocks lie at the same days for every ``as_of``, so that
maps of two days cannot be subtracted from each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.organisation.cells import make_cells
from peerlens.organisation.view import make_view, open_ledger, whole_log
from peerlens.privacy.groups import STEP, allowed, let_out
from peerlens.records.releases import releases_on
from peerlens.ties.events import EPOCH
from peerlens.words import day as say_day

if TYPE_CHECKING:
    from pathlib import Path

    from peerlens.organisation.view import View
    from peerlens.records import Records
    from peerlens.ties import Ties

BLOCK_DAYS, BLOCKS = 28, 13
WITHHELD = "-"
"""stands for a block in which too few people were behind the contact of two departments"""


@dataclass(frozen=True)
class FirmMap:
    """What a map of the firm shows.

    Parameters
    ----------
    dots
        ``label, department, people``: five people a dot without a name, one a dot with a name.
    links
        ``group_a, group_b, levels``: a letter a block, the oldest first: 0 for none, then the steps of :func:`level_of`.
    ties
        The same between two people with a name: ``label_a, label_b, levels``.
    block_ends
        Last day of each block.
    set_aside
        Departments that are not shown.
    notes
        What the reader has to know of how the ledger is kept.
    """

    dots: pd.DataFrame
    links: pd.DataFrame
    ties: pd.DataFrame
    block_ends: tuple[date, ...]
    set_aside: tuple[str, ...]
    notes: tuple[str, ...]


def level_of(days: pd.Series) -> pd.Series:
    """Say contact days in steps that double: 1 for one, 2 from two on, 3 from four, 4 from eight, at most 9.

    Examples
    --------
    >>> level_of(pd.Series([0, 1, 3, 4, 100_000])).tolist()
    [0, 1, 2, 3, 9]
    """
    return pd.Series(np.floor(np.log2(days.clip(lower=0.5))).astype(int) + 1, index=days.index).clip(0, 9)


def make_map(
    ties: Ties,
    records: Records,
    *,
    departments: Collection[str] | None = None,
    ledger_dir: str | Path | None = None,
) -> FirmMap:
    """Return what a map of the firm shows; the departments on it are noted in the ledger.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    records
        Where releases and the ledger are.
    departments
        Only these; None shows all.
    ledger_dir
        Where the release ledger is kept; default ``.peerlens/ledger`` beside the data.

    Raises
    ------
    NotEnoughData
        Nobody is left to show.
    """
    known = set(ties.persons.loc[ties.persons["is_in_people"], "department"].dropna())
    if departments is not None and not known & set(departments):
        raise NotEnoughData("Nobody is left to show on a map: give departments that are in people.csv, or none.")
    k = allowed(ties.settings.privacy, None)
    ledger, notes = open_ledger(records, ledger_dir)
    view = make_view(ties, ("department",), on=ties.as_of, period=whole_log(ties), k=k, ledger=ledger)
    wanted = [name for name in view.names if departments is None or name in set(departments)]
    if not wanted:
        raise NotEnoughData("None of these departments can be shown: fewer people than may stand behind a figure.")
    called = ties.persons.set_index("person_id")["name"]
    names = {person: person if pd.isna(name) else str(name) for person, name in called.items()}
    released = set(releases_on(records, ties.as_of))
    names = {person: name for person, name in names.items() if person in released}
    last = (ties.as_of_day + 1) // BLOCK_DAYS * BLOCK_DAYS - 1  # the last day of the last whole block
    first = last - BLOCKS * BLOCK_DAYS + 1
    rows = _by_block(view, first, last)
    return FirmMap(
        dots=_dots(view, names, wanted),
        links=_links(view, rows, wanted),
        ties=_named_ties(view, rows, names, wanted),
        block_ends=tuple(EPOCH + timedelta(days=first + BLOCK_DAYS * (at + 1) - 1) for at in range(BLOCKS)),
        set_aside=tuple(name for name, _ in view.set_aside),
        notes=notes,
    )


def _by_block(view: View, first: int, last: int) -> pd.DataFrame:
    """Count contact days of pairs by block: ``a, b, ga, gb, block, n``."""
    table = view.ties.pair_days
    rows = table.filter(table.is_close & (table.day_no >= first) & (table.day_no <= last))
    rows = rows.mutate(block=((rows.day_no - first) // BLOCK_DAYS).cast("int64"))
    tally = rows.group_by(["a_no", "b_no", "block"]).agg(n=rows.count().cast("int64"))
    found = view.turned(view.ties.engine.frame(tally.order_by(["a_no", "b_no", "block"])))
    return found[found["ga"] != found["gb"]]


def _dots(view: View, names: Mapping[str, str], wanted: list[str]) -> pd.DataFrame:
    persons = view.ties.persons
    code = view.code[persons["person_no"].to_numpy()]
    placed = persons.assign(group=np.where(code >= 0, np.array(view.names, dtype=object)[code], None))
    placed = placed[placed["group"].isin(wanted)]
    is_named = placed["person_id"].isin(list(names))
    named = placed[is_named].assign(label=lambda frame: frame["person_id"].map(names), people=1)
    rest = placed[~is_named].groupby("group").size() // STEP
    unnamed = pd.DataFrame({"label": "", "group": np.repeat(rest.index, rest.to_numpy()), "people": STEP})
    dots = pd.concat([named[["label", "group", "people"]], unnamed], ignore_index=True)
    return dots.rename(columns={"group": "department"}).sort_values(
        ["department", "people", "label"], ascending=[True, False, True], ignore_index=True, kind="stable"
    )


def _links(view: View, rows: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    parts = [
        make_cells(part.drop(columns="block"), len(view.names)).assign(block=block)
        for block, part in rows.groupby("block")
    ]
    columns = ["group_a", "group_b", "levels"]
    if not parts:
        return pd.DataFrame(columns=columns)
    names = np.array(view.names, dtype=object)
    cells = pd.concat(parts, ignore_index=True)
    cells = cells.assign(group_a=names[cells["ga"]], group_b=names[cells["gb"]])
    cells["pair"] = cells["ga"] * len(names) + cells["gb"]
    cells["level"] = level_of(cells["n"]).astype(str)
    # The blocks of a pair add up to the window of other pages: no lone gap among them.
    table = let_out(
        cells,
        {"level": "as it is"},
        keys=("group_a", "group_b", "block"),
        people=("people_a", "people_b"),
        k=view.k,
        dominance_share=view.dominance_share,
        lines=("pair",),
    ).table
    table["level"] = table["level"].fillna(WITHHELD)
    wide = table.pivot(index=["group_a", "group_b"], columns="block", values="level")
    wide = wide.reindex(columns=range(BLOCKS)).fillna("0")
    found = wide.index.to_frame(index=False).assign(levels=wide.agg("".join, axis=1).to_numpy())
    # Contact that is withheld in every block says no more than that there was some: not a line at all.
    found = found[found["levels"].str.contains("[1-9]") & found["group_a"].isin(wanted) & found["group_b"].isin(wanted)]
    return found.sort_values(["group_a", "group_b"], ignore_index=True)[columns]


def _named_ties(view: View, rows: pd.DataFrame, names: Mapping[str, str], wanted: list[str]) -> pd.DataFrame:
    label = view.ties.persons.set_index("person_no")["person_id"].map(names).dropna()
    group = np.array(view.names, dtype=object)
    mine = rows[rows["a"].isin(label.index) & rows["b"].isin(label.index)]
    mine = mine[np.isin(group[mine["ga"]], wanted) & np.isin(group[mine["gb"]], wanted)]
    mine = mine.assign(level=level_of(mine["n"]).astype(str))
    wide = mine.pivot(index=["a", "b"], columns="block", values="level").reindex(columns=range(BLOCKS)).fillna("0")
    found = wide.index.to_frame(index=False)
    return pd.DataFrame(
        {
            "label_a": found["a"].map(label).to_numpy(),
            "label_b": found["b"].map(label).to_numpy(),
            "levels": [] if found.empty else wide.agg("".join, axis=1).to_numpy(),
        }
    )


def subtitle(ties: Ties, shown: FirmMap) -> str:
    """Say what a map shows, and who has a name on it."""
    named = int((shown.dots["people"] == 1).sum())
    people = f"{named} with a release on record by name" if named else "nobody by name"
    few = len(shown.set_aside)
    said = "One department is" if few == 1 else f"{few} departments are"
    aside = f" {said} not shown: too few people, or too few of them seen." if few else ""
    return (
        f"A dot for every five people, {people}; contact between departments by four weeks, up to "
        f"{say_day(shown.block_ends[-1])} (as of {say_day(ties.as_of)}).{aside} "
        + " ".join(("A group figure says nothing about any one person.", *shown.notes))
    )
