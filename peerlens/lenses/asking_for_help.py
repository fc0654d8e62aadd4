"""Do I ask, and does asking work here? Asks by direction, and how they are answered beside other messages to the same people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from peerlens.draw.theme import DIRECTION_WORDS
from peerlens.lenses import frames
from peerlens.lenses.band import level_band
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.ties.answers import knocks
from peerlens.words import day as say_day
from peerlens.words import number, percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

DIRECTIONS = ("up", "sideways", "down", "external", "unplaced")
EVERYBODY = "everybody you asked"
FEWEST_PEOPLE = 5
"""people behind an answered share: fewer would name somebody"""
CAVEATS = (
    "What counts as an ask is a yes/no column of the log; asks made aloud are not in this.",
    "Waiting is counted in working days of the person asked; a day with several messages to one person counts once.",
    "How single colleagues answer is not shown.",
)


@dataclass(frozen=True)
class Limits:
    """Thresholds of the lens.

    Parameters
    ----------
    fewest
        Asks, and other messages to the same people, below which nothing is said about answers.
    notable_gap
        How much lower the answered share of asks must be before it is pointed out.
    shown_days
        Working days on the picture.
    """

    fewest: int = 20
    notable_gap: float = 0.2
    shown_days: int = 15


class AskingForHelp(Lens):
    """Asks sent and received by direction, and the answers to asks beside those to other messages to the same people."""

    name: ClassVar[str] = "asking_for_help"
    question: ClassVar[str] = "Do I ask, and does asking work here?"
    group: ClassVar[Group] = "process"
    needs: ClassVar[tuple[str, ...]] = ("messages.is_ask",)
    limits: ClassVar[Limits] = Limits()

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure asks of the 26 weeks up to ``as_of``, a day of asks to one person counted once.

        ``share_answered`` = asks with contact back (any channel) within 5 working days of the recipient / asks whose answer is
        known by now. ``share_answered_others`` = the same of days with other messages to the same people (answers to them left
        out), weighted by the asks each got, so that whom one asks makes no difference (direct standardisation).
        ``days_to_answer``: the median of a Kaplan-Meier curve, what is not answered yet censored at ``as_of`` (Kaplan and
        Meier 1958).

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``asks``: asks sent, a day to one person once (days).
            - ``asked_people``: people asked (people).
            - ``share_asks_up``: asks to people above / asks (0 to 1).
            - ``share_asks_sideways``: asks to the own level / asks (0 to 1).
            - ``share_asks_down``: asks to people below / asks (0 to 1).
            - ``asks_received``: asks received (days).
            - ``people_asking``: people who asked (people).
            - ``share_answered``: asks with contact back in time / asks whose answer is known by now; missing under 20 (0 to 1).
            - ``share_answered_others``: the same of other messages to the same people; missing under 20 of either (0 to 1).
            - ``days_to_answer``: median wait for contact back; missing under 20 asks (working days).
            - ``days_to_answer_others``: the same of other messages to the same people; missing under 20 of either (working
              days).
            - ``left_alone``: people whom an unanswered ask was never repeated to, nor tried by another channel (people).
            - ``reason``: why something is missing; all is for people not visible here.
        """
        limits = self.thresholds(ties)
        rows = _asks_and_others(ties)
        asks = rows[rows["is_ask"]]
        frame = ties.persons[["person_id", "person_no", "is_covered"]].copy()
        own = asks.groupby("sender_no")
        frame["asks"] = frame["person_no"].map(own.size()).fillna(0.0)
        frame["asked_people"] = frame["person_no"].map(own["recipient_no"].nunique()).fillna(0.0)
        by_direction = asks.groupby(["sender_no", "direction"]).size().unstack(fill_value=0)
        for direction in ("up", "sideways", "down"):
            # Nobody asked in a direction is none of one's asks, whether or not others ask there.
            count = by_direction[direction] if direction in by_direction else pd.Series(dtype="float64")
            share = frame["person_no"].map(count).fillna(0.0) / frame["asks"].where(frame["asks"] > 0)
            frame[f"share_asks_{direction}"] = share
        received = asks.groupby("recipient_no")
        frame["asks_received"] = frame["person_no"].map(received.size()).fillna(0.0)
        frame["people_asking"] = frame["person_no"].map(received["sender_no"].nunique()).fillna(0.0)
        found = _answers(rows, ["sender_no"], limits.fewest)
        frame = frame.merge(found, left_on="person_no", right_index=True, how="left")
        alone = asks[asks["is_late"] & asks["next_day"].isna()].groupby("sender_no")["recipient_no"].nunique()
        frame["left_alone"] = frame["person_no"].map(alone).fillna(0.0)
        reason = pd.Series(None, index=frame.index, dtype="str")
        reason = reason.mask(
            frame["share_answered"].isna(), f"under {limits.fewest} asks: cannot tell how they are answered"
        )
        hidden = ~frame.pop("is_covered")
        return frames.in_order(frame, reason=reason.mask(hidden, frames.NOT_VISIBLE), hidden=hidden)

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return asks and answers by where the other person stands, never by person.

        Returns
        -------
        pandas.DataFrame
            ``asked`` (everybody, then by direction), ``people, asks, asks_received, share_answered, share_answered_others,
            days_to_answer``; answers are missing under 20 asks or 5 people, and by direction as
            soon as they are for one of them.
        """
        limits, me = self.thresholds(ties), int(ties.person(person_id)["person_no"])
        rows = _asks_and_others(ties)
        mine, to_me = rows[rows["sender_no"] == me], rows[(rows["recipient_no"] == me) & rows["is_ask"]]
        # Everybody, and each direction, answered for in one go.
        asked = pd.concat([mine.assign(asked=EVERYBODY), mine.assign(asked=mine["direction"].map(DIRECTION_WORDS))])
        answers = _answers(asked, ["asked"], limits.fewest)
        lines = []
        for direction in (None, *DIRECTIONS):
            name = EVERYBODY if direction is None else DIRECTION_WORDS[direction]
            part = mine if direction is None else mine[mine["direction"] == direction]
            # Seen from me, whoever asks from above stands up: their own direction turned round.
            turned = {"up": "down", "down": "up"}
            heard = to_me if direction is None else to_me[to_me["direction"].replace(turned) == direction]
            asks = part[part["is_ask"]]
            if direction is not None and asks.empty and heard.empty:
                continue
            people = asks["recipient_no"].nunique()
            is_shown = people >= FEWEST_PEOPLE and name in answers.index
            shown = answers.loc[name] if is_shown else pd.Series(dtype="float64")
            lines.append(
                {
                    "asked": name,
                    "people": people,
                    "asks": len(asks),
                    "asks_received": len(heard),
                    **{
                        name: shown.get(name, np.nan)
                        for name in ("share_answered", "share_answered_others", "days_to_answer")
                    },
                }
            )
        table = pd.DataFrame(lines)
        # One direction withheld could be worked out from the others: then none is shown.
        asked = (table["asks"] > 0) & (table["asked"] != EVERYBODY)
        if table.loc[asked, "share_answered"].isna().any():
            table.loc[asked, ["share_answered", "share_answered_others", "days_to_answer"]] = np.nan
        return table

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say whom the person asks, and whether asks are answered as other messages are."""
        limits, row = self.thresholds(ties), self.row(ties, person_id)
        table, days = self.evidence(ties, person_id), ties.settings.ties.reply_days
        whole = table.iloc[0]
        curves = cache(lambda: _curves(ties, person_id, limits))  # a page draws the picture twice
        caveats = [*CAVEATS]
        if pd.isna(row["asks"]):
            headline, suggestion = f"Not shown: {row['reason']}.", "Nothing to do now."
        elif pd.isna(whole["share_answered"]):
            headline = (
                f"You asked {int(whole['people'])} people for something: too little to tell how asks are answered."
            )
            suggestion = (
                "Ask one person this week for twenty minutes of advice on something you would otherwise do alone."
            )
        else:
            headline = (
                f"You asked {int(whole['people'])} people for something; {percent(whole['share_answered'])} of asks got contact "
                f"back within {days} working days"
            )
            others = whole["share_answered_others"]
            headline += (
                "." if pd.isna(others) else f", against {percent(others)} of your other messages to the same people."
            )
            forgets = row["share_asks_sideways"] == 0 and bool((ties.of(person_id)["direction"] == "sideways").any())
            suggestion = _suggestion(whole, row, limits, forgets=forgets)
        if pd.notna(row["asks"]):
            band = level_band(ties, self.measured(ties), "share_asks_sideways", person_id)
            caveats = [
                *(
                    [f"{percent(row['share_asks_sideways'])} of your asks go to people at your level."]
                    if row["asks"]
                    else []
                ),
                band.sentence("the share of asks that go to the same level"),
                f"Asks that went unanswered and were never repeated or tried another way: to {_people(row['left_alone'])}.",
                f"An answer is any contact back; the limit is {days} working days.",
                *caveats,
            ]
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=caveats,
            picture=lambda ax: _draw(*curves(), limits, headline, ties, ax),
        )


