"""What is known of a tie on a day that bears on whether it goes quiet: one query a day, the same when learning and when asked.

Only days up to ``cut`` and after ``cut - 364`` are read. The engine adds up integers, so that the order of addition changes
nothing; logarithms are taken once at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd
from scipy import sparse

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


def read_features(
    pair_days: ir.Table, engine: Engine, *, cut: int, most: int | None = None
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return all ties with a contact day in the 52 weeks up to ``cut``, and their inputs.

    Parameters
    ----------
    pair_days
        One row per pair and day.
    engine
        Where it lives.
    cut
        The day of the question; nothing after it is read.
    most
        Of more ties than this, return an even share, picked by their numbers; None returns all.

    Returns
    -------
    keys
        ``a_no, b_no``, ordered.
    inputs
        One row per tie, one column per name in ``FEATURES``, each ``log(1 + x)``.

    Notes
    -----
    Every contact day counts ``2^(-age / half-life)``, the half-life in days in the name; x is

    - ``weeks_90, weeks_30``: weeks with a contact day (bursts count once: Urena-Carrion, Saramaki and Kivela 2020);
    - ``days_90``: contact days; ``any_90``: days with any contact, rooms of up to 20 included; ``credit_60``: credit;
    - ``recency``: days since the last contact day;
    - ``shared``: the sum over shared contacts k of ``sqrt(d_ak d_bk)``, d their decayed contact days (embeddedness: Burt 2000);
    - ``active_less, active_more``: decayed contact days of the two people with anybody, the smaller and the larger;
    - ``gone``: days since contact with anybody of the one of the two who was not seen for longer.
    """
    every = engine.frame(_query(pair_days, cut))
    rows = every
    if most is not None and len(every) > most:
        # A product with an odd constant spreads neighbouring numbers over all remainders.
        spread = (every["a_no"].astype("int64") * 2654435761 + every["b_no"].astype("int64") * 40503) % len(every)
        rows = every[spread < most].reset_index(drop=True)
    rows = rows.assign(shared=_shared(every, rows))
    inputs = pd.DataFrame(
        {
            **{
                name: rows[name] / UNIT for name in ("weeks_90", "weeks_30", "days_90", "any_90", "credit_60", "shared")
            },
            "recency": cut - rows["last_day"],
            "active_less": rows[["a_active", "b_active"]].min(axis=1) / UNIT,
            "active_more": rows[["a_active", "b_active"]].max(axis=1) / UNIT,
            "gone": cut - rows[["a_seen", "b_seen"]].min(axis=1),
        }
    )
    return rows[["a_no", "b_no"]], np.log1p(inputs[list(FEATURES)].to_numpy(float))


def _query(pair_days: ir.Table, cut: int) -> ir.Table:
    """Write the query: integer sums per pair, of both people, and over shared contacts."""
    known = pair_days.filter((pair_days.day_no <= cut) & (pair_days.day_no > cut - YEAR_DAYS))
    age = cut - known.day_no

    def decay(half_life: float) -> ir.FloatingValue:
        return ibis.literal(2.0, "float64") ** (-(age.cast("float64")) / half_life)

    days = known.select(
        "a_no",
        "b_no",
        "day_no",
        "is_close",
        week=age // 7,
        units_30=(decay(30.0) * UNIT).round().cast("int64"),
        units_90=(decay(90.0) * UNIT).round().cast("int64"),
        units_credit=(decay(60.0) * (known.credit_units.cast("float64") * UNIT / CREDIT_UNIT)).round().cast("int64"),
    )
    weeks = days.group_by(["a_no", "b_no", "week"]).agg(
        week_90=days.units_90.max(where=days.is_close).fill_null(0),
        week_30=days.units_30.max(where=days.is_close).fill_null(0),
        days_90=days.units_90.sum(where=days.is_close).fill_null(0),
        any_90=days.units_90.sum(),
        credit_60=days.units_credit.sum(),
        last_day=days.day_no.max(where=days.is_close),
        last_seen=days.day_no.max(),
    )
    pairs = weeks.group_by(["a_no", "b_no"]).agg(
        weeks_90=weeks.week_90.sum().cast("int64"),
        weeks_30=weeks.week_30.sum().cast("int64"),
        days_90=weeks.days_90.sum().cast("int64"),
        any_90=weeks.any_90.sum().cast("int64"),
        credit_60=weeks.credit_60.sum().cast("int64"),
        last_day=weeks.last_day.max(),
        last_seen=weeks.last_seen.max(),
    )
    turned = ibis.union(
        pairs.select(person_no="a_no", other_no="b_no", days_90="days_90", last_seen="last_seen"),
        pairs.select(person_no="b_no", other_no="a_no", days_90="days_90", last_seen="last_seen"),
    )
    people = turned.group_by("person_no").agg(active=turned.days_90.sum().cast("int64"), seen=turned.last_seen.max())
    ties = pairs.filter(pairs.last_day.notnull()).drop("last_seen")
    of_a = people.select(a_no="person_no", a_active="active", a_seen="seen")
    of_b = people.select(b_no="person_no", b_active="active", b_seen="seen")
    return ties.join(of_a, "a_no").join(of_b, "b_no").order_by(["a_no", "b_no"])


def _shared(every: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """Add up, over the contacts the two people of each row share, the geometric mean of the two ties, in ``UNIT``."""
    edges = every[every["days_90"] >= FAINT]
    root = np.sqrt(edges["days_90"].to_numpy(float) / UNIT)
    a, b = edges["a_no"].to_numpy(), edges["b_no"].to_numpy()
    people = int(every[["a_no", "b_no"]].to_numpy().max(initial=0)) + 1
    ties = sparse.csr_array(
        (np.concatenate([root, root]), (np.concatenate([a, b]), np.concatenate([b, a]))), shape=(people, people)
    )
    total = np.empty(len(rows))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows.iloc[start : start + _ROWS_AT_ONCE]
        both = ties[part["a_no"].to_numpy()].multiply(ties[part["b_no"].to_numpy()])
        total[start : start + len(part)] = np.asarray(both.sum(axis=1)).ravel()
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
    most = engine.frame(counts.order_by([ibis.desc("days"), "person_no"]).limit(1))
    if most.empty:
        return None
    person = int(most["person_no"].iloc[0])
    own = pair_days.filter((pair_days.a_no == person) | (pair_days.b_no == person))
    met = own.select("day_no", other_no=(own.a_no == person).ifelse(own.b_no, own.a_no)).distinct()
    rest = pair_days.filter((pair_days.a_no != person) & (pair_days.b_no != person)).select("a_no", "b_no", "day_no")
    with_them = ibis.union(
        rest.semi_join(met.select("day_no", a_no="other_no"), ["day_no", "a_no"]),
        rest.semi_join(met.select("day_no", b_no="other_no"), ["day_no", "b_no"]),
        distinct=True,
    )
    part = engine.count(own) + engine.count(with_them)
    return person if part >= ONE_PERSON_SHARE * engine.count(pair_days) else None
