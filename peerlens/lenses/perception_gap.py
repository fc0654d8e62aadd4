"""Is it as I think? Own ratings, or a first guess, against the log; others' ratings only as counts.

What people believe about ties between others needs no log: :func:`peerlens.perceptions` reads it from the survey alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.privacy import rounded_count
from peerlens.words import day as say_day
from peerlens.words import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

MIND, LOG, SAME = "closer in your mind", "closer in the log", "no clear difference"
NAMED_RIGHT, NAMED_WRONG, NOT_NAMED = (
    "named, and among the closest",
    "named, though quieter",
    "not named, though among the closest",
)
FEWEST_RATERS = 5
FEWEST_DAYS = 20
"""working days of both in the window below which contact says nothing about a tie"""
RELEASE = "survey"
CAVEATS = (
    "The log knows contact, not closeness: a tie may be closer than it looks, through calls and corridors.",
    "What others said of you is shown only as counts from five people on, and by name only where they released it.",
)


@dataclass(frozen=True)
class Limits:
    """Thresholds of the lens.

    Parameters
    ----------
    fewest
        Rated ties below which nothing is compared.
    far_apart
        Distance of the two places in one's own order (0 to 1) from which a tie stands out.
    """

    fewest: int = 5
    far_apart: float = 0.5


class PerceptionGap(Lens):
    """Own ratings or a guess against days of contact, tie by tie."""

    name: ClassVar[str] = "perception_gap"
    question: ClassVar[str] = "Is it as I think?"
    group: ClassVar[Group] = "people"
    needs: ClassVar[tuple[str, ...]] = ("survey",)
    limits: ClassVar[Limits] = Limits()

    def lacks(self, ties: Ties) -> tuple[str, ...]:
        """Return what was not read; a guess does instead of a survey."""
        return () if ties.guesses else super().lacks(ties)

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Compare each person's ratings with the contact days of 26 weeks up to ``as_of``.

        Both are put in order among the ties the person rated: place = (rank - 1)/(n - 1), equal values share theirs, the
        mean over questions. Contact counts as contact days / working days of both (no place under 20 of
        those). A tie is *closer in mind* when its place by rating is 0.5 or more above that by contact, and
        *closer in the log* the other way round. ``agreement``: Spearman's rank correlation of the two (Gilbert and Karahalios
        2009 on how far counts tell closeness).

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``ties_rated``: ties rated; missing under five, or where all ratings are the same (ties).
            - ``agreement``: Spearman's rank correlation of rating and contact (-1 to 1).
            - ``closer_in_mind``: ties closer in mind than in the log (ties).
            - ``closer_in_log``: ties closer in the log than in mind (ties).
            - ``named``: people named in a guess (people).
            - ``named_right``: those of them among the closest (people).
            - ``rated_by``: people who rated this person, rounded down to fives; missing under five (people).
            - ``rated_by_high``: those of them who put this person in their own upper half, rounded down to fives; missing under
              five raters (people).
            - ``reason``: why it is missing.
        """
        limits = self.thresholds(ties)
        rows = _rated(ties)
        told = _placed(rows, limits)
        frame = ties.persons[["person_id"]].copy()
        by = told.groupby("person_id")
        counts = pd.DataFrame(
            {
                "ties_rated": by.size().astype(float),
                "agreement": _spearman(told),
                "closer_in_mind": told["state"].eq(MIND).groupby(told["person_id"]).sum(),
                "closer_in_log": told["state"].eq(LOG).groupby(told["person_id"]).sum(),
            }
        ).reindex(columns=["ties_rated", "agreement", "closer_in_mind", "closer_in_log"])
        frame = frame.join(counts.astype(float), on="person_id")
        guessed = {person: _guess_rows(ties, person) for person in ties.guesses}
        frame["named"] = frame["person_id"].map({p: float(len(ties.guesses[p])) for p in guessed})
        right = {p: float((found["state"] == NAMED_RIGHT).sum()) for p, found in guessed.items()}
        frame["named_right"] = frame["person_id"].map(right)
        about = rows.groupby("other_id").agg(all=("person_id", "nunique"), high=("is_high", "sum"))
        enough = about["all"] >= FEWEST_RATERS
        frame["rated_by"] = frame["person_id"].map(about["all"].where(enough).map(rounded_count, na_action="ignore"))
        frame["rated_by_high"] = frame["person_id"].map(
            about["high"].where(enough).map(rounded_count, na_action="ignore")
        )
        missing = frame["ties_rated"].isna() & frame["named"].isna()
        frame["reason"] = pd.Series(None, index=frame.index, dtype="str").mask(missing, _too_few(limits))
        return frame.sort_values("person_id", ignore_index=True)

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return the ties a person rated or named, and where each stands by rating and by contact.

        Returns
        -------
        pandas.DataFrame
            ``other_id, other, state, rating`` (the person's own), ``contact_days_w`` (in 26 weeks), ``place_by_you,
            place_by_log`` (0 least, 1 most), and ``their_rating`` where somebody released theirs to this person.
        """
        limits = self.thresholds(ties)
        if person_id in ties.guesses:
            rows = _guess_rows(ties, person_id)
        else:
            own = _rated(ties)
            rows = _placed(own[own["person_id"] == person_id], limits)
        names = ties.persons.set_index("person_id")["name"]
        rows = rows.assign(other=rows["other_id"].map(names).fillna(rows["other_id"]))
        rows["their_rating"] = rows["other_id"].map(_released_ratings(ties, person_id)).astype(float)
        order = {MIND: 0, NAMED_WRONG: 0, NOT_NAMED: 1, LOG: 1, NAMED_RIGHT: 2, SAME: 2}
        rows = rows.assign(order=rows["state"].map(order)).sort_values(
            ["order", "place_by_you", "other_id"], ascending=[True, False, True], ignore_index=True
        )
        columns = [
            "other_id",
            "other",
            "state",
            "rating",
            "contact_days_w",
            "place_by_you",
            "place_by_log",
            "their_rating",
        ]
        return rows[columns]

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say which ties are closer, or less close, than the person thinks."""
        has_rated = (ties.events.records.survey["rater_id"] == person_id).any()
        reason = _too_few(self.thresholds(ties))
        if has_rated or person_id in ties.guesses:  # else nothing need be measured for others
            reason = self.row(ties, person_id)["reason"]
        if isinstance(reason, str):
            raise NotEnoughData(
                f"The lens {self.name} says nothing here: {reason}. A guess typed before looking, person.guess([…]), gives some."
            )
        row, table = self.row(ties, person_id), self.evidence(ties, person_id)
        caveats = list(CAVEATS)
        if pd.notna(row["rated_by"]):
            high = "fewer than 5" if not row["rated_by_high"] else f"{number(row['rated_by_high'])} or more"
            caveats.insert(
                0, f"{number(row['rated_by'])} people or more rated the tie with you; {high} in their upper half."
            )
        is_guess = person_id in ties.guesses
        headline = _guess_headline(table, row) if is_guess else _headline(table)
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=_suggestion(table),
            caveats=caveats,
            picture=lambda ax: _draw(table, headline, ties, is_guess, ax),
        )


