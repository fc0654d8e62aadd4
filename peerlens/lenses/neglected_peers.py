"""What has gone quiet? The neglected peer ties of one person, with reasons."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from peerlens.draw.theme import kind_words
from peerlens.lenses.lens import Finding, Group, Lens
from peerlens.lenses.neglect.flags import find_flags, in_words, rules_of, short_list
from peerlens.ties.contact_days import CREDIT_UNIT
from peerlens.words import day as say_day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from peerlens.lenses.neglect.rule import Rule
    from peerlens.ties import Ties

SHORT = 5
WEEKS = 52
CAVEATS = (
    "Calls, corridors and lunches are not in this.",
    "About half of ties that look like fading resume by themselves.",
)


class NeglectedPeers(Lens):
    """Peer ties that may need attention, by kind, with the evidence for each."""

    name: ClassVar[str] = "neglected_peers"
    question: ClassVar[str] = "What has gone quiet?"
    group: ClassVar[Group] = "people"

    def measure(self, ties: Ties) -> pd.DataFrame:
        """Count flags per person and kind.

        Returns
        -------
        pandas.DataFrame
            One row a person.

            - ``fading``: ties that have gone quieter than usual (ties).
            - ``one_sided``: ties on which they usually start (ties).
            - ``only_in_crowds``: ties that live only in large meetings (ties).
            - ``never_formed``: people with no tie yet, though much in common (people).
            - ``thin_bridge``: ties that are the one link to a department (ties).
            - ``blind_spot``: departments with no tie yet (departments).
            - ``flag_count``: flags of all kinds; like all counts missing for people who are not visible here (flags).
            - ``flagged_ties``: ties and departments with any flag (ties).
        """
        flags = find_flags(ties).table
        kinds = [rule.kind for rule in rules_of(ties.settings)]
        counts = pd.crosstab(flags["person_id"], flags["kind"]).reindex(columns=kinds, fill_value=0)
        tied = (
            flags.assign(tie=flags["other_id"].fillna(flags["other_department"])).groupby("person_id")["tie"].nunique()
        )
        people = ties.persons.loc[ties.persons["is_in_people"], ["person_id", "is_open"]]
        rows = people.merge(counts, on="person_id", how="left").fillna(dict.fromkeys(kinds, 0))
        rows["flag_count"] = rows[kinds].sum(axis=1)
        rows["flagged_ties"] = rows["person_id"].map(tied).fillna(0)
        measured = [*kinds, "flag_count", "flagged_ties"]
        rows[measured] = rows[measured].astype(float).where(rows.pop("is_open"))
        return rows.sort_values("person_id", ignore_index=True)

    def evidence(self, ties: Ties, person_id: str) -> pd.DataFrame:
        """Return every flag of one person with its words and numbers."""
        flags = short_list(find_flags(ties, person_id=person_id).table, None)
        return in_words(flags, ties.settings)

    def thresholds(self, ties: Ties) -> tuple[Rule, ...]:
        """Return the rules: their fields are the thresholds."""
        return rules_of(ties.settings)

    def read(self, ties: Ties, person_id: str) -> Finding:
        """Name the few ties that may need attention."""
        found = find_flags(ties, person_id=person_id)
        table = in_words(short_list(found.table, SHORT), ties.settings)
        word = ties.places.word
        caveats = [*CAVEATS, f"{found.looked_at} {word} ties and likely pairs were looked at."]
        if ties.owner_id is not None:
            unasked = [rule for rule in rules_of(ties.settings) if rule.needs_everyone]
            words = "; ".join(kind_words(rule.kind, department="a department") for rule in unasked)
            caveats.append(
                f"One person's own export knows nothing of ties among others, so these were not asked: {words}."
            )
        weaker = found.table.drop_duplicates(["other_id", "other_department"])
        counted = short_list(found.table, len(found.table))
        weaker = len(weaker) - len(counted)
        if weaker:
            signs = "One weaker sign is" if weaker == 1 else f"{weaker} weaker signs are"
            caveats.append(f"{signs} left out of this short list.")
        caveats += [f"Not flagged ({row.reason}): {row.ties}." for row in found.not_flagged.itertuples() if row.ties]
        row = ties.person(person_id)
        wheel = cache(lambda: wheel_frame(ties, person_id, counted))  # a page draws the picture twice
        if not row["is_open"]:
            headline, suggestion = own_reason(row), "Nothing to do now."
        elif table.empty:
            headline = f"Nothing stands out among your {word} ties at the moment."
            suggestion = "No action needed. Keep the ties you have."
        else:
            headline = _headline(counted, word)
            suggestion = table["suggestion"].iloc[0]
        return self.finding(
            ties,
            person_id,
            headline=headline,
            table=table,
            suggestion=suggestion,
            caveats=caveats,
            picture=lambda ax: _draw(ties, person_id, wheel(), headline, ax),
        )


def own_reason(row: pd.Series) -> str:
    """Say to the person themselves why they get no flags."""
    if row["has_left"]:
        return "No flags: the people table says this person has left."
    if row["is_new"] or row["has_moved"]:
        return "No flags in the first weeks of a new place: ties are still forming."
    if row["is_role_account"]:
        return "No flags: this is not a person's own account."
    if not row["is_covered"]:
        return "Not visible here: seen on fewer than 1 working day in 4, too little to say anything."
    if row["back_after_long_away"]:
        return "Welcome back: no flags in the first weeks after a long time away, but a list of ties to pick up."
    return "No flags now: there is no activity of your own in the last days of this data."


def _headline(flagged: pd.DataFrame, word: str) -> str:
    """Count ties, and apart from them departments without one, which are no ties."""
    ties = flagged[flagged["other_id"].notna()]
    missing, departments = len(flagged) - len(ties), ties["other_department"].dropna().nunique()
    said = [f"One {word} tie" if len(ties) == 1 else f"{len(ties)} {word} ties"] if len(ties) else []
    if said and departments > 1:
        said[0] += f" in {departments} departments"
    if missing:
        said.append("one department with no tie yet" if missing == 1 else f"{missing} departments with no tie yet")
    words = " and ".join(said)
    return f"{words[0].upper()}{words[1:]} may need attention."


def explorer_frame(ties: Ties, person_id: str, flags: pd.DataFrame) -> pd.DataFrame:
    """Lay out the wheel's rows with what a page to explore shows beside them.

    Returns
    -------
    pandas.DataFrame
        As :func:`wheel_frame`, with ``weeks`` (52 amounts of credit, the oldest first, in messages to one person), ``days``
        (ages of contact days, in days) and ``because``.
    """
    flags = short_list(flags, len(flags))  # what the headline counts
    frame = wheel_frame(ties, person_id, flags)
    number = int(ties.person(person_id)["person_no"])
    days = ties.pair_days
    mine = days.filter(((days.a_no == number) | (days.b_no == number)) & (days.day_no > ties.as_of_day - 7 * WEEKS))
    mine = mine.select(
        "day_no", "credit_units", "is_close", other_no=(mine.a_no == number).ifelse(mine.b_no, mine.a_no)
    )
    rows = ties.engine.frame(mine.order_by(["other_no", "day_no"]))
    age = ties.as_of_day - rows["day_no"]
    rows = rows.assign(other_id=rows["other_no"].map(ties.persons.set_index("person_no")["person_id"]), age=age)
    rows["week"] = WEEKS - 1 - rows["age"] // 7
    credit = rows.pivot_table(index="other_id", columns="week", values="credit_units", aggfunc="sum", fill_value=0)
    credit = credit.reindex(columns=range(WEEKS), fill_value=0) / CREDIT_UNIT
    weeks = dict(zip(credit.index, credit.to_numpy(float).round(2).tolist(), strict=True))
    ages = rows[rows["is_close"]].groupby("other_id")["age"].agg(list)
    because = in_words(flags, ties.settings).drop_duplicates("other_id").set_index("other_id")["because"]
    known = frame["other_id"]
    return frame.assign(
        weeks=[weeks.get(other, [0.0] * WEEKS) for other in known],
        days=[ages.get(other, []) for other in known],
        because=known.map(because.to_dict()),
    )


def wheel_frame(ties: Ties, person_id: str, flags: pd.DataFrame) -> pd.DataFrame:
    """Lay out a person's live and flagged ties as the wheel draws them: one row a contact."""
    rows = ties.of(person_id)
    gone = ties.persons.loc[ties.persons["has_left"], "person_id"]
    rows = rows[~rows["other_id"].isin(gone)]
    kind = flags.sort_values("severity", ascending=False).drop_duplicates(["other_id", "other_department"])
    rows = rows[rows["is_live"] | rows["other_id"].isin(kind["other_id"])]
    frame = rows[
        ["other_id", "other_department", "direction", "strength", "silence", "rhythm", "contact_days_52w"]
    ].rename(columns={"other_department": "department"})
    marked = [name for name in ("kind", "is_fragile") if name in kind]
    frame = frame.merge(kind.loc[kind["other_id"].notna(), ["other_id", *marked]], on="other_id", how="left")
    extra = kind[~kind["other_id"].isin(frame["other_id"]) | kind["other_id"].isna()]
    unmet = extra[["other_id", "other_department", *marked]].rename(columns={"other_department": "department"})
    frame = pd.concat([frame, unmet.assign(direction="sideways", strength=0.0)], ignore_index=True)
    names = ties.persons.set_index("person_id")["name"]
    frame.insert(1, "label", frame["other_id"].map(names).fillna(frame["other_id"]).fillna(frame["department"]))
    return frame


def _draw(ties: Ties, person_id: str, frame: pd.DataFrame, title: str, ax: Axes | None) -> Axes:
    from peerlens.draw import wheel

    live = int((frame["strength"] > 0).sum())
    what = f"{live} live{' or flagged' if frame['kind'].notna().any() else ''} tie{'' if live == 1 else 's'}"
    subtitle = f"{what} on {say_day(ties.as_of)}, from {say_day(ties.log_first_on)}"
    own = ties.person(person_id)["department"]
    return wheel(
        frame,
        ax=ax,
        title=title,
        subtitle=subtitle,
        own_department=None if pd.isna(own) else own,
    )
