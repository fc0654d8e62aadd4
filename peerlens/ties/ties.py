"""Ties at a day: what rules, lenses and users read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from peerlens.errors import NotEnoughData
from peerlens.ties import quiet_chance, sides
from peerlens.ties.clock import Clock, make_clock
from peerlens.ties.contact_days import ContactDays
from peerlens.ties.events import EPOCH, Events, day_number
from peerlens.ties.expectation import make_candidates
from peerlens.ties.pairs import make_pairs
from peerlens.ties.place import Places, milestones, place_people

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import networkx as nx

    from peerlens.engine import Engine
    from peerlens.records import Records
    from peerlens.settings import FairnessSettings, Settings


@dataclass(frozen=True)
class Ties:
    """All ties at ``as_of``, in the engine.

    Parameters
    ----------
    as_of
        The day of the question; nothing after it counts.
    pairs
        One row per pair, ``a_no < b_no``.
    sides
        Two rows per pair, seen from ``person_id``: what rules and lenses read.
    candidates
        Two rows per candidate pair, with expected contact.
    reach
        One row per person and department of five or more without a live tie there, with the share of people alike who have one.
    persons
        One row per person: place, and whether flags may be raised for and about them.
    pair_days, events
        What ties were measured from.
    places
        The organisation chart at ``as_of``.
    clock
        Working days of everybody.
    quiet_note
        Why no quiet chance can be given, or None.
    log_first_on
        First day of the log.
    people_history, verdicts
        The organisation chart over time, and what users answered to flags, as read.
    settings, engine
        The settings used; where the tables live.
    """

    as_of: date
    pairs: ir.Table
    sides: ir.Table
    candidates: ir.Table
    reach: ir.Table
    persons: pd.DataFrame
    pair_days: ir.Table
    events: Events
    places: Places
    clock: Clock
    quiet_note: str | None
    log_first_on: date
    people_history: pd.DataFrame
    verdicts: pd.DataFrame
    settings: Settings
    engine: Engine

    @property
    def as_of_day(self) -> int:
        """``as_of`` as a day number."""
        return day_number(self.as_of)

    def of(self, person_id: str) -> pd.DataFrame:
        """Return one person's ties, strongest first."""
        rows = self.sides.filter(self.sides.person_id == person_id)
        return self.engine.frame(rows.order_by([ibis.desc("strength_units"), "other_id"]))

    def person(self, person_id: str) -> pd.Series:
        """Return the row of one person."""
        return self.persons.set_index("person_id").loc[person_id]

    def to_networkx(self, *, live_only: bool = True) -> nx.Graph:
        """Return the ties as a graph; see :func:`peerlens.ties.graph.to_networkx`."""
        from peerlens.ties.graph import to_networkx

        return to_networkx(self, live_only=live_only)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per pair, ``person_a_id < person_b_id``, ordered by the two.

        Days are dates; ``strength`` is in units of one message to one person; ``rhythm``, ``silence`` and ``longest_pause`` are
        working days on which both were at work; columns that end in ``_w`` cover the last 26 weeks.
        """
        frame = self.engine.frame(self.pairs.order_by(["a_no", "b_no"]))
        number = self.persons.set_index("person_no")["person_id"]
        frame.insert(0, "person_a_id", frame.pop("a_no").map(number))
        frame.insert(1, "person_b_id", frame.pop("b_no").map(number))
        for column in [name for name in frame.columns if name.endswith("_day") or name.startswith("first_close_day")]:
            frame[column.replace("_day", "_on")] = as_dates(frame.pop(column))
        return frame.drop(columns=[name for name in frame.columns if name.endswith("_units")])


def as_dates(days: pd.Series) -> pd.Series:
    """Turn day numbers into dates; missing stays missing."""
    return pd.to_datetime(days.astype("float64"), unit="D", errors="coerce").astype("datetime64[s]")


def make_ties(records: Records, events: Events, contact_days: ContactDays, *, as_of: date, settings: Settings) -> Ties:
    """Measure all ties at ``as_of``.

    Raises
    ------
    NotEnoughData
        No contact lies on or before ``as_of``.
    InputError
        Levels do not say which way they point.
    """
    engine = records.engine
    as_of_day = day_number(as_of)
    pair_days = contact_days.days.filter(contact_days.days.day_no <= as_of_day)
    first = engine.frame(pair_days.agg(first=pair_days.day_no.min()))["first"].iloc[0]
    if pd.isna(first):
        raise NotEnoughData(
            f"No contact between two people on or before {as_of}: choose a later as_of or read more data."
        )
    first_day = int(first)

    places = place_people(records.people_on(as_of), settings.ties)
    activity = _activity_summary(contact_days.activity, pair_days, engine, as_of_day=as_of_day)
    persons = _persons(records, events, places, activity, as_of=as_of, settings=settings)
    absences = _numbered(records.absences, events, as_of_day)
    clock = make_clock(
        persons, absences, contact_days.activity, as_of_day=as_of_day, settings=settings.ties, engine=engine
    )
    persons = _with_fairness(persons, clock, as_of_day, settings)

    words = engine.from_frame(clock.words(), name="words")
    log_days = as_of_day - first_day + 1
    quiet_table, quiet_note = quiet_chance.make_quiet_chances(
        pair_days, settings.quiet_chance, engine, first_day=first_day, as_of_day=as_of_day
    )
    learned = engine.from_frame(quiet_table, name="quiet_table")
    pairs = make_pairs(pair_days, words, clock, settings.ties, log_days=log_days, engine=engine)
    pairs = engine.materialise(_with_quiet_chance(pairs, learned), name="pairs")
    engine.drop(words, learned)

    table = engine.from_frame(_for_engine(persons), name="persons")
    lines = engine.from_frame(_lines(places, events), name="lines")
    placed = sides.with_places(sides.turn(pairs), table, lines, settings.ties, rank_from=places.rank_from)
    all_sides = engine.materialise(sides.with_company(placed), name="sides")
    candidates = _candidates(pairs, persons, settings, engine)
    seen = sides.with_places(candidates, table, lines, settings.ties, rank_from=places.rank_from)
    candidates = engine.materialise(_with_level_totals(seen, all_sides, persons, engine), name="candidates")
    reach = engine.materialise(_reach(table, all_sides), name="reach")
    return Ties(
        as_of=as_of,
        pairs=pairs,
        sides=all_sides,
        candidates=candidates,
        reach=reach,
        persons=persons,
        pair_days=pair_days,
        events=events,
        places=places,
        clock=clock,
        quiet_note=quiet_note,
        log_first_on=EPOCH + timedelta(days=first_day),
        people_history=records.people,
        verdicts=records.verdicts,
        settings=settings,
        engine=engine,
    )


def _activity_summary(activity: ir.Table, pair_days: ir.Table, engine: Engine, *, as_of_day: int) -> pd.DataFrame:
    """Return per person when they were first seen at all, and on which days in the window they were active."""
    touched = ibis.union(*(pair_days.select(person_no=column, day_no="day_no") for column in ("a_no", "b_no")))
    first = touched.group_by("person_no").agg(first_seen_day=touched.day_no.min())
    return engine.frame(first.order_by("person_no")).merge(
        engine.frame(
            activity.filter(activity.day_no <= as_of_day)
            .group_by("person_no")
            .agg(
                first_active_day=lambda t: t.day_no.min(),
                active_days_w=lambda t: t.count(where=t.day_no > as_of_day - 182),
            )
            .order_by("person_no")
        ),
        on="person_no",
        how="outer",
    )


def _persons(
    records: Records, events: Events, places: Places, activity: pd.DataFrame, *, as_of: date, settings: Settings
) -> pd.DataFrame:
    """Join what is known of each person: place, accounts, milestones, activity."""
    persons = events.ids.merge(places.people, on="person_id", how="left")
    persons = persons.merge(activity, on="person_no", how="left")
    listed = set(records.people["person_id"])
    persons["is_in_people"] = persons["person_id"].isin(listed)
    first_seen = pd.Series(as_dates(persons["first_seen_day"]).to_numpy(), index=persons["person_id"])
    since = milestones(records.people, first_seen, as_of=as_of, settings=settings.fairness)
    persons = persons.merge(since, on="person_id", how="left")

    latest = _latest_rows(records.people, as_of)
    for column in ("country", "works_on", "joined_on", "left_on", "name", "email"):
        known = persons["person_id"].map(latest[column])
        persons[column] = persons[column].fillna(known) if column in persons else known
    persons["from_day"] = _days(persons.pop("joined_on"))
    persons["to_day"] = _days(persons.pop("left_on"))

    accounts = records.accounts.set_index("account_id")["kind"]
    kind = persons["person_id"].map(accounts)
    persons["is_role_account"] = kind.notna() & (kind != "person")
    for column in ("has_reports", "is_stray_root", "has_left", "has_moved", "has_joined_on"):
        persons[column] = persons[column].astype("boolean").fillna(False).astype(bool)
    is_external = _is_external(persons)
    return persons.assign(
        is_external=is_external,
        may_be_peer=persons["is_in_people"] & ~persons["is_stray_root"] & ~persons["is_role_account"],
    )


def _latest_rows(people: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return each person's last row that had begun by ``as_of``; for those who come later, their first."""
    begun = people["valid_from_on"].isna() | (people["valid_from_on"] <= pd.Timestamp(as_of))
    known = people[begun].drop_duplicates("person_id", keep="last")
    later = people[~people["person_id"].isin(known["person_id"])].drop_duplicates("person_id", keep="first")
    return pd.concat([known, later]).set_index("person_id")