def _too_few(limits: Limits) -> str:
    return f"under {limits.fewest} ratings of one's own, or all the same"


def _rated(ties: Ties) -> pd.DataFrame:
    """Return who rated whom how high, in places of the rater's own order: one row a rater and rated person."""
    if "rated" not in ties.worked_out:
        ties.worked_out["rated"] = _placed_by_raters(ties)
    return ties.worked_out["rated"]


def _placed_by_raters(ties: Ties) -> pd.DataFrame:
    survey = ties.events.records.survey
    own = survey[survey["perceiver_id"].isna() | (survey["perceiver_id"] == survey["rater_id"])]
    own = own[(own["rater_id"] != own["rated_id"]) & own["value"].notna()]
    own = own.sort_values(["rater_id", "question", "rated_id"]).drop_duplicates(
        ["rater_id", "question", "rated_id"], keep="last"
    )
    group = own.groupby(["rater_id", "question"])["value"]
    size = group.transform("size")
    place = (group.rank() - 1) / (size - 1).where(size > 1)
    own = own.assign(place=place, differs=group.transform("nunique") > 1)
    rows = own.groupby(["rater_id", "rated_id"]).agg(
        rating=("value", "mean"), place_by_you=("place", "mean"), differs=("differs", "any")
    )
    rows = rows.reset_index().rename(columns={"rater_id": "person_id", "rated_id": "other_id"})
    rows["is_high"] = rows["place_by_you"] > 0.5
    rows["contact_days_w"] = _contact_days(ties, rows)
    rows["contact_rate"] = rows["contact_days_w"] / _days_together(ties, rows)
    return rows


