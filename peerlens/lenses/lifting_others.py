"""Is my getting ahead good for my peers too? Asks answered, contact that asks nothing, rooms opened, introductions that took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import ibis
import pandas as pd

from peerlens.lenses import frames
from peerlens.lenses.band import level_band
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.ties.answers import close_messages, knocks
from peerlens.ties.contact_days import BY_A, BY_B
from peerlens.ties.events import day_number
from peerlens.words import day as say_day
from peerlens.words import of_people, percent

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from matplotlib.axes import Axes

    from peerlens.ties import Ties

ANSWERED, GIVEN = "asks you answered", "contact from you that asked nothing"
ROOMS, TOOK = "brought into a small room with somebody senior", "introductions of yours that took"
WAYS = (ANSWERED, GIVEN, ROOMS, TOOK)
STATES = ("done", "not known to have taken")
CAVEATS = (
    "Help given aloud is not in this, and a contact without an ask is not yet a kindness.",
    "An introduction: two people who had no contact before are in touch within 30 days of a first word of yours to both.",
)


@dataclass(frozen=True)
class Limits:
    """Thresholds of the lens.

    Parameters
    ----------
    fewest
        Asks, and contacts begun, below which no share is given.
    before_days
        Days of log before an introduction, so that a first contact is known to be one.
    within_days
        The two must have their first contact within so many days of being addressed together for the first time.
    after_days, after_contacts
        An introduction took when the two had so many days of contact of their own within so many days.
    """

    fewest: int = 5
    before_days: int = 56
    within_days: int = 30
    after_days: int = 90
    after_contacts: int = 2


class LiftingOthers(Lens):
    """What a person does for peers: asks answered, contact without an ask, small rooms with seniors, introductions."""

    name: ClassVar[str] = "lifting_others"
    question: ClassVar[str] = "Is my getting ahead good for my peers too?"
    group: ClassVar[Group] = "people"
    needs: ClassVar[tuple[str, ...]] = ("people.manager_id",)
    limits: ClassVar[Limits] = Limits()

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Measure what a person did for peers, in 26 weeks up to ``as_of``; introductions in the whole log.

        ``share_asks_answered`` = days of peers' asks to which contact came back within 5 own working days / those decided.
        ``share_asking_nothing`` = days of contact with peers the person began (not in a series, not called by a third
        person) without an ask from the person / all such days. Rooms: meetings of at most eight called by the person, with a
        peer and somebody more senior with whom that peer has no contact of their own (no message to at most five between the
        two, no meeting of two), other than the peer's manager.
        Introductions: two people without contact in at least eight weeks of log, whom the person addresses together for the
        first time (a message to at most five, or a meeting of at most five called outside a series), and whose first contact of
        their own comes within 30 days; it *took* when two days of contact of their own follow within 90. Source: brokerage that
        joins (tertius iungens, Obstfeld 2005).

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``peers_answered``: peers an ask of whom was answered in time; missing without a column of asks (people).
            - ``share_asks_answered``: days of peers' asks answered in time / those decided; missing under 5 (0 to 1).
            - ``share_asking_nothing``: days of contact begun without an ask / all begun; missing under 5, or without a column
              of asks (0 to 1).
            - ``peers_in_rooms``: peers brought into a small room; missing without organizers (people).
            - ``introductions``: pairs introduced; missing in a log of under eight weeks (pairs of people).
            - ``introductions_took``: those that took (pairs of people).
            - ``reason``: why something is missing; all is for people not visible here.
        """
        limits = self.thresholds(ties)
        frame = ties.persons[["person_id", "person_no", "is_covered"]].copy()
        has_asks = "messages.is_ask" in ties.events.known
        asks = _peers_asks(ties) if has_asks else None
        if asks is not None:
            own = asks.groupby("person_no").agg(asks=("asks", "sum"), answered=("answered", "sum"))
            share = own["answered"] / own["asks"].where(own["asks"] >= limits.fewest)
            frame["peers_answered"] = (
                frame["person_no"].map(asks[asks["answered"] > 0].groupby("person_no").size()).fillna(0.0)
            )
            frame["share_asks_answered"] = frame["person_no"].map(share)
            begun = _begun(ties).groupby("person_no").agg(days=("days", "sum"), asking=("asking", "sum"))
            share = 1 - begun["asking"] / begun["days"].where(begun["days"] >= limits.fewest)
            frame["share_asking_nothing"] = frame["person_no"].map(share)
        else:
            frame[["peers_answered", "share_asks_answered", "share_asking_nothing"]] = float("nan")
        rooms = _rooms(ties)
        found = None if rooms is None else rooms.groupby("person_no")["other_no"].nunique()
        frame["peers_in_rooms"] = float("nan") if found is None else frame["person_no"].map(found).fillna(0.0)
        log_days = (ties.as_of - ties.log_first_on).days + 1
        pairs = _introductions(ties, limits)
        for name, rows in (("introductions", pairs), ("introductions_took", pairs[pairs["took"]])):
            count = frame["person_no"].map(rows.groupby("person_no").size()).fillna(0.0)
            frame[name] = count if log_days > limits.before_days else float("nan")
        reason = pd.Series(None, index=frame.index, dtype="str")
        if not has_asks:
            reason = reason.mask(reason.isna(), "asks are not known: column is_ask in messages.csv")
        hidden = ~frame.pop("is_covered")
        return frames.in_order(frame, reason=reason.mask(hidden, frames.NOT_VISIBLE), hidden=hidden)

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return whom the person did something for, by what it was.

        Returns
        -------
        pandas.DataFrame
            ``what, other_id, other, days`` (with such contact, where days are counted), ``state`` (``done``, or ``not
            known to have taken`` for an introduction).
        """
        me, limits = int(ties.person(person_id)["person_no"]), self.thresholds(ties)
        parts = []
        if "messages.is_ask" in ties.events.known:
            asks = _peers_asks(ties)
            mine = asks[(asks["person_no"] == me) & (asks["answered"] > 0)]
            parts.append(mine.assign(what=ANSWERED, days=mine["answered"], state=STATES[0]))
            begun = _begun(ties)
            begun = begun[(begun["person_no"] == me) & (begun["days"] > begun["asking"])]
            parts.append(begun.assign(what=GIVEN, days=begun["days"] - begun["asking"], state=STATES[0]))
        rooms = _rooms(ties)
        if rooms is not None:
            mine = rooms[rooms["person_no"] == me].groupby("other_no")["day_no"].nunique().rename("days").reset_index()
            parts.append(mine.assign(what=ROOMS, state=STATES[0]))
        pairs = _introductions(ties, limits)
        mine = pairs[pairs["person_no"] == me]
        both = mine.assign(what=TOOK, days=mine["after"], state=mine["took"].map({True: STATES[0], False: STATES[1]}))
        parts.append(both.assign(other_no=both["a_no"]))
        names = ties.persons.set_index("person_no")
        said = names["name"].fillna(names["person_id"])
        rows = pd.concat(parts, ignore_index=True)
        rows["other_id"] = rows["other_no"].map(names["person_id"])
        rows["other"] = rows["other_no"].map(said)
        if "b_no" in rows:
            second = rows["b_no"].map(said)
            rows["other"] = rows["other"].where(second.isna(), rows["other"] + " and " + second)
        rows["days"] = rows["days"].astype("Int64")
        rows["place"] = rows["what"].map(WAYS.index)
        rows = rows.sort_values(
            ["place", "state", "days", "other_id"], ascending=[True, False, False, True], ignore_index=True
        )
        return rows[["what", "other_id", "other", "days", "state"]]

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Say what the person did for peers, and one thing to do for one of them."""
        row, table = self.row(ties, person_id), self.evidence(ties, person_id)
        caveats = [*CAVEATS]
        if pd.isna(row["introductions"]) and pd.isna(row["peers_answered"]) and pd.isna(row["peers_in_rooms"]):
            reason = row["reason"] if isinstance(row["reason"], str) else "too short a log"
            headline, suggestion, table = f"Not shown: {reason}.", "Nothing to do now.", table.iloc[:0]
        else:
            headline = _headline(table, _unknown(row))
            suggestion = _suggestion(table, row)
            said = []
            if pd.notna(row["share_asks_answered"]):
                said.append(f"{percent(row['share_asks_answered'])} of peers' asks got contact back from you within "
                            f"{ties.settings.ties.reply_days} working days.")  # fmt: skip
            if pd.notna(row["share_asking_nothing"]):
                said.append(
                    f"{percent(row['share_asking_nothing'])} of the contact you began with peers asked for nothing."
                )
                band = level_band(ties, self.measured(ties), "share_asking_nothing", person_id)
                said.append(band.sentence("the share of contact begun that asks for nothing"))
            if isinstance(row["reason"], str):
                said.append(f"Part of this cannot be told: {row['reason']}.")
            caveats = [*said, *caveats]
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=caveats,
            picture=lambda ax: _draw(table, _unknown(row), headline, ties, ax),
        )