def _asks_and_others(ties: Ties) -> pd.DataFrame:
    """Return the knocks of the window with the direction of the person asked; made once for the same ties."""
    if "asks_and_others" not in ties.worked_out:
        table = knocks(ties)
        first = frames.before_window(ties)
        ways = ties.sides.select(sender_no="person_no", recipient_no="other_no", direction="direction")
        rows: ir.Table = table.filter(table.day_no > first).join(ways, ["sender_no", "recipient_no"])
        rows = rows.mutate(is_answered=rows.back_day.notnull()).drop("channel", "next_channel", "back_day")
        frame = ties.engine.frame(rows.order_by(["sender_no", "recipient_no", "day_no"]))
        limit = ties.settings.ties.reply_days
        frame["is_late"] = frame["waited"] > limit
        frame["is_decided"] = frame["is_late"] | frame["is_answered"]
        ties.worked_out["asks_and_others"] = frame
    return ties.worked_out["asks_and_others"]


def _others(rows: pd.DataFrame) -> pd.DataFrame:
    """Return other messages that could expect an answer: those that are not one themselves."""
    return rows[~rows["is_ask"] & ~rows["is_reply"]]


def _answers(rows: pd.DataFrame, by: list[str], fewest: int) -> pd.DataFrame:
    """Return answered shares and Kaplan-Meier medians of asks and of other messages to the same people."""
    asks, others = rows[rows["is_ask"]], _others(rows)
    key = [*by, "recipient_no"]
    asked = asks[asks["is_decided"]].groupby(key).agg(asks=("is_late", "size"), late=("is_late", "sum"))
    plain = others[others["is_decided"]].groupby(key).agg(plain=("is_late", "size"), plain_late=("is_late", "sum"))
    both = asked.join(plain)
    total = both.groupby(by)[["asks", "late"]].sum()
    share = 1 - total["late"] / total["asks"]
    same = both.dropna(subset=["plain"])
    weighted = same["asks"] * (1 - same["plain_late"] / same["plain"])
    compared = same.groupby(by)["asks"].sum()
    others_share = weighted.groupby(by).sum() / compared
    enough = total["asks"] >= fewest
    enough_others = (same.groupby(by)["plain"].sum() >= fewest) & (compared >= fewest)
    same_people = others.merge(asks[key].drop_duplicates(), on=key)
    found = pd.DataFrame({"share_answered": share.where(enough)})
    found["share_answered_others"] = others_share.where(
        enough_others.reindex(others_share.index, fill_value=False)
    ).where(enough)
    found["days_to_answer"] = _median(_waiting(asks, by), by).where(enough)
    found["days_to_answer_others"] = _median(_waiting(same_people, by), by).where(
        enough & enough_others.reindex(total.index, fill_value=False)
    )
    return found.round(6)