def _days(dates: pd.Series) -> pd.Series:
    stamps = pd.to_datetime(dates)
    return (stamps - pd.Timestamp(0)).dt.days.astype("Float64")


def _is_external(persons: pd.DataFrame) -> pd.Series:
    """Tell addresses outside the people's own domains; without any known domain nobody is external."""
    domain = persons["person_id"].str.extract(r"@(.+)$")[0].str.lower()
    addresses = persons.loc[persons["is_in_people"], ["person_id", "email"]].stack()
    own = set(addresses.str.extract(r"@(.+)$")[0].str.lower().dropna())
    return (~persons["is_in_people"] & domain.notna() & ~domain.isin(own)) if own else pd.Series(False, persons.index)


def _numbered(absences: pd.DataFrame, events: Events, as_of_day: int) -> pd.DataFrame:
    """Turn absences into day numbers; those that begin after ``as_of`` are not known yet."""
    rows = absences.merge(events.ids, on="person_id")
    frame = pd.DataFrame(
        {
            "person_no": rows["person_no"].astype("int32"),
            "from_day": _days(rows["from_on"]).astype("int64"),
            "to_day": _days(rows["to_on"]).astype("int64"),
        }
    )
    return frame[frame["from_day"] <= as_of_day]


def _with_fairness(persons: pd.DataFrame, clock: Clock, as_of_day: int, settings: Settings) -> pd.DataFrame:
    """Decide for whom and about whom flags may be raised, and on what ground they may not.

    ``is_open`` is one answer for all grounds; the grounds themselves (``back_after_long_away``, ``is_away``) are for the person's
    own pages only.
    """
    fairness: FairnessSettings = settings.fairness
    window = 7 * settings.ties.window_weeks
    since = _days(persons["there_since_on"]).astype("float64")
    days = np.arange(clock.first_day, clock.last_day + 1)
    start = since.fillna(as_of_day + 1.0).clip(lower=as_of_day - window + 1).to_numpy()[:, None]
    at_work = (clock.at_work & (days >= start)).sum(axis=1)
    coverage = persons["active_days_w"].fillna(0).to_numpy() / np.maximum(at_work, 1)

    away = clock.away
    now = away[(away["from_day"] <= as_of_day) & (away["to_day"] >= as_of_day)]
    is_away = persons["person_no"].isin(now["person_no"])
    spells = clock.spells_away()
    recent = spells[(spells["to_day"] < as_of_day) & (spells["to_day"] >= as_of_day - fairness.grace_days)]
    back = persons["person_no"].isin(recent.loc[recent["weekdays"] >= fairness.long_away_days, "person_no"])

    # Without a joining date the first day in the log stands in, unless the log itself had only just begun.
    has_start = persons["has_joined_on"] | (since > np.nanmin(since.to_numpy()) + fairness.joined_days)
    is_new = has_start & (since > as_of_day - fairness.joined_days)
    is_covered = (coverage >= fairness.min_coverage) & (at_work > 0)
    held = persons["has_left"] | persons["has_moved"] | is_new | is_away | back | ~is_covered
    return persons.assign(
        there_days=(as_of_day - since + 1),
        coverage=coverage,
        is_covered=is_covered,
        is_new=is_new,
        is_away=is_away,
        back_after_long_away=back,
        is_open=~held & ~persons["is_role_account"],
    )