def _peer_ties(ties: Ties) -> ir.Table:
    sides = ties.sides.select("person_no", "other_no", "is_peer")
    return sides.filter(sides.is_peer).drop("is_peer")


def _peers_asks(ties: Ties) -> pd.DataFrame:
    """Count peers' asks by who was asked: ``person_no, other_no, asks`` (decided days), ``answered`` (in time)."""
    return frames.of_everybody(ties, "peers_asks", lambda: _make_peers_asks(ties))


def _make_peers_asks(ties: Ties) -> pd.DataFrame:
    rows = knocks(ties)
    limit = ties.settings.ties.reply_days
    rows = rows.filter(rows.is_ask & (rows.day_no > frames.before_window(ties)))
    rows = rows.select(
        person_no="recipient_no",
        other_no="sender_no",
        in_time=rows.back_day.notnull() & (rows.waited <= limit),
        decided=rows.back_day.notnull() | (rows.waited > limit),
    ).semi_join(_peer_ties(ties), ["person_no", "other_no"])
    sums = rows.group_by("person_no", "other_no").agg(
        asks=rows.count(where=rows.decided), answered=rows.count(where=rows.in_time)
    )
    return ties.engine.frame(sums.order_by(["person_no", "other_no"]))


def _begun(ties: Ties) -> pd.DataFrame:
    """Count contact days with peers by who began them: ``person_no, other_no, days, asking`` (with an ask of theirs)."""
    return frames.of_everybody(ties, "begun_with_peers", lambda: _make_begun(ties))


