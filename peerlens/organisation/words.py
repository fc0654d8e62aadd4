"""What the organisation view says, from released figures only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peerlens.words import day, of_people

if TYPE_CHECKING:
    from peerlens.organisation.change import Compared
    from peerlens.organisation.drift import Drifts
    from peerlens.organisation.organisation import Organisation

NO_PERSON = "A group figure says nothing about any one person."
NOT_FOR = "For group structure; not for selection, promotion, appraisal, pay, redundancy or discipline."
NOT_HERE = "Calls, corridors and lunches are not in this. It shows contact, not trust, influence or merit."
PAGE_ROWS = 1000
"""rows of one table that a page lists: half a million make a file that no browser opens"""
FAR_INSIDE = 0.25
"""share of contact inside beyond what is expected, from which on it is called far more"""
NEAR_INSIDE = 0.15
"""and below which it is called as expected: both shares are rounded to tenths"""
_MANY = {"country": "countries", "works_on": "working patterns", "timezone": "time zones"}
_ONE = {"works_on": "working pattern", "timezone": "time zone"}


def group_word(by: tuple[str, ...], *, many: bool = False) -> str:
    """Say what a group is.

    Examples
    --------
    >>> group_word(("department",), many=True), group_word(("department", "level"), many=True), group_word(("country",))
    ('departments', 'groups', 'country')
    """
    if len(by) > 1:
        return "groups" if many else "group"
    return _MANY.get(by[0], f"{by[0]}s") if many else _ONE.get(by[0], by[0])


def spoken(frame: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Return a table with groups named as a sentence names them: levels that are only numbers are said to be levels.

    Examples
    --------
    >>> spoken(pd.DataFrame({"group": ["3"]}), ("level",))["group"].tolist()
    ['Level 3']
    """
    if by != ("level",):
        return frame
    names = [name for name in ("group", "group_a", "group_b") if name in frame]
    return frame.assign(
        **{name: frame[name].astype("str").str.replace(r"^(?=\d)", "Level ", regex=True) for name in names}
    )


def two(row: dict | pd.Series) -> str:
    """Name two groups."""
    return f"{row['group_a']} and {row['group_b']}"


def findings(
    groups: pd.DataFrame, pairs: pd.DataFrame, bridges: pd.DataFrame, drifts: pd.DataFrame, *, word: str, k: int
) -> tuple[str, ...]:
    """Say what stands out, the most important first."""
    said = [_drift_sentence(drifts)] if _shown(drifts).shape[0] else []
    shown = _shown(pairs)
    less = shown[(shown["reads"] == "less than expected") & (shown["ratio"] <= 0.5)].sort_values(
        ["ratio", "group_a", "group_b"]
    )
    if len(less):
        first = less.iloc[0]
        said.append(
            (
                f"{two(first)} have {first['ratio']:.1f} times the contact that their size and activity would give"
                if first["ratio"] > 0
                else f"{two(first)} have none of the contact that their size and activity would give"
            )
            + (f"; {len(less):,} pairs of {len(shown):,} shown have half of it or less." if len(less) > 1 else ".")
        )
    shown_bridges = _shown(bridges)
    thin = shown_bridges[shown_bridges["is_thin"].astype(bool)] if len(shown_bridges) else shown_bridges
    if len(thin):
        said.append(
            f"{len(thin):,} of {len(shown_bridges):,} links between two {word} hang on fewer than {k} people on one side, though "
            "size and activity would give contact every other week or more."
        )
    inside = _inside_sentence(groups, word=word)
    if inside:
        # Where hardly any pair can be shown, what a pair does is no headline.
        said.insert(0 if is_mostly_hidden(pairs) else len(said), inside)
    return tuple(said) or (f"Nothing stands out between any two {word} shown.",)