def _days_together(ties: Ties, rows: pd.DataFrame) -> pd.Series:
    """Count working days of both in the window, so that nobody's days away make a tie look quiet; missing when few."""
    clock, number_of = ties.clock, ties.persons.set_index("person_id")["person_no"]
    known = rows["person_id"].isin(number_of.index) & rows["other_id"].isin(number_of.index)
    pair = rows[known]
    recent = clock.at_work[:, -7 * ties.settings.ties.window_weeks :]
    both = (
        recent[pair["person_id"].map(number_of).to_numpy(int)] & recent[pair["other_id"].map(number_of).to_numpy(int)]
    )
    days = pd.Series(both.sum(axis=1).astype(float), index=pair.index).reindex(rows.index)
    return days.where(days >= FEWEST_DAYS)


def _contact_days(ties: Ties, rows: pd.DataFrame) -> pd.Series:
    asked = ties.engine.from_frame(rows[["person_id", "other_id"]].astype("str"), name="rated")
    sides = ties.sides.select("person_id", "other_id", "contact_days_w").join(asked, ["person_id", "other_id"])
    days = ties.engine.frame(sides.order_by(["person_id", "other_id"]))
    ties.engine.drop(asked)
    merged = rows[["person_id", "other_id"]].merge(days, on=["person_id", "other_id"], how="left")
    return merged["contact_days_w"].fillna(0).astype(int).set_axis(rows.index)


def _placed(rows: pd.DataFrame, limits: Limits) -> pd.DataFrame:
    """Add the place by contact days and how the two differ; people with too few ratings, or equal ones, are left out."""
    size = rows.groupby("person_id")["other_id"].transform("size")
    differs = rows.groupby("person_id")["differs"].transform("any") if len(rows) else rows["differs"]
    rows = rows[(size >= limits.fewest) & differs].copy()
    group = rows.groupby("person_id")
    known = group["contact_rate"].transform("count")
    rows["place_by_log"] = (group["contact_rate"].rank() - 1) / (known - 1).where(known > 1)
    gap = rows["place_by_you"] - rows["place_by_log"]
    state = pd.Series(SAME, index=rows.index, dtype="str")
    rows["state"] = state.mask(gap >= limits.far_apart - 1e-9, MIND).mask(gap <= -limits.far_apart + 1e-9, LOG)
    return rows


def _spearman(rows: pd.DataFrame) -> pd.Series:
    """Return the correlation of the two places, by person."""
    rows = rows.dropna(subset=["place_by_you", "place_by_log"])
    centred = rows[["person_id"]].copy()
    for name in ("place_by_you", "place_by_log"):
        centred[name] = rows[name] - rows.groupby("person_id")[name].transform("mean")
    centred["product"] = centred["place_by_you"] * centred["place_by_log"]
    centred["one"], centred["two"] = centred["place_by_you"] ** 2, centred["place_by_log"] ** 2
    sums = centred.groupby("person_id")[["product", "one", "two"]].sum()
    spread = (sums["one"] * sums["two"]) ** 0.5
    return (sums["product"] / spread.where(spread > 1e-12)).round(6)


def _guess_rows(ties: Ties, person_id: str) -> pd.DataFrame:
    """Compare the people named with as many of the person's peers who have most contact days."""
    named = list(ties.guesses[person_id])
    mine = ties.of(person_id)
    peers = mine[mine["is_peer"] | mine["other_id"].isin(named)].copy()
    peers["contact_rate"] = peers["contact_days_w"] / _days_together(ties, peers)
    peers = peers.sort_values(["contact_rate", "other_id"], ascending=[False, True])
    # As close as the last of the closest is among the closest too: a tie of two counts for whoever was named.
    least = peers["contact_rate"].head(len(named)).min() if len(peers) else 0
    closest = peers[(peers["contact_rate"] >= least) & (peers["contact_days_w"] > 0)]
    found = peers.set_index("other_id")
    rest = [other for other in closest["other_id"].head(len(named)) if other not in named]
    rows = pd.DataFrame({"other_id": [*named, *rest]})
    rows["contact_days_w"] = rows["other_id"].map(found["contact_days_w"]).fillna(0).astype(int)
    is_named, is_close = rows["other_id"].isin(named), rows["other_id"].isin(closest["other_id"])
    state = pd.Series(NOT_NAMED, index=rows.index, dtype="str")
    rows["state"] = state.mask(is_named, NAMED_WRONG).mask(is_named & is_close, NAMED_RIGHT)
    rows["rating"] = float("nan")
    rows["place_by_you"] = is_named.map({True: 1.0, False: float("nan")})
    most = peers["contact_rate"].max()
    rows["place_by_log"] = (
        (rows["other_id"].map(found["contact_rate"]).fillna(0.0) / most).round(4) if most > 0 else 0.0
    )
    return rows


