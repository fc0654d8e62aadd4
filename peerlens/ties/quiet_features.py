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

from peerlens.ties.contact_days import CREDIT_UNIT

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from peerlens.engine import Engine

YEAR_DAYS = 364
_ROWS_AT_ONCE = 200_000
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


def recent_sums(rows: ir.Table, cut: ir.IntegerValue | int) -> dict[str, ir.Value]:
    """Write what is added up of a pair's days for a question asked on day ``cut``: ``SUMS``.

    Parameters
    ----------
    rows
        One row per pair and day, with ``previous_day``: the close contact day before.
    cut
        The day, or a column of days; rows outside the 364 days up to it count nothing.

    Returns
    -------
    dict
        ``weeks_90, weeks_30``: per week the youngest close day; ``days_90, any_90, credit_60``: all close days, all days, and
        their credit; each decayed by the half-life in its name, in ``UNIT``. ``last_day, last_seen``: last close day, last day.
    """
    age = cut - rows.day_no
    known = (age >= 0) & (age < YEAR_DAYS)
    is_close = known & rows.is_close
    # Only the last close day of a week counts in it: each takes back what an earlier one of its week brought.
    previous_age = cut - rows.previous_day
    replaces = (age // 7 == previous_age // 7).fill_null(False)
    units_90 = _decayed(age, 90.0)
    credit = _units(_decay(age, 60.0) * (rows.credit_units.cast("float64") * UNIT / CREDIT_UNIT))

    def once_a_week(half_life: float) -> ir.IntegerColumn:
        earlier = replaces.ifelse(_decayed(previous_age.fill_null(0), half_life), 0)
        return (_decayed(age, half_life) - earlier).sum(where=is_close)

    return {
        "weeks_90": _whole(once_a_week(90.0)),
        "weeks_30": _whole(once_a_week(30.0)),
        "days_90": _whole(units_90.sum(where=is_close)),
        "any_90": _whole(units_90.sum(where=known)),
        "credit_60": _whole(credit.sum(where=known)),
        "last_day": rows.day_no.max(where=is_close),
        "last_seen": rows.day_no.max(where=known),
    }


def past_sums(rows: ir.Table, cuts: Sequence[int]) -> dict[str, ir.Value]:
    """Write what of past days concerns everybody: decayed close days and the last day seen, ``days_<n>, seen_<n>`` per cut."""
    found: dict[str, ir.Value] = {}
    for position, cut in enumerate(cuts):
        age = cut - rows.day_no
        known = (age >= 0) & (age < YEAR_DAYS)
        found[f"days_{position}"] = _whole(_decayed(age, 90.0).sum(where=known & rows.is_close))
        found[f"seen_{position}"] = rows.day_no.max(where=known)
    return found


def with_previous(pair_days: ir.Table, keys: Sequence[str] = ("a_no", "b_no")) -> ir.Table:
    """Add to each day of a pair the close contact day before it, as ``previous_day``."""
    before = ibis.window(group_by=list(keys), order_by="day_no", preceding=(None, 1))
    return pair_days.mutate(previous_day=pair_days.is_close.ifelse(pair_days.day_no, None).max().over(before))


def _decay(age: ir.IntegerValue, half_life: float) -> ir.FloatingValue:
    return ibis.literal(2.0, "float64") ** (-(age.cast("float64")) / half_life)


def _decayed(age: ir.IntegerValue, half_life: float) -> ir.IntegerValue:
    return _units(_decay(age, half_life) * UNIT)


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
    rows = with_previous(rows, ("cut", "a_no", "b_no"))
    sums = rows.group_by(["cut", "a_no", "b_no"]).agg(
        **recent_sums(rows, rows.cut), met=rows.count(where=rows.is_close & (rows.day_no > rows.cut))
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
    x = {name: rows[name].to_numpy("int64") / UNIT for name in SUMS[:5]} | {
        "shared": _shared(every, a, b) / UNIT,
        "recency": cut - rows["last_day"].to_numpy("int64"),
        "active_less": np.minimum(active[a], active[b]) / UNIT,
        "active_more": np.maximum(active[a], active[b]) / UNIT,
        "gone": cut - np.minimum(seen[a], seen[b]),
    }
    return np.log1p(np.column_stack([x[name] for name in FEATURES]).astype(float))


def _shared(every: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Add up, over the contacts the two people of each row share, the geometric mean of the two ties, in ``UNIT``."""
    from scipy import sparse

    edges = every[every["days_90"] >= FAINT]
    root = np.sqrt(edges["days_90"].to_numpy(float) / UNIT)
    low, high = edges["a_no"].to_numpy(), edges["b_no"].to_numpy()
    people = int(every[["a_no", "b_no"]].to_numpy().max(initial=0)) + 1
    ties = sparse.csr_array(
        (np.concatenate([root, root]), (np.concatenate([low, high]), np.concatenate([high, low]))),
        shape=(people, people),
    )
    total = np.empty(len(a))
    for start in range(0, len(a), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        total[part] = np.asarray(ties[a[part]].multiply(ties[b[part]]).sum(axis=1)).ravel()
    return np.round(total * UNIT)


ONE_PERSON_SHARE = 0.95


def seen_from_one_person(pair_days: ir.Table, engine: Engine) -> bool:
    """Tell a log made of one person's own calendar or mailbox; a log of nobody is taken for one."""
    return not engine.count(pair_days.limit(1)) or only_person(pair_days, engine) is not None


def only_person(pair_days: ir.Table, engine: Engine) -> int | None:
    """Return whose own calendar or mailbox a log is; None when it is a log of many.

    So it is when one person has part in at least 95 % of all contact: of a pair's days, those with that person, or on which
    one of the two had contact with that person (who then was in the same room or message).
    """
    ends = ibis.union(*(pair_days.select(person_no=column) for column in ("a_no", "b_no")))
    counts = ends.group_by("person_no").agg(days=ends.count())
    counts = counts.mutate(both_ends=counts.days.sum().over(ibis.window()))
    most = engine.frame(counts.order_by([ibis.desc("days"), "person_no"]).limit(1))
    if most.empty:
        return None
    person, days = int(most["person_no"].iloc[0]), int(most["days"].iloc[0])
    needed = ONE_PERSON_SHARE * int(most["both_ends"].iloc[0]) / 2
    own = pair_days.filter((pair_days.a_no == person) | (pair_days.b_no == person))
    met = own.select("day_no", other_no=(own.a_no == person).ifelse(own.b_no, own.a_no)).distinct()
    rest = pair_days.filter((pair_days.a_no != person) & (pair_days.b_no != person)).select("a_no", "b_no", "day_no")
    with_them = ibis.union(
        rest.semi_join(met.select("day_no", a_no="other_no"), ["day_no", "a_no"]),
        rest.semi_join(met.select("day_no", b_no="other_no"), ["day_no", "b_no"]),
        distinct=True,
    )
    return person if days + engine.count(with_them) >= needed else None