def _inside_sentence(groups: pd.DataFrame, *, word: str) -> str:
    shown = _shown(groups).dropna(subset=["inside_share", "expected_share"])
    if shown.empty:
        return ""
    gap = (shown["inside_share"] - shown["expected_share"]).sort_values(ascending=False, kind="stable")
    row, far = shown.loc[gap.index[0]], int((gap > FAR_INSIDE).sum())
    if gap.iloc[0] < NEAR_INSIDE:
        return f"All {word} shown keep about as much contact inside as size and activity alone would give."
    share = f"{row['inside_share'] * 100:.0f} %"
    if far > 1:
        some = f"All {far:,}" if far == len(shown) else f"{far:,} of {len(shown):,}"
        return (
            f"{some} {word} keep far more contact inside than size and activity alone would give: in {row['group']} about "
            f"{share} stays inside, where {_about(row['expected_share'])} would be expected."
        )
    return (
        f"{row['group']} keeps about {share} of its contact inside; size and activity alone would give "
        f"{_about(row['expected_share'])}."
    )


def is_mostly_hidden(pairs: pd.DataFrame) -> bool:
    """Say whether fewer than a third of all pairs have a figure: then their map is not the first thing to look at.

    Examples
    --------
    >>> is_mostly_hidden(pd.DataFrame({"ratio": [1.0, float("nan"), float("nan"), float("nan")]}))
    True
    """
    return bool(3 * pairs["ratio"].notna().sum() < len(pairs))


def _about(share: float) -> str:
    return f"about {share * 100:.0f} %" if share > 0 else "less than 5 %"


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["withheld"] == ""] if len(table) else table


def _drift_sentence(drifts: pd.DataFrame) -> str:
    shown = _shown(drifts).sort_values(["since_on", "group_a", "group_b"])
    parts = [
        f"{two(row)} (down {_by_how_much(row, about='about ')}, since about {day(row['since_on'])})"
        for _, row in shown.head(3).iterrows()
    ]
    rest = f", and {len(shown) - 3} more pairs" if len(shown) > 3 else ""
    return f"Drifting apart: {of_people(parts)}{rest}."


def drift_note(drifts: Drifts, *, word: str) -> str:
    """Say how many looks there were, and how many of them chance would give."""
    if drifts.note:
        return drifts.note
    found = int((drifts.released.table["withheld"] == "").sum())
    chance = _by_chance(drifts.by_chance)
    pairs = "1 pair" if drifts.looked_at == 1 else f"{drifts.looked_at:,} pairs"
    return (
        f"Of {pairs} of {word} with weekly contact looked at, {found or 'none'} drifted apart beyond the ordinary; "
        f"{chance} would look like this by chance."
    )


def _by_chance(number: float) -> str:
    return "none" if number == 0 else "fewer than 1" if number < 1 else f"about {math.ceil(number)}"


def changes(table: pd.DataFrame, compared: Compared) -> tuple[str, ...]:
    """Say which pairs changed beyond the ordinary, largest first."""
    if not compared.can_tell:
        return (
            f"Whether anything changed beyond the ordinary cannot be said: the log holds {compared.disjoint} ordinary "
            "stretches of this length, and at least 3 are needed. Use shorter periods, or a longer log.",
        )
    shown = _shown(table)
    beyond = shown[shown["is_beyond"].fillna(False).astype(bool)]
    if beyond.empty:
        return ("No two of the groups shown changed beyond the ordinary range between the two periods.",)
    order = beyond["change"].abs().sort_values(ascending=False, kind="stable").index
    return tuple(_change_sentence(row) for _, row in beyond.loc[order].iterrows())


def _change_sentence(row: pd.Series) -> str:
    way = "fell" if row["change"] < 0 else "rose"
    place = f"inside {row['group_a']}" if row["group_a"] == row["group_b"] else f"between {two(row)}"
    return (
        f"Contact {place} {way} by {_by_how_much(row)} "
        f"(ordinary range {_signed(row['ordinary_low'])} to {_signed(row['ordinary_high'])} %)."
    )


def _by_how_much(row: pd.Series, *, about: str = "") -> str:
    share = f"{abs(row['change']) * 100:.0f} %"
    return f"{share} or more" if bool(row["or_more"]) else f"{about}{share}"


def _signed(share: float) -> str:
    number = round(share * 100)
    return f"−{-number}" if number < 0 else f"+{number}"


