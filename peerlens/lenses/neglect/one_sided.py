"""They usually start: contact that one person begins, or messages that get nothing back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from peerlens.lenses.neglect.columns import chosen, greatest, in_memory, with_columns
from peerlens.lenses.neglect.rule import Condition, Rule, hello
from peerlens.words import number, percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from peerlens.lenses.neglect.columns import Rows


@dataclass(frozen=True)
class OneSided(Rule):
    """The other begins most of the contact, more than others do with this person; or writes and hears nothing.

    ``P(share > 0.7)`` is the beta posterior with a uniform prior over who starts:
    ``1 - I_0.7(other_started + 1, started + 1)``. Never for a person to whom everybody comes (service role).
    ``severity = (share - 0.7) / 0.3``, or for unanswered messages ``(0.2 - answered share) / 0.2``.

    Parameters
    ----------
    min_starts
        Initiations in 26 weeks below which nothing is said.
    usual_share, certainty
        The other's share that must be exceeded, and how surely.
    above_usual
        How far the share must lie above the person's usual one.
    service_share
        Above this share of everything begun by others, the person has a service role.
    min_messages, max_answered_share
        Messages to at most three people, and the share of them that got contact back in five working days.
    """

    min_starts: int = 8
    usual_share: float = 0.7
    certainty: float = 0.9
    above_usual: float = 0.2
    service_share: float = 0.7
    min_messages: int = 5
    max_answered_share: float = 0.2

    kind: ClassVar[str] = "one_sided"
    has_quiet_chance: ClassVar[bool] = True
    evidence: ClassVar[tuple[str, ...]] = (
        "starts",
        "other_started",
        "other_share",
        "share_certainty",
        "usual_other_share",
        "asked",
        "asked_unanswered",
        "answered_share",
    )
    uses: ClassVar[tuple[str, ...]] = ("unanswered_share",)

    def derive(self, rows: Rows) -> Any:
        """Add the posterior, the distance from the usual share, and the answered share."""
        if in_memory(rows):
            known = _posterior(self.usual_share).rename(columns={"n": "starts", "k": "other_started"})
            joined: Any = rows.merge(known, on=["starts", "other_started"], how="left")
        else:
            posterior = _posterior_table(self.usual_share)
            same = [rows.starts == posterior.n, rows.other_started == posterior.k]
            joined = rows.left_join(posterior, same).drop("n", "k")
        return with_columns(
            joined,
            above_usual=joined.other_share - joined.usual_other_share,
            answered_share=1.0 - joined.unanswered_share,
        )

    def ways(self) -> tuple[tuple[Condition, ...], ...]:
        """Return the two ways: who starts, and what goes unanswered."""
        service = Condition("usual_other_share", "<=", self.service_share, "share of everything that others begin")
        return (
            (
                Condition("starts", ">=", self.min_starts, "times one of you began contact in the window"),
                Condition(
                    "share_certainty",
                    ">=",
                    self.certainty,
                    f"certainty that they begin more than {percent(self.usual_share)}",
                ),
                Condition("above_usual", ">=", self.above_usual, "their share above what is usual with you"),
                service,
            ),
            (
                Condition(
                    "asked", ">=", self.min_messages, "days with messages from them to you and few others in the window"
                ),
                Condition("answered_share", "<=", self.max_answered_share, "share that got contact back in time"),
                service,
            ),
        )

    def found_when(self) -> str:
        """Say it in plain words."""
        return (
            f"One of you began at least {number(self.min_starts)} times, it is {percent(self.certainty)} certain that they begin "
            f"more than {percent(self.usual_share)}, and their share is at least {number(100 * self.above_usual)} points above "
            f"what is usual with you; or they wrote on at least {number(self.min_messages)} days, and at most "
            f"{percent(self.max_answered_share)} of those got contact back in time. Not asked of roles in which others begin "
            f"more than {percent(self.service_share)} of everything."
        )

    def severity(self, rows: Rows) -> Any:
        """Write severity of the stronger way that was passed."""
        first, second = self.ways()
        starts = (rows.other_share - self.usual_share) / (1 - self.usual_share)
        silent = (self.max_answered_share - rows.answered_share) / max(self.max_answered_share, 1e-9)
        return greatest(chosen(_all_of(first, rows), starts, 0.0), chosen(_all_of(second, rows), silent, 0.0))

    def because(self, row: Mapping[str, Any]) -> str:
        """Say who began, or what went unanswered."""
        if row["asked"] >= self.min_messages and row["answered_share"] <= self.max_answered_share:
            asked, missed = number(row["asked"]), number(row["asked_unanswered"])
            answer = "none of them got contact back" if missed == asked else f"{missed} of them got no contact back"
            return (
                f"On the tie with {row['other']}, messages came to you on {asked} days in {number(row['window_weeks'])} "
                f"weeks, and {answer} in time (your working days counted)."
            )
        weeks, usual = number(row["window_weeks"]), percent(row["usual_other_share"])
        return (
            f"On the tie with {row['other']} they began contact {number(row['other_started'])} of {number(row['starts'])} times "
            f"in {weeks} weeks ({percent(row['other_share'])}); with you, others usually begin {usual}."
        )

    def suggestion(self, row: Mapping[str, Any]) -> str:
        """Suggest starting once."""
        return (
            f"Be the one who starts this week: “{hello(row)}, thank you for keeping in touch. "
            "This time I would like to ask: what could I take off your list?”"
        )


def _all_of(way: tuple[Condition, ...], rows: Rows) -> Any:
    passed = way[0].of(rows)
    for condition in way[1:]:
        passed = passed & condition.of(rows)
    return passed


@lru_cache(maxsize=8)
def _posterior_table(share: float) -> ir.Table:
    """Hand the table over once, and not with each question."""
    import ibis

    return ibis.memtable(_posterior(share))


@lru_cache(maxsize=8)
def _posterior(share: float, most: int = 130) -> pd.DataFrame:
    """Tabulate ``P(p > share)`` for k of n with a uniform prior; n cannot exceed the working days of the window.

    It is the chance of at most k in n + 1 draws that each come out at ``share`` (Bayes 1763), summed draw by draw.
    """
    import numpy as np
    import pandas as pd

    draws = np.zeros(most + 2)
    draws[0] = 1.0
    rows = []
    for _ in range(most + 1):
        draws[1:] = draws[1:] * (1 - share) + draws[:-1] * share
        draws[0] *= 1 - share
        rows.append(np.cumsum(draws))
    n, k = np.tril_indices(most + 1)
    certainty = np.minimum(np.array(rows)[n, k], 1.0).round(6)
    return pd.DataFrame({"n": n.astype("int32"), "k": k.astype("int32"), "share_certainty": certainty})
