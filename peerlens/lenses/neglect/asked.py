"""The rows that rules look at: peers only, and nobody whom fairness keeps out; those of one person fetched once for all rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peerlens.ties.together import measured_rows_of

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.ties import Ties


def rows_read(ties: Ties, table: str, person_id: str) -> pd.DataFrame:
    """Return one person's rows of a table that rules read, fetched once for all rules.

    Parameters
    ----------
    ties
        The network at its ``as_of``.
    table
        ``sides``, ``candidates`` or ``reach``.
    person_id
        Whose rows.
    """
    if table == "sides":
        return measured_rows_of(ties, person_id)
    asked = ("rows read", person_id)
    if asked not in ties.worked_out:
        number = int(ties.person(person_id)["person_no"])
        ties.worked_out[asked] = {
            name: ties.engine.frame(rows.filter(rows.person_no == number).order_by(key))
            for name, rows, key in (
                ("candidates", ties.candidates, "other_id"),
                ("reach", ties.reach, "other_department"),
            )
        }
    return ties.worked_out[asked][table]


def asked_of(ties: Ties, person_id: str) -> dict[str, pd.DataFrame]:
    """Return one person's rows that rules look at, by table."""
    asked = ("rows asked about", person_id)
    if asked not in ties.worked_out:
        rows = {name: rows_read(ties, name, person_id) for name in ("sides", "candidates", "reach")}
        ties.worked_out[asked] = rows | {
            name: rows[name][_is_looked_at(rows[name])] for name in ("sides", "candidates")
        }
    return ties.worked_out[asked]


def _is_looked_at(rows: Any) -> Any:
    return rows.is_peer & rows.is_open & rows.person_is_open


def pairs_asked_about(ties: Ties) -> list[ir.Table]:
    """Return the ties and the candidate pairs that rules look at."""
    keys = ("person_id", "person_no", "other_no")
    return [table.filter(_is_looked_at(table)).select(*keys) for table in (ties.sides, ties.candidates)]