def _waiting(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Estimate the share still waiting after each number of days (Kaplan-Meier; not answered yet is censored)."""
    counts = (
        rows.groupby([*by, "waited"]).agg(answered=("is_answered", "sum"), left=("is_answered", "size")).reset_index()
    )
    counts = counts.sort_values([*by, "waited"])
    total = counts.groupby(by)["left"].transform("sum")
    at_risk = total - counts.groupby(by)["left"].cumsum() + counts["left"]
    counts["waiting"] = (1 - counts["answered"] / at_risk).groupby([counts[name] for name in by]).cumprod()
    return counts


def _median(curve: pd.DataFrame, by: list[str]) -> pd.Series:
    below = curve[curve["waiting"] <= 0.5 + 1e-12]
    return below.groupby(by[0])["waited"].min().astype(float)


def _people(count: float) -> str:
    return "nobody" if not count else f"{number(count)} {'person' if count == 1 else 'people'}"


def _suggestion(whole: pd.Series, row: pd.Series, limits: Limits, *, forgets: bool) -> str:
    gap = whole["share_answered_others"] - whole["share_answered"]
    if pd.notna(gap) and gap >= limits.notable_gap:
        return (
            "Put one open ask again this week, shorter and with a way to say no: "
            "“Could you tell me by Thursday, even in one line? If not, who could?”"
        )
    if row["left_alone"] > 0:
        return "Repeat one ask that got no answer, this week, by another channel: asking twice is usual."
    if forgets:  # somebody at the same level is known, and never asked
        return "Ask one person at your level in another department for advice this week."
    return "No action needed: asks are answered like your other messages. Keep asking."


def _curves(ties: Ties, person_id: str, limits: Limits) -> tuple[pd.DataFrame, int]:
    """Return the curves of those still waiting, and how many people were asked."""
    me = int(ties.person(person_id)["person_no"])
    rows = _asks_and_others(ties)
    rows = rows[rows["sender_no"] == me]
    asks = rows[rows["is_ask"]]
    others = _others(rows)
    others = others[others["recipient_no"].isin(asks["recipient_no"])]
    people = asks["recipient_no"].nunique()
    parts = []
    for name, part in (
        (f"your asks (n = {len(asks)})", asks),
        (f"your other messages to them (n = {len(others)})", others),
    ):
        if len(part) >= limits.fewest and people >= FEWEST_PEOPLE:
            curve = _waiting(part, ["sender_no"])
            parts.append(pd.DataFrame({"group": name, "after": curve["waited"], "waiting": curve["waiting"]}))
    return pd.concat(parts) if parts else pd.DataFrame({"group": [], "after": [], "waiting": []}), people


def _draw(frame: pd.DataFrame, people: int, limits: Limits, title: str, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw.survival import survival

    weeks = ties.settings.ties.window_weeks
    return survival(
        frame,
        last=limits.shown_days,
        unit="working days of the person asked",
        how_to_read="each line falls as contact comes back; n counts days with a message, and what is open today is censored.",
        ax=ax,
        title=title,
        subtitle=f"Messages to at most three people, {weeks} weeks up to {say_day(ties.as_of)}; {people} people asked",
    )
