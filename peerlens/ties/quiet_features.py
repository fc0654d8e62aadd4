"""What is known of a tie on a day that bears on whether it goes quiet: the same sums when learning and when asked.

Only days up to ``cut`` and after ``cut - 364`` are read. The engine adds up integers, so that the order of addition changes
nothing; logarithms are taken once at the end. The sums of today, and what of the past concerns everybody, ride along when pairs
are measured (:mod:`peerlens.ties.pairs`); the rest of the past is added up for the few pairs learned from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from peerlens.ties.blocks import over_blocks, parts
from peerlens.ties.contact_days import CREDIT_UNIT
from peerlens.ties.means import add_means
from peerlens.ties.tally import count_if, only

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine

YEAR_DAYS = 364
_ROWS_AT_ONCE = 50_000
UNIT = 1_000_000
"""integer units of one contact day on the day itself"""
FAINT = UNIT // 10
"""decayed contact days below which a tie no longer counts as a shared contact"""
FEATURES = {
    "weeks_90": -1,
    "weeks_30": -1,
    "days_90": -1,
    "any_90": -1,
    "credit_60": -1,
    "recency": 1,
    "shared": -1,
    "active_less": 0,
    "active_more": 0,
    "gone": 1,
}
"""the inputs, and which way each may move the chance of silence (0: either); the first is trusted most (see quiet_model)"""
SUMS = ("weeks_90", "weeks_30", "days_90", "any_90", "credit_60", "last_day", "last_seen")


def weights(age: ir.IntegerValue) -> dict[str, ir.Value]:
    """Write what a day weighs that lies so many days back; nothing outside the 364 days up to the question.

    Returns
    -------
    dict
        ``week`` back, ``unit_90, unit_30`` of a contact day in ``UNIT``, ``share_60`` of its credit; half-lives in the names.
    """
    known = (age >= 0) & (age < YEAR_DAYS)
    return {
        "week": age // 7,
        "unit_90": known.ifelse(_units(decay(age, 90.0) * UNIT), 0),
        "unit_30": known.ifelse(_units(decay(age, 30.0) * UNIT), 0),
        "share_60": known.ifelse(decay(age, 60.0), 0.0),
    }


def past_weights(day: ir.IntegerValue, cuts: Sequence[int]) -> dict[str, ir.Value]:
    """Write what a day weighs on past days: ``past_<n>``, as ``unit_90`` at each cut."""
    return {f"past_{position}": weights(cut - day)["unit_90"] for position, cut in enumerate(cuts)}


def with_weights(rows: ir.Table, cut: ir.IntegerValue | int) -> ir.Table:
    """Add the weights, on a day or a column of days, of each ``day_no`` and of the ``previous_day`` a pair had close contact."""
    before = weights(cut - rows.previous_day)
    return rows.mutate(**weights(cut - rows.day_no), **{name: before[own] for name, own in _BEFORE.items()})


def with_weights_of(rows: ir.Table, calendar: ir.Table) -> ir.Table:
    """Add the weights that a table holds for each ``day_no``: worked out once a day, not once a row."""
    before = calendar.select(previous_day="day_no", iso_week_before="iso_week", **_BEFORE)
    joined = rows.join(calendar, "day_no")
    return joined.left_join(before, "previous_day").drop("previous_day_right")


_BEFORE = {"week_before": "week", "before_90": "unit_90", "before_30": "unit_30"}


def recent_sums(rows: ir.Table) -> dict[str, ir.Value]:
    """Write what is added up of a pair's days for a question asked on the day their weights are of: ``SUMS``.

    Parameters
    ----------
    rows
        One row per pair and day, as :func:`with_weights` returns them; rows outside the 364 days weigh nothing.

    Returns
    -------
    dict
        ``weeks_90, weeks_30``: per week the youngest close day; ``days_90, any_90, credit_60``: all close days, all days, and
        their credit; each decayed by the half-life in its name, in ``UNIT``. ``last_day, last_seen``: last close day, last day.
    """
    known = rows.unit_90 > 0
    # Only the last close day of a week counts in it: each takes back what an earlier one of its week brought.
    replaces = (rows.week == rows.week_before).fill_null(False)
    credit = _units(rows.share_60 * (rows.credit_units.cast("float64") * UNIT / CREDIT_UNIT))

    def once_a_week(half_life: int) -> ir.IntegerScalar:
        earlier = replaces.ifelse(rows[f"before_{half_life}"], 0)
        return only(rows[f"unit_{half_life}"] - earlier, when=rows.is_close).sum()

    return {
        "weeks_90": _whole(once_a_week(90)),
        "weeks_30": _whole(once_a_week(30)),
        "days_90": _whole(only(rows.unit_90, when=rows.is_close).sum()),
        "any_90": _whole(rows.unit_90.sum()),
        "credit_60": _whole(credit.sum()),
        "last_day": only(rows.day_no, when=known & rows.is_close).max(),
        "last_seen": only(rows.day_no, when=known).max(),
    }


def past_sums(rows: ir.Table, cuts: Sequence[int]) -> dict[str, ir.Value]:
    """Write what of past days concerns everybody: decayed close days and the last day seen, ``days_<n>, seen_<n>`` per cut.

    Parameters
    ----------
    rows
        One row per pair and day, with :func:`past_weights` of the same cuts.
    cuts
        The past days.
    """
    found: dict[str, ir.Value] = {}
    for position in range(len(cuts)):
        weight = rows[f"past_{position}"]
        found[f"days_{position}"] = _whole(only(weight, when=rows.is_close).sum())
        found[f"seen_{position}"] = only(rows.day_no, when=weight > 0).max()
    return found


def previous_close(pair_days: ir.Table, keys: Sequence[str] = ("a_no", "b_no")) -> ir.IntegerColumn:
    """Write the close contact day of a pair before each of its days."""
    before = ibis.window(group_by=list(keys), order_by="day_no", preceding=(None, 1))
    return pair_days.is_close.ifelse(pair_days.day_no, None).max().over(before)


def decay(age: ir.IntegerValue, half_life: float) -> ir.FloatingValue:
    """Write what is left of one after so many days: ``2^(-age / half_life)``."""
    return ibis.literal(2.0, "float64") ** (-(age.cast("float64")) / half_life)


def _units(value: ir.FloatingValue) -> ir.IntegerValue:
    return value.round().cast("int64")


def _whole(total: ir.IntegerScalar) -> ir.Value:
    return total.fill_null(0).cast("int64")


def past_features(
    pair_days: ir.Table, past: Sequence[tuple[int, pd.DataFrame]], engine: Engine, *, most: int, horizon: int
) -> list[tuple[pd.DataFrame, np.ndarray, np.ndarray]]:
    """Return for each past day its ties (``a_no, b_no``), their inputs, and which had no contact day in the horizon after.

    Parameters
    ----------
    pair_days
        One row per pair and day.
    past
        Each past day, with ``a_no, b_no, days_90, last_seen`` of all pairs that had contact in the 364 days up to it.
    engine
        Where ``pair_days`` lives.
    most
        Of more ties than this on one day, an even share is taken, picked by their numbers.
    horizon
        Days after the past day.
    """
    picked = []
    for cut, every in past:
        # Every close day leaves some units, so ties are those with any.
        ties = every[every["days_90"] > 0]
        if len(ties) > most:
            # A product with an odd constant spreads neighbouring numbers over all remainders.
            spread = (ties["a_no"].astype("int64") * 2654435761 + ties["b_no"].astype("int64") * 40503) % len(ties)
            ties = ties[spread < most]
        picked.append(ties[["a_no", "b_no"]].assign(cut=np.int32(cut)))
    sample = engine.from_frame(pd.concat(picked, ignore_index=True), name="past_ties")
    rows = pair_days.select("a_no", "b_no", "day_no", "is_close", "credit_units").join(sample, ["a_no", "b_no"])
    rows = rows.filter((rows.day_no > rows.cut - YEAR_DAYS) & (rows.day_no <= rows.cut + horizon))
    rows = rows.mutate(previous_day=previous_close(rows, ("cut", "a_no", "b_no")))
    rows = with_weights(rows, rows.cut)
    sums = rows.group_by(["cut", "a_no", "b_no"]).agg(
        **recent_sums(rows), met=count_if(rows.is_close & (rows.day_no > rows.cut))
    )
    found = engine.frame(sums.order_by(["cut", "a_no", "b_no"]))
    engine.drop(sample)
    windows = []
    for cut, every in past:
        ties = found[found["cut"] == cut].reset_index(drop=True)
        windows.append((ties[["a_no", "b_no"]], inputs_of(every, ties, cut=cut), ties["met"].to_numpy() == 0))
    return windows


def inputs_of(every: pd.DataFrame, rows: pd.DataFrame, *, cut: int) -> np.ndarray:
    """Return the inputs of ties with a contact day in the 52 weeks up to ``cut``: a column per name in ``FEATURES``.

    Parameters
    ----------
    every
        ``a_no, b_no, days_90, last_seen`` of all pairs with any contact in those weeks.
    rows
        ``a_no, b_no`` and ``SUMS`` of the ties asked about.
    cut
        The day of the question.

    Notes
    -----
    Each input is ``log(1 + x)``. Every contact day counts ``2^(-age / half-life)``, the half-life in days in the name; x is

    - ``weeks_90, weeks_30``: weeks with a contact day (bursts count once: Urena-Carrion, Saramaki and Kivela 2020);
    - ``days_90``: contact days; ``any_90``: days with any contact, rooms of up to 20 included; ``credit_60``: credit;
    - ``recency``: days since the last contact day;
    - ``shared``: the sum over shared contacts k of ``sqrt(d_ak d_bk)``, d their decayed contact days (embeddedness: Burt 2000);
    - ``active_less, active_more``: decayed contact days of the two people with anybody, the smaller and the larger;
    - ``gone``: days since contact with anybody of the one of the two who was not seen for longer.
    """
    people = int(every[["a_no", "b_no"]].to_numpy().max(initial=0)) + 1
    active, seen = np.zeros(people), np.full(people, np.iinfo("int64").min)
    for end in ("a_no", "b_no"):
        # Sums of whole numbers far below 2^53: exact in any order.
        active += np.bincount(every[end], every["days_90"], minlength=people)
        np.maximum.at(seen, every[end].to_numpy(), every["last_seen"].to_numpy("int64"))
    a, b = rows["a_no"].to_numpy(), rows["b_no"].to_numpy()
    sums = {name: rows[name].to_numpy("int64") for name in SUMS[:-1]}
    shared = _shared(every, a, b)
    inputs = np.empty((len(rows), len(FEATURES)))

    def lay_out(part: slice) -> None:
        x = {name: sums[name][part] / UNIT for name in SUMS[:5]} | {
            "shared": shared[part] / UNIT,
            "recency": cut - sums["last_day"][part],
            "active_less": np.minimum(active.take(a[part]), active.take(b[part])) / UNIT,
            "active_more": np.maximum(active.take(a[part]), active.take(b[part])) / UNIT,
            "gone": cut - np.minimum(seen.take(a[part]), seen.take(b[part])),
        }
        for at, name in enumerate(FEATURES):
            inputs[part, at] = np.log1p(x[name].astype(float, copy=False))

    for _ in over_blocks(lay_out, parts(len(rows), _ROWS_AT_ONCE)):
        pass
    return inputs


def _shared(every: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Add up, over the contacts the two people of each row share, the geometric mean of the two ties, in ``UNIT``."""
    # Faint ties stand for nothing in a sum, and may be asked about all the same.
    days = every["days_90"].to_numpy()
    means = add_means(
        every["a_no"].to_numpy(), every["b_no"].to_numpy(), np.where(days >= FAINT, days, 0) / UNIT, asked=(a, b)
    )
    return np.round(means * UNIT)
