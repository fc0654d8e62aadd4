"""What people believe about ties between others, against what the two themselves report: from a survey, without any log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData, UnknownPerson
from peerlens.lenses.lens import Finding
from peerlens.privacy import middle_of
from peerlens.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.records import Records

FEWEST = 5
"""people whose reports stand behind any figure"""
RIGHT, SEEN = "ties you believe in that both people confirm", "ties both people confirm that you know of"
CAVEATS = (
    "A tie counts as there when both people say so; each may be mistaken too.",
    "Only figures over all pairs are shown: what one colleague answered is nobody else's.",
)


@dataclass(frozen=True)
class Beliefs:
    """Who believes what about whom, in figures; made by :func:`perceptions`.

    Parameters
    ----------
    table
        What :meth:`measure` returns.
    """

    table: pd.DataFrame

    def measure(self) -> pd.DataFrame:
        """Return one row per person who said what they believe, and question.

        Over ordered pairs of other people who answered themselves: *believed*, the person says the tie is there; *there*, both
        people say so (the locally aggregated structure, Krackhardt 1987). ``share_confirmed = believed and there /
        believed``, ``share_seen = believed and there / there``, ``accuracy`` the correlation of the two (phi; Krackhardt
        1990).

        Returns
        -------
        pandas.DataFrame
            ``person_id, question``; ``believed, there, both`` (pairs); ``share_confirmed, share_seen`` (0 to 1, missing without
            any); ``accuracy`` (-1 to 1).
        """
        return self.table

    def of(self, person_id: str, *, question: str | None = None) -> Finding:
        """Answer one person: how near their picture of ties between others comes to what these report.

        Parameters
        ----------
        person_id
            Who believes.
        question
            Which of the survey's questions; None takes the first.

        Raises
        ------
        UnknownPerson
            Nobody with this id said what they believe, or not on this question.
        """
        asked = sorted(self.table["question"].unique()) if question is None else [question]
        rows = self.table[self.table["question"] == asked[0]]
        if person_id not in set(rows["person_id"]):
            raise UnknownPerson(person_id, rows["person_id"].tolist())
        own = rows[rows["person_id"] == person_id].iloc[0]
        table = pd.DataFrame(
            {
                "what": [RIGHT, SEEN],
                "share_yours": [own["share_confirmed"], own["share_seen"]],
                "share_usual": [middle_of(rows[name], step=0.1)[0] for name in ("share_confirmed", "share_seen")],
                "pairs_there": [int(own["both"])] * 2,
                "pairs_of": [int(own["believed"]), int(own["there"])],
            }
        )
        if not own["believed"]:
            headline = (
                f"You believe in no tie between others ({asked[0]}); the people themselves confirm {int(own['there'])}."
            )
        else:
            headline = (
                f"Of the {int(own['believed'])} {asked[0]} ties you believe in between others, both people confirm "
                f"{percent(own['share_confirmed'])}; of those they confirm you know {percent(own['share_seen'])}."
            )
        return Finding(
            lens="perception_gap",
            question="Is it as I think?",
            group="people",
            person_id=person_id,
            headline=headline,
            table=table,
            suggestion="Before you act on who works with whom this week, ask one of the two.",
            caveats=CAVEATS,
            settings=None,
            picture=lambda ax: _draw(table, headline, asked[0], len(rows), ax),
        )


def perceptions(records: Records) -> Beliefs:
    """Compare what people believe about ties between others with what the two themselves report.

    Reads ``survey.csv`` alone: rows with a ``perceiver_id`` (who believes that ``rater_id`` says ``value`` of ``rated_id``); rows
    where the perceiver is one of the two, and rows without one, are what the two report. Needs no messages or meetings.

    Parameters
    ----------
    records
        What :func:`peerlens.read` returned.

    Raises
    ------
    NotEnoughData
        There are no rows with a perceiver, or under five people report themselves.

    Examples
    --------
    >>> import peerlens
    >>> people = [f"p{n}" for n in range(6)]
    >>> rows = [(p, "p0", "p1", "advice", 1) for p in people]
    >>> rows += [(p, "p2", p, "advice", 1) for p in people if p != "p2"]
    >>> columns = ["perceiver_id", "rater_id", "rated_id", "question", "value"]
    >>> import pandas as pd
    >>> survey = pd.DataFrame(rows, columns=columns)
    >>> found = perceptions(peerlens.read(people=pd.DataFrame({"person_id": people}), survey=survey)).measure()
    >>> found.set_index("person_id").loc["p5", ["believed", "there", "both"]].tolist()
    [1, 1, 1]
    """
    survey = records.survey
    believed = survey[survey["perceiver_id"].notna()]
    if believed.empty:
        raise NotEnoughData("Beliefs about ties between others need a column perceiver_id in survey.csv.")
    parts = [
        _of_question(survey[survey["question"] == question], question)
        for question in sorted(believed["question"].unique())
    ]
    found = [part for part in parts if part is not None]
    if not found:
        raise NotEnoughData(
            f"Under {FEWEST} people say both what they believe and what they do themselves: nothing is shown."
        )
    return Beliefs(pd.concat(found, ignore_index=True))


def _of_question(rows: pd.DataFrame, question: str) -> pd.DataFrame | None:
    """Count, for each perceiver, pairs of others believed in, confirmed by both, and both; None with too few people."""
    perceivers = sorted(rows["perceiver_id"].dropna().unique())
    people = {person: place for place, person in enumerate(perceivers)}
    return _counts(rows, people, question) if len(people) >= FEWEST else None


def _counts(rows: pd.DataFrame, people: dict[str, int], question: str) -> pd.DataFrame:
    size = len(people)
    said = rows[(rows["value"] > 0) & rows["rater_id"].isin(people) & rows["rated_id"].isin(people)]
    said = said[said["rater_id"] != said["rated_id"]]
    who = said["perceiver_id"].fillna(said["rater_id"]).map(people).to_numpy(int)
    one, two = said["rater_id"].map(people).to_numpy(int), said["rated_id"].map(people).to_numpy(int)
    claims = pd.DataFrame({"who": who, "pair": one * size + two, "one": one, "two": two}).drop_duplicates()
    first = set(claims.loc[claims["who"] == claims["one"], "pair"])
    second = set(claims.loc[claims["who"] == claims["two"], "pair"])
    there = np.array(sorted(first & second), dtype=int)
    # What somebody says of their own ties is a report; beliefs are about the others' ones.
    others = claims[(claims["who"] != claims["one"]) & (claims["who"] != claims["two"])]
    believed = np.bincount(others["who"], minlength=size)
    both = np.bincount(others.loc[others["pair"].isin(there), "who"], minlength=size)
    own = (
        np.bincount(np.concatenate([there // size, there % size]), minlength=size)
        if len(there)
        else np.zeros(size, int)
    )
    others_there = len(there) - own
    pairs = (size - 1) * (size - 2)
    table = pd.DataFrame(
        {"person_id": list(people), "question": question, "believed": believed, "there": others_there, "both": both}
    )
    table["share_confirmed"] = (table["both"] / table["believed"].where(table["believed"] > 0)).round(6)
    table["share_seen"] = (table["both"] / table["there"].where(table["there"] > 0)).round(6)
    spread = table["believed"] * table["there"] * (pairs - table["believed"]) * (pairs - table["there"])
    phi = (pairs * table["both"] - table["believed"] * table["there"]) / (spread.astype(float) ** 0.5).where(spread > 0)
    return table.assign(accuracy=phi.round(6))


def _draw(table: pd.DataFrame, title: str, question: str, people: int, ax: Axes | None) -> Axes:
    from peerlens.draw.dumbbell import dumbbell

    frame = table.rename(columns={"what": "label", "share_yours": "one", "share_usual": "two"}).astype(
        {"two": "float64"}
    )
    frame["stands_out"] = False
    frame["note"] = [
        f"{there} of {of} pairs" for there, of in zip(table["pairs_there"], table["pairs_of"], strict=True)
    ]
    return dumbbell(
        frame,
        words=("you", "usual here (median, rounded)"),
        ends=("none", "all"),
        how_to_read="each line is a share of pairs of other people; the diamond is withheld where under ten people answered.",
        ax=ax,
        title=title,
        subtitle=f"Beliefs about {question} between others against what both of them say; {people} people answered",
    )