def _for_engine(persons: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "person_no",
        "person_id",
        "department",
        "rank",
        "has_reports",
        "manager_id",
        "is_in_people",
        "is_external",
        "may_be_peer",
        "is_open",
        "there_days",
        "has_left",
    ]
    return persons[columns].astype({"person_id": "str", "department": "str", "manager_id": "str"})


def _lines(places: Places, events: Events) -> pd.DataFrame:
    number = events.ids.set_index("person_id")["person_no"]
    lines = places.lines
    return pd.DataFrame(
        {
            "person_no": lines["person_id"].map(number).astype("int32"),
            "ancestor_no": lines["ancestor_id"].map(number).astype("int32"),
            "distance": lines["distance"].astype("int32"),
        }
    )


def _with_quiet_chance(pairs: ir.Table, learned: ir.Table) -> ir.Table:
    return pairs.left_join(learned, ["a_no", "b_no"]).drop("a_no_right", "b_no_right")


def _candidates(pairs: ir.Table, persons: pd.DataFrame, settings: Settings, engine: Engine) -> ir.Table:
    """Expect contact of candidate pairs among people of the chart, and lay them out from both sides."""
    known = pairs.select("a_no", "b_no", "contact_days_w", "meetings_w", "is_live")
    frame = engine.frame(known.order_by(["a_no", "b_no"]))
    people = persons["is_in_people"].to_numpy()
    frame = frame[people[frame["a_no"]] & people[frame["b_no"]]]
    codes = pd.factorize(persons["department"], sort=True)[0]
    found = make_candidates(
        frame, codes, shared_at_least=settings.ties.candidate_shared, limit=settings.ties.candidate_limit
    )
    turned = pd.concat(
        [
            found.rename(columns={"a_no": "person_no", "b_no": "other_no"}),
            found.rename(columns={"b_no": "person_no", "a_no": "other_no"}),
        ]
    ).sort_values(["person_no", "other_no"], ignore_index=True)
    return engine.from_frame(turned.astype({"person_no": "int32", "other_no": "int32"}), name="expected")