def _make_begun(ties: Ties) -> pd.DataFrame:
    days = ties.pair_days
    days = days.filter((days.day_no > frames.before_window(ties)) & days.is_close)
    begun = ibis.union(
        days.filter(days.starter == BY_A).select("day_no", person_no="a_no", other_no="b_no"),
        days.filter(days.starter == BY_B).select("day_no", person_no="b_no", other_no="a_no"),
    ).semi_join(_peer_ties(ties), ["person_no", "other_no"])
    asks = knocks(ties).filter(lambda t: t.is_ask)
    asks = asks.select("day_no", person_no="sender_no", other_no="recipient_no", is_asking=ibis.literal(True))
    joined = begun.left_join(asks, ["person_no", "other_no", "day_no"])
    sums = joined.group_by("person_no", "other_no").agg(days=joined.count(), asking=joined.is_asking.count())
    return ties.engine.frame(sums.order_by(["person_no", "other_no"]))


def _rooms(ties: Ties) -> pd.DataFrame | None:
    """List peers in a small room with somebody senior that the person had called: ``person_no, other_no, day_no``."""
    if ties.events.meetings is None or "meetings.organizer_id" not in ties.events.known:
        return None
    return frames.of_everybody(ties, "rooms_opened", lambda: _make_rooms(ties))


def _make_rooms(ties: Ties) -> pd.DataFrame:
    held = ties.events.meetings
    assert held is not None  # as _rooms has seen
    held = held.filter((held.day_no > frames.before_window(ties)) & (held.day_no <= ties.as_of_day) & held.was_there)
    held = held.filter((held["size"] <= ties.settings.ties.close_meeting_size) & held.organizer_no.notnull())
    held = held.select("meeting_no", "day_no", person_no="organizer_no", other_no="attendee_no")
    sides = ties.sides.select(
        "person_no", "other_no", "is_peer", "direction", "smallest_message_w", "smallest_meeting_w"
    )
    # Both ties exist: a meeting of eight is contact.
    peers = held.join(sides.filter(sides.is_peer).select("person_no", "other_no"), ["person_no", "other_no"])
    seniors = held.join(
        sides.filter(sides.direction == "up").select("person_no", "other_no"), ["person_no", "other_no"]
    )
    seniors = seniors.select("meeting_no", senior_no="other_no")
    both = peers.join(seniors, "meeting_no")
    line = _above(ties)
    both = both.anti_join(line, (both.other_no == line.below_no) & (both.senior_no == line.above_no))
    # A peer who is in touch with that person anyway, beyond such rooms, was not brought in; a circular is no such contact.
    wrote = (sides.smallest_message_w <= ties.settings.ties.close_message_size).fill_null(False)
    own = sides.filter(wrote | (sides.smallest_meeting_w <= 2).fill_null(False))
    own = own.select(knows_no="person_no", known_no="other_no")
    both = both.anti_join(own, (both.other_no == own.knows_no) & (both.senior_no == own.known_no))
    rows = both.select("person_no", "other_no", "day_no").distinct()
    return ties.engine.frame(rows.order_by(["person_no", "other_no", "day_no"]))