def change_note(compared: Compared) -> str:
    """Say what the ordinary range rests on."""
    place = (
        "everybody stays in the group of the first period's last day"
        if compared.membership == "first"
        else "a contact is placed in the chart of its day"
    )
    return (
        f"Change is that of the share of all contact; {place}. Ordinary: 90 % of what {compared.splits} splits of the "
        f"log into like periods that do not reach across the change would give ({compared.disjoint} of them side by side). "
        f"Of {compared.looked_at} pairs looked at, {_by_chance(compared.by_chance)} would be called beyond it by chance."
    )


def change_subtitle(compared: Compared) -> str:
    """Say which periods are compared."""
    (a, b), (c, d) = compared.before.said(), compared.after.said()
    return f"{day(a)} – {day(b)}, then {day(c)} – {day(d)} · change of the share of all contact"


def subtitle(organisation: Organisation) -> str:
    """Say the period and how many groups there are."""
    first, last = organisation.period
    return f"{day(first)} – {day(last)} · {len(organisation.names)} {group_word(organisation.by, many=True)}"


def pairs_title(pairs: pd.DataFrame, organisation: Organisation) -> str:
    """Say the finding of the heat map."""
    shown = _shown(spoken(pairs, organisation.by))
    if shown["ratio"].isna().all():
        return f"No two {group_word(organisation.by, many=True)} can be shown: too few people behind their contact"
    less = shown[(shown["reads"] == "less than expected") & (shown["ratio"] <= 0.5)]
    if less.empty:
        return f"No two {group_word(organisation.by, many=True)} have clearly half the expected contact or less"
    first = less.sort_values(["ratio", "group_a", "group_b"]).iloc[0]
    if len(less) == 1:
        amount = f"{first['ratio']:.1f} times" if first["ratio"] > 0 else "none of"
        return f"{two(first)} have {amount} the expected contact"
    return (
        f"{len(less):,} of {len(shown):,} pairs shown have half the expected contact or less, {two(first)} among them"
    )


def groups_title(groups: pd.DataFrame, organisation: Organisation) -> str:
    """Say the finding of the silo strip."""
    shown = _shown(groups)
    more = int((shown["inside_share"] - shown["expected_share"] > FAR_INSIDE).sum())
    many = group_word(organisation.by, many=True)
    some = f"All {more:,}" if more == len(shown) > 1 else f"{more:,} of {len(shown):,}"
    return f"{some} {many} keep far more contact inside than size and activity alone would give"


def bridges_title(bridges: pd.DataFrame, organisation: Organisation) -> str:
    """Say the finding of the bridge diagram."""
    shown = _shown(bridges)
    thin = int(shown["is_thin"].astype(bool).sum()) if len(shown) else 0
    if not thin:
        return (
            f"No link where contact would be expected hangs on fewer than {organisation.k} people on one side"
            if len(shown)
            else f"No two {group_word(organisation.by, many=True)} are linked by a live tie"
        )
    return f"{thin:,} of {len(shown):,} links hang on fewer than {organisation.k} people on one side"


def links_title(bridges: pd.DataFrame, organisation: Organisation) -> str:
    """Say how many groups are linked at all, and how many of the links few people carry."""
    shown, many = _shown(bridges), len(organisation.names)
    sides = shown[["carriers_a", "carriers_b"]].astype("str")
    few = int(sides.apply(lambda side: side.str.startswith("fewer")).any(axis=1).sum()) if len(shown) else 0
    most, word = many * (many - 1) // 2, group_word(organisation.by, many=True)
    linked = f"All {most:,} pairs" if len(shown) == most else f"{len(shown):,} of {most:,} pairs"
    some = f"{few:,}" if few else "none"
    return f"{linked} of {word} are linked; {some} of the links hang on fewer than {organisation.k} people on one side or both"


def set_aside_note(organisation: Organisation) -> str:
    """Say which groups are in no figure because of what was given out before, and what to do about it; nothing without any."""
    held = held_back(organisation._view.set_aside)
    return held_note(held, organisation.by) if held else ""