def _with_level_totals(candidates: ir.Table, all_sides: ir.Table, persons: pd.DataFrame, engine: Engine) -> ir.Table:
    """Add to candidates how long both have been there, and the person's own sideways contact days to compare with."""
    level = all_sides.filter((all_sides.direction == "sideways") | all_sides.is_peer)
    totals = level.group_by("person_no").agg(sideways_days_w=level.contact_days_w.sum().cast("int64"))
    there = engine.from_frame(persons[["person_no", "there_days"]].astype({"there_days": "float64"}), name="there")
    joined = candidates.left_join(totals, "person_no").drop("person_no_right")
    joined = joined.join(there, "person_no").join(
        there.select(other_no="person_no", other_there_days="there_days"), "other_no"
    )
    live = all_sides.select("person_no", "other_no", "is_live", "last_close_day")
    joined = joined.left_join(live, ["person_no", "other_no"]).drop("person_no_right", "other_no_right")
    links = all_sides.select("person_no", "other_department", "live_ties_there").distinct()
    joined = joined.left_join(links, ["person_no", "other_department"]).drop(
        "person_no_right", "other_department_right"
    )
    return joined.mutate(
        is_live=joined.is_live.fill_null(False),
        live_ties_there=joined.live_ties_there.fill_null(0),
        both_there_days=ibis.least(joined.there_days, joined.other_there_days),
        expected_share=ibis.least(1.0, joined.expected_days / joined.sideways_days_w.nullif(0)).fill_null(0.0),
    )


def _reach(persons: ir.Table, all_sides: ir.Table) -> ir.Table:
    """List departments into which a person has no live tie, with how many people alike do.

    Alike: same rank, and both with or both without reports, outside that department; the person is not counted.
    """
    current = persons.filter(
        persons.is_in_people & persons.may_be_peer & ~persons.has_left & persons.department.notnull()
    )
    size = current.group_by("department").agg(department_size=current.count().cast("int32"))
    targets = size.select(other_department="department", department_size="department_size")
    asked = current.filter(current.is_open & current["rank"].notnull())
    live = (
        all_sides.filter(all_sides.is_live & all_sides.other_in_people & all_sides.other_department.notnull())
        .select("person_no", "other_department")
        .distinct()
    )
    kinds = asked.group_by(["rank", "has_reports"]).agg(kind_people=asked.count())
    inside = asked.group_by(["rank", "has_reports", "department"]).agg(kind_inside=asked.count())
    linked = live.join(asked, "person_no")
    linked = linked.filter(linked.department != linked.other_department)
    shares = linked.group_by(["rank", "has_reports", "other_department"]).agg(with_tie=linked.count())
    shares = shares.join(kinds, ["rank", "has_reports"]).join(targets, "other_department")
    shares = shares.left_join(
        inside.rename(other_department="department"), ["rank", "has_reports", "other_department"]
    ).drop("rank_right", "has_reports_right", "other_department_right")
    # Outside that department, less the person asking, who has no tie there.
    shares = shares.mutate(alike=shares.kind_people - shares.kind_inside.fill_null(0) - 1)
    shares = shares.mutate(alike_share=shares.with_tie / shares.alike.nullif(0))
    # A department into which hardly anybody has a tie cannot be a blind spot; half keeps room for a stricter or looser setting.
    shares = shares.filter((shares.alike_share >= 0.25) & (shares.department_size >= 2))
    rows = asked.join(shares, ["rank", "has_reports"]).filter(lambda t: t.department != t.other_department)
    rows = rows.anti_join(live, ["person_no", "other_department"])
    totals = all_sides.group_by("person_no").agg(
        live_sideways=all_sides.count(
            where=all_sides.is_live & ((all_sides.direction == "sideways") | all_sides.is_peer)
        )
    )
    return rows.left_join(totals, "person_no").select(
        "person_no",
        "person_id",
        "department",
        "other_department",
        "department_size",
        with_tie=rows.with_tie.cast("int32"),
        alike=rows.alike.cast("int32"),
        alike_share="alike_share",
        mean_share=1.0 / ibis.greatest(totals.live_sideways.fill_null(0), 1).cast("float64"),
        live_ties_there=ibis.literal(0, "int32"),
    )