def _above(ties: Ties) -> ir.Table:
    """Return who has whom as a direct manager."""
    number_of = ties.persons.set_index("person_id")["person_no"]
    lines = ties.places.lines[ties.places.lines["distance"] == 1]
    frame = pd.DataFrame(
        {
            "below_no": lines["person_id"].map(number_of).astype("int32"),
            "above_no": lines["ancestor_id"].map(number_of).astype("int32"),
        }
    )
    return ties.engine.from_frame(frame, name="above")


def _introductions(ties: Ties, limits: Limits) -> pd.DataFrame:
    """List pairs first brought together by a third: ``person_no, a_no, b_no, day_no, after`` (own contact days), ``took``."""
    return frames.of_everybody(ties, "introductions", lambda: _make_introductions(ties, limits))


def _make_introductions(ties: Ties, limits: Limits) -> pd.DataFrame:
    chart = ties.persons.loc[ties.persons["may_be_peer"], ["person_no"]]
    people = ties.engine.from_frame(chart, name="introduced")
    pairs = ties.pairs.select("a_no", "b_no", "first_day")
    pairs = pairs.semi_join(people.select(a_no="person_no"), "a_no").semi_join(people.select(b_no="person_no"), "b_no")
    made = [part for part in (_by_message(ties), _by_meeting(ties)) if part is not None]
    addressed = ibis.union(*made) if len(made) > 1 else made[0]
    # Only the first time somebody addressed the two together can have brought them together.
    addressed = addressed.group_by("person_no", "a_no", "b_no").agg(day_no=addressed.day_no.min())
    addressed = addressed.filter(addressed.day_no > day_number(ties.log_first_on) + limits.before_days)
    found = pairs.join(addressed, ["a_no", "b_no"])
    found = found.filter((found.first_day >= found.day_no) & (found.first_day <= found.day_no + limits.within_days))
    # Two who brought the same pair together leave open who introduced them.
    only = found.group_by("a_no", "b_no").having(lambda t: t.person_no.nunique() == 1)
    only = only.agg(person_no=lambda t: t.person_no.min(), day_no=lambda t: t.day_no.min())
    days = ties.pair_days
    alone = (days.smallest_message == 1).fill_null(False) | (days.smallest_meeting == 2).fill_null(False)
    joined = only.left_join(days.filter(alone).select("a_no", "b_no", own_day="day_no"), ["a_no", "b_no"])
    after = (joined.own_day > joined.day_no) & (joined.own_day <= joined.day_no + limits.after_days)
    sums = joined.group_by("person_no", "a_no", "b_no", "day_no").agg(after=joined.count(where=after.fill_null(False)))
    frame = ties.engine.frame(sums.order_by(["person_no", "a_no", "b_no"]))
    frame["took"] = frame["after"] >= limits.after_contacts
    ties.engine.drop(people)
    return frame


def _by_message(ties: Ties) -> ir.Table | None:
    """Pair the recipients of messages to two to five people, by who sent them."""
    sent = close_messages(ties)
    if sent is None:
        return None
    sent = sent.filter(sent["size"] >= 2).select("message_no", "day_no", "sender_no", "recipient_no")
    other = sent.select("message_no", b_no="recipient_no")
    rows = sent.join(other, "message_no").filter(lambda t: t.recipient_no < t.b_no)
    return rows.select("day_no", person_no="sender_no", a_no="recipient_no", b_no="b_no").distinct()