def _released_ratings(ties: Ties, person_id: str) -> dict[str, float]:
    """Return the ratings of this person that raters released to them (released.csv, purpose ``survey``)."""
    records = ties.events.records
    released, today = records.released, pd.Timestamp(ties.as_of)
    begun = released["from_on"].isna() | (released["from_on"] <= today)
    held = released["until_on"].isna() | (released["until_on"] >= today)
    mine = (released["released_to"] == person_id) & (released["purpose"].str.lower() == RELEASE)
    raters = set(released.loc[mine & begun & held, "person_id"])
    survey = records.survey
    own = survey[survey["rater_id"].isin(raters) & (survey["rated_id"] == person_id)]
    own = own[own["perceiver_id"].isna() | (own["perceiver_id"] == own["rater_id"])]
    return own.groupby("rater_id")["value"].mean().to_dict()


def _headline(table: pd.DataFrame) -> str:
    mind, log = int((table["state"] == MIND).sum()), int((table["state"] == LOG).sum())
    rated = len(table)
    if not mind and not log:
        return f"None of the {rated} ties you rated stands far from where you think, by days of contact."
    parts = []
    if mind:
        parts.append(
            f"{mind} of the {rated} ties you rated {'is' if mind == 1 else 'are'} closer in your mind than in the log"
        )
    if log:
        parts.append(
            (f"{log} of the {rated} ties you rated" if not mind else f"{log}")
            + f" {'is' if log == 1 else 'are'} closer in the log"
        )
    return " and ".join(parts) + "."


def _guess_headline(table: pd.DataFrame, row: pd.Series) -> str:
    right, named = int((table["state"] == NAMED_RIGHT).sum()), int(table["state"].ne(NOT_NAMED).sum())
    people = "the 1 person" if named == 1 else f"the {named} people"
    return f"Of {people} you named, {right} {'is' if right == 1 else 'are'} among those you have most contact with."


def _suggestion(table: pd.DataFrame) -> str:
    far = table[table["state"].isin([MIND, NAMED_WRONG])]
    if len(far):
        other = far.iloc[0]["other"]
        word = "“We have not talked properly for a while.”"
        return f"If the tie with {other} matters to you, give it half an hour this week: {word}"
    near = table[table["state"].isin([LOG, NOT_NAMED])]
    if len(near):
        other = near.iloc[0]["other"]
        return f"The tie with {other} is busier than you thought: use the next meeting this week to ask what you both want of it."
    return "No action needed: the log agrees with you."


def _draw(table: pd.DataFrame, title: str, ties: Ties, is_guess: bool, ax: Axes | None) -> Axes:
    from peerlens.draw.dumbbell import dumbbell

    frame = table.rename(columns={"other": "label", "place_by_you": "one", "place_by_log": "two", "state": "note"})
    frame["note"] = frame["note"].where(
        frame["one"].isna() | frame["two"].notna() | (frame["note"] != SAME), "not compared"
    )
    frame["stands_out"] = frame["note"].isin([MIND, LOG, NAMED_WRONG, NOT_NAMED])
    how = (
        "a disc marks whom you named; a diamond stands by days of contact, against your busiest peer tie."
        if is_guess
        else "each line is a tie you rated: the disc where you place it among them, the diamond where days of contact do."
    )
    weeks = ties.settings.ties.window_weeks
    return dumbbell(
        frame,
        words=("you named" if is_guess else "your rating", "days of contact"),
        ends=("least of these", "most of these") if not is_guess else ("no contact", "most contact"),
        how_to_read=how,
        ax=ax,
        title=title,
        subtitle=f"Days of close contact, {weeks} weeks up to {say_day(ties.as_of)}",
    )