def held_back(set_aside: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return the groups set aside because of what was given out before.

    Examples
    --------
    >>> held_back((("A", "would leave fewer than 5 people of a group given out before"), ("B", "fewer than 5 people")))
    ('A',)
    """
    return tuple(name for name, reason in set_aside if "given out before" in reason)


def held_note(held: tuple[str, ...], by: tuple[str, ...]) -> str:
    """Say why groups are held back by pages made before, and how to see them."""
    named = of_people(list(held)) if len(held) <= 6 else f"{len(held):,} {group_word(by, many=True)}"
    return (
        f"Not shown, since a page made before would give away the few people by which they differ from it: {named}. The groups "
        "of that page's day can be asked for (members_on=, --members-on)."
    )


def fine_print(organisation: Organisation) -> tuple[str, ...]:
    """Return what stands under everything that is shown."""
    view = organisation.coverage()
    aside = view[view["status"] == "set aside"]
    said = [
        NO_PERSON,
        f"Purpose: {organisation.purpose}",
        f"Withheld: figures with fewer than {organisation.k} people on a side, figures two people hold, and what "
        "could be worked out from "
        "them. Head counts are rounded down to fives, shares and ratios to 0.1.",
    ]
    if len(aside):
        said.append(f"In no figure: {of_people(aside['group'].tolist())}.")
    return (*said, *organisation.notes, NOT_FOR, NOT_HERE)


def most_telling(frame: pd.DataFrame, note: str, *, limit: int = PAGE_ROWS) -> tuple[pd.DataFrame, str]:
    """Return the rows of a long table that a page lists, in their order, and the note with how many those are.

    What is less than expected comes first, then what else stands out, then what lies farthest from expectation or from no
    change; what is withheld comes last.

    Parameters
    ----------
    frame
        A released table.
    note
        What is said of it otherwise.
    limit
        Rows that a page lists.

    Examples
    --------
    >>> frame = pd.DataFrame({"group_a": ["A", "B", "C"], "ratio": [1.0, 0.2, float("nan")], "withheld": ["", "", "few"]})
    >>> most_telling(frame, "", limit=1)[0]["group_a"].tolist()
    ['B']
    >>> most_telling(frame, "Two are shown.", limit=1)[1]
    'Two are shown. Of 3 rows 1 is listed, what stands out first; Python has them all.'
    """
    if len(frame) <= limit:
        return frame, note
    stands_out = pd.Series(False, index=frame.index)
    for name in ("is_beyond", "is_thin"):
        if name in frame:
            stands_out |= frame[name].fillna(False).astype(bool)
    if "reads" in frame:
        stands_out |= frame["reads"].isin(["less than expected", "more than expected"])
    is_less = frame["reads"] == "less than expected" if "reads" in frame else pd.Series(False, index=frame.index)
    far = pd.Series(0.0, index=frame.index)
    if "ratio" in frame:
        far = np.log(frame["ratio"].astype(float).clip(lower=0.05)).abs()
    elif "change" in frame:
        far = frame["change"].astype(float).abs()
    shown = frame["withheld"] == "" if "withheld" in frame else pd.Series(True, index=frame.index)
    rank = np.lexsort((np.arange(len(frame)), -far.fillna(-1.0), ~stands_out, ~is_less, ~shown))
    verb = "is" if limit == 1 else "are"
    said = f"Of {len(frame):,} rows {limit:,} {verb} listed, what stands out first; Python has them all."
    return frame.iloc[np.sort(rank[:limit])], " ".join(part for part in (note, said) if part)


def few_enough(frame: pd.DataFrame, value: str, subtitle: str, *, limit: int) -> tuple[pd.DataFrame, str]:
    """Return what a heat map has room for: the groups with most figures, and the subtitle with how many those are.

    Parameters
    ----------
    frame
        A released table of pairs of groups.
    value
        The figure drawn.
    subtitle
        What stands under the title otherwise.
    limit
        Groups that there is room for.
    """
    names = pd.Index(pd.concat([frame["group_a"], frame["group_b"]]).unique())
    if len(names) <= limit:
        return frame, subtitle
    known = frame[(frame["withheld"] == "") & frame[value].notna()]
    figures = pd.concat([known["group_a"], known["group_b"]]).value_counts().reindex(names, fill_value=0)
    kept = names[np.lexsort((names.astype(str), -figures.to_numpy()))[:limit]]
    both = frame["group_a"].isin(kept) & frame["group_b"].isin(kept)
    said = f"{limit} of {len(names):,} groups are drawn, those with most figures"
    return frame[both].reset_index(drop=True), " · ".join(part for part in (subtitle, said) if part)