def _by_meeting(ties: Ties) -> ir.Table | None:
    """Pair the guests of meetings of three to five people, by who called them; series introduce nobody."""
    held = ties.events.meetings
    if held is None:
        return None
    held = held.filter((held.day_no <= ties.as_of_day) & (held["size"] >= 3) & (held["size"] <= 5))
    held = held.filter(held.organizer_no.notnull() & held.series_id.isnull() & (held.attendee_no != held.organizer_no))
    other = held.select("meeting_no", b_no="attendee_no")
    rows = held.join(other, "meeting_no").filter(lambda t: t.attendee_no < t.b_no)
    return rows.select("day_no", person_no="organizer_no", a_no="attendee_no", b_no="b_no").distinct()


def _unknown(row: pd.Series) -> dict[str, str]:
    """Say of each way that this data cannot show why it cannot: not known is not nobody."""
    no_asks, asks = "not known: no column of asks was read", pd.notna(row["peers_answered"])
    why = {
        ANSWERED: None if asks else no_asks,
        GIVEN: None if asks else no_asks,
        ROOMS: None if pd.notna(row["peers_in_rooms"]) else "not known: no meetings with who called them were read",
        TOOK: None if pd.notna(row["introductions"]) else "not known: the log is too short",
    }
    return {way: words for way, words in why.items() if words is not None}


_NONE = {
    ANSWERED: "no answered ask",
    ROOMS: "no peer in a small room with somebody senior",
    TOOK: "no introduction that took",
}
_HIDDEN = {ANSWERED: "asks", ROOMS: "small rooms", TOOK: "introductions"}


def _headline(table: pd.DataFrame, unknown: Mapping[str, str]) -> str:
    done = table[table["state"] == STATES[0]]["what"].value_counts()
    parts = []
    for what, one, many in (
        (ANSWERED, "answered asks of 1 peer", "answered asks of {} peers"),
        (
            ROOMS,
            "brought 1 peer into a small room with somebody senior",
            "brought {} peers into small rooms with seniors",
        ),
        (TOOK, "made 1 introduction that took", "made {} introductions that took"),
    ):
        count = int(done.get(what, 0))
        if count:
            parts.append(one if count == 1 else many.format(count))
    if not parts and unknown:
        none = of_people([words for way, words in _NONE.items() if way not in unknown])
        hidden = of_people([words for way, words in _HIDDEN.items() if way in unknown])
        return f"There is {none} in this data; {hidden} cannot be told from it."
    if not parts:
        return "In this data there is nothing yet that you did for peers beyond your own work with them."
    return "You " + (parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]) + "."


def _suggestion(table: pd.DataFrame, row: pd.Series) -> str:
    done = set(table.loc[table["state"] == STATES[0], "what"])
    if pd.notna(row["peers_in_rooms"]) and ROOMS not in done:
        return "Take one peer along this week to a small meeting with somebody senior, and let them present their own part."
    if TOOK not in done:
        return "Introduce two of your contacts this week who could use each other, in a message of three lines to both."
    return "No action needed: you open doors for others. Keep it, and ask one of them what would help next."


def _counted(what: str, frame: pd.DataFrame) -> str:
    """Add to the name of a way how many it was done for."""
    rows = frame[(frame["group"] == what) & frame["label"].notna()]
    done = int((rows["state"] == STATES[0]).sum())
    if rows.empty:
        return what
    of_all = f"{done} of {len(rows)}" if done < len(rows) else f"{done}"
    unit = "pair" if what == WAYS[-1] else "peer"
    return f"{what}: {of_all} {unit}{'' if of_all == '1' else 's'}"


def _draw(table: pd.DataFrame, unknown: Mapping[str, str], title: str, ties: Ties, ax: Axes | None) -> Axes:
    from peerlens.draw.roster import roster

    frame = table.rename(columns={"what": "group", "other": "label"})
    absent = [what for what in WAYS if what not in set(frame["group"])]
    empty = pd.DataFrame({"group": absent, "label": None, "state": [unknown.get(what, STATES[1]) for what in absent]})
    frame = pd.concat([frame, empty], ignore_index=True)
    frame = frame.sort_values("group", key=lambda c: c.map(WAYS.index), kind="stable")
    frame["group"] = frame["group"].map({what: _counted(what, frame) for what in WAYS})
    frame["state"] = frame["state"].where(frame["state"] != STATES[0], "")
    return roster(
        frame,
        states=("", STATES[1]),
        how_to_read="each full mark is a peer, or a pair you introduced; a ring is an introduction not known to have taken.",
        ax=ax,
        title=title,
        subtitle=f"{ties.settings.ties.window_weeks} weeks up to {say_day(ties.as_of)}; introductions in all of the log",
    )
