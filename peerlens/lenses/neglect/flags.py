"""Flags: what the rules found, less what is not neglect, ordered by importance and put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

from peerlens.engine import as_given
from peerlens.lenses.neglect import RULES
from peerlens.lenses.neglect.asked import asked_of, pairs_asked_about
from peerlens.lenses.neglect.finished import finished_work
from peerlens.lenses.neglect.rule import COMPARED
from peerlens.lenses.neglect.stability import stability
from peerlens.settings import as_type_of
from peerlens.ties.events import as_dates
from peerlens.ties.keeper import FLAGS
from peerlens.ties.quiet_chance import TOLD
from peerlens.ties.together import fetched

if TYPE_CHECKING:
    from peerlens.lenses.neglect.rule import Rule
    from peerlens.settings import Settings
    from peerlens.ties import Ties

MADE_BY = ("lenses/neglect", "words.py")
"""the code that decides what is flagged, beside that of ties"""
LEADING = [
    "other_id",
    "other",
    "other_department",
    "kind",
    "severity",
    "stands_in",
    "settings_tried",
    "is_fragile",
    "quiet_chance",
    "quiet_chance_note",
    "importance",
    "because",
    "suggestion",
]


@dataclass(frozen=True)
class Flags:
    """Flags of one person or of everybody.

    Parameters
    ----------
    table
        One row per flag, most important first: ``person_id``, then the columns of ``LEADING``, then all evidence.
    not_flagged
        ``reason, ties``: what the rules found and fairness took back, by reason.
    looked_at
        Peer ties and candidate pairs of the person that the rules looked at; None for everybody, of whom nobody counts them.
    """

    table: pd.DataFrame
    not_flagged: pd.DataFrame
    looked_at: int | None


def rules_of(settings: Settings) -> tuple[Rule, ...]:
    """Return the rules with the thresholds that ``peerlens.toml`` gives them.

    Raises
    ------
    SettingsError
        A kind or threshold is unknown.
    """
    import dataclasses

    from peerlens.errors import SettingsError, did_you_mean

    for kind, _ in settings.neglect:
        if kind not in RULES:
            raise SettingsError(f"peerlens.toml, section [neglect]: unknown kind {kind!r}. {did_you_mean(kind, RULES)}")
    rules = []
    for kind, rule in RULES.items():
        default = rule()
        known = {item.name: getattr(default, item.name) for item in dataclasses.fields(default)}
        changes = {}
        for key, value in settings.thresholds(kind).items():
            place = f"peerlens.toml, section [neglect.{kind}]"
            if key not in known:
                raise SettingsError(f"{place}: unknown threshold {key!r}. {did_you_mean(key, known)}")
            changes[key] = as_type_of(known[key], value, place=f"{place}, {key}")
        rules.append(dataclasses.replace(default, **changes))
    return tuple(rules)


def find_flags(ties: Ties, *, person_id: str | None = None) -> Flags:
    """Find all kinds of neglect, for one person or for everybody; what was found stays with the ties.

    Ties in cross-department peer relations come first, then departments without a tie, then the own
    department; within each by ``importance = share of the person's sideways strength at the tie's best quarter x (1 + sole live
    route to that department) x number of kinds that agree``. Flags of one person say in how many of 54 settings they stand
    (:mod:`peerlens.lenses.neglect.stability`). For ties that never formed the share is that of expected contact
    days, for departments that of an average tie. Found once for the same ties and person.
    """
    asked = ("flags", person_id)
    if asked not in ties.worked_out:
        ties.worked_out[asked] = _kept(ties, person_id)
    known = ties.worked_out[asked]
    return Flags(_with_names(known.table, ties), known.not_flagged.copy(), known.looked_at)


def _kept(ties: Ties, person_id: str | None) -> Flags:
    """Find flags, or return those that are kept beside the data."""
    if ties.keeper is None or person_id in ties.worked_out.get(_FETCHED, {}):
        return _find(ties, person_id)

    def make() -> dict[str, pd.DataFrame]:
        found = _find(ties, person_id)
        parts = {"table": found.table, "not_flagged": found.not_flagged}
        return parts if person_id is None else parts | {"looked_at": pd.DataFrame({"ties": [found.looked_at]})}

    # No person's name for it begins like that of everybody.
    name = "flags" if person_id is None else f"flags of {person_id}"
    parts = ties.keeper.frames(FLAGS, name, MADE_BY, make)
    looked_at = None if person_id is None else int(parts["looked_at"]["ties"].iloc[0])
    return Flags(parts["table"], parts["not_flagged"], looked_at)


def _with_names(flags: pd.DataFrame, ties: Ties) -> pd.DataFrame:
    """Add what people are called: what is worked out and kept holds no names."""
    names = (
        flags["other_id"].map(ties.persons_by_id["name"]).fillna(flags["other_id"]).fillna(flags["other_department"])
    )
    flags = flags.copy()
    flags.insert(flags.columns.get_loc("other_id") + 1, "other", names)
    return flags


_FETCHED = "rows found by rules"


def fetch_flags(ties: Ties, people: Sequence[str]) -> None:
    """Ask the rules about several people in one go, so that :func:`find_flags` need not ask for each of them.

    Parameters
    ----------
    ties
        Ties at the day of the question.
    people
        Whose flags will be asked for next.
    """
    rules = rules_of(ties.settings)
    found = {
        rule.kind: fetched(rule.find(ties, compared=True), people, order=_KEYS, engine=ties.engine) for rule in rules
    }
    pairs = ibis.union(*pairs_asked_about(ties), distinct=True)
    looked = fetched(pairs, people, order=["other_no"], engine=ties.engine)
    ties.worked_out[_FETCHED] = {
        person: ({kind: rows[person] for kind, rows in found.items()}, len(looked[person])) for person in people
    }


_KEYS = ("other_id", "other_department")


def _rows_of(rule: Rule, ties: Ties, person_id: str | None) -> pd.DataFrame:
    """Return the rows a rule finds, for one person or for everybody."""
    known = ties.worked_out.get(_FETCHED, {}).get(person_id)
    if known is not None:
        return known[0][rule.kind].copy()
    if person_id is None:
        return ties.engine.frame(rule.find(ties, compared=True).order_by(["person_id", *_KEYS]))
    rows = asked_of(ties, person_id)[rule.reads]
    found = rule.find_among(rows, window_weeks=ties.settings.ties.window_weeks)
    stated: dict[str, Any] = {"other_id": "string"} | dict(getattr(ties, rule.reads).schema().items())
    stated = {name: kind for name, kind in stated.items() if name in found and name not in rule.head_counts}
    return found.assign(**as_given(found, ibis.schema(stated)).set_index(found.index))


def _find(ties: Ties, person_id: str | None) -> Flags:
    found = []
    for rule in rules_of(ties.settings):
        frame = _rows_of(rule, ties, person_id)
        frame.insert(0, "kind", rule.kind)
        if ties.owner_id is not None:
            # Of everybody but the owner such a log shows a part only, and of ties among others next to nothing.
            frame = frame[(frame["person_id"] == ties.owner_id) & (not rule.needs_everyone)]
        found.append(frame)
    flags = pd.concat(found, ignore_index=True)
    flags["quiet_chance_note"] = _quiet_notes(flags, ties)
    flags = flags.assign(**{name: flags[name].mask(flags["quiet_chance_note"].notna()) for name in TOLD})

    answered = _answered(flags, ties)
    finished = pd.Series(False, index=flags.index)
    fading = flags["kind"].eq("fading") & ~answered
    finished.loc[fading] = finished_work(ties, flags[fading])
    not_flagged = pd.DataFrame(
        {
            "reason": [
                "you answered an earlier flag on this tie",
                "finished work: the tie went quiet when a shared piece of work ended",
            ],
            "ties": [int(answered.sum()), int(finished.sum())],
        }
    )
    flags = flags[~answered & ~finished].reset_index(drop=True)
    person_no, other_no = (_numbers(flags[name], ties) for name in ("person_id", "other_id"))
    flags = _with_importance(flags, person_no, other_no)
    for column in [name for name in flags.columns if name.endswith("_day") and not name.startswith(COMPARED)]:
        flags[column.replace("_day", "_on")] = as_dates(flags.pop(column))
    place = flags["is_cross_department"].map({True: 0, False: 2}).where(flags["other_id"].notna(), 1)
    order = pd.DataFrame(
        {
            # Numbers of people stand in the order of their ids, and are sorted far quicker.
            "person": person_no,
            "place": place,
            **{name: flags[name] for name in ("importance", "severity", "kind")},
            "other": other_no,
            "other_department": flags["other_department"],
        }
    ).sort_values(
        ["person", "place", "importance", "severity", "kind", "other", "other_department"],
        ascending=[True, True, False, False, True, True, True],
    )
    flags = flags.loc[order.index].reset_index(drop=True)
    if person_id is not None:
        flags = flags.join(stability(ties, flags, rules={rule.kind: rule for rule in rules_of(ties.settings)}))
    flags = flags.drop(columns=[name for name in flags if name.startswith(COMPARED)])
    return Flags(flags, not_flagged, None if person_id is None else _looked_at(ties, person_id))


SHORT_LIST_SEVERITY = 0.1
"""signs weaker than this stay out of the short list: a wrong flag costs more than a missing one"""


def short_list(flags: pd.DataFrame, limit: int | None) -> pd.DataFrame:
    """Keep the first ``limit`` ties that are at all unusual, one row a tie; ``also`` names the other kinds found on it.

    Without a limit every flag keeps its row.
    """
    tie = flags["other_id"].fillna("department " + flags["other_department"].astype("str"))
    kinds = flags.groupby(tie, sort=False)["kind"].agg(list)
    also = [", ".join(kind for kind in kinds[key] if kind != own) for key, own in zip(tie, flags["kind"], strict=True)]
    flags = flags.assign(also=also)
    if limit is None:
        return flags
    flags, tie = flags[flags["severity"] >= SHORT_LIST_SEVERITY], tie[flags["severity"] >= SHORT_LIST_SEVERITY]
    strongest = (
        flags.assign(tie=tie).sort_values("severity", ascending=False, kind="stable").drop_duplicates("tie").index
    )
    return flags.loc[sorted(strongest)].head(limit).reset_index(drop=True)


def in_words(flags: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Add ``because`` and ``suggestion``, and order the columns for reading."""
    rules = {rule.kind: rule for rule in rules_of(settings)}
    rows = flags.to_dict("records")
    worded = flags.assign(
        because=pd.Series([rules[row["kind"]].because(row) for row in rows], index=flags.index, dtype="str"),
        suggestion=pd.Series([rules[row["kind"]].suggestion(row) for row in rows], index=flags.index, dtype="str"),
    )
    inner = {
        "person_id",
        "department",
        "is_cross_department",
        "is_live",
        "live_ties_there",
        "mean_share",
        "kinds",
        "quiet_words",
    }
    rest = [name for name in worded.columns if name not in LEADING and name not in inner]
    return worded[[*(name for name in LEADING if name in worded), *rest]]


def _quiet_notes(flags: pd.DataFrame, ties: Ties) -> pd.Series:
    """Say why a flag has no quiet chance; missing where it has one."""
    notes = pd.Series(pd.NA, index=flags.index, dtype="str")
    with_chance = flags["kind"].isin([kind for kind, rule in RULES.items() if rule.has_quiet_chance])
    notes[~with_chance] = "not defined for this kind"
    # A note on the whole log speaks against its percentages, even where there are some for statistics.
    unknown = with_chance & (flags["quiet_chance"].isna() | (ties.quiet_note is not None))
    said = ties.quiet_note or "not enough data: no tie like this one in the past"
    notes[unknown] = said
    leaning = unknown & flags["quiet_words"].notna()
    notes[leaning] = flags.loc[leaning, "quiet_words"].astype("str") + f"; {said}"
    return notes


def _answered(flags: pd.DataFrame, ties: Ties) -> pd.Series:
    """Tell flags that the user has answered with a verdict that still holds."""
    verdicts = ties.verdicts
    holds = verdicts["until_on"].isna() | (verdicts["until_on"] >= pd.Timestamp(ties.as_of))
    silencing = verdicts[holds & (verdicts["verdict"] != "useful")]
    if silencing.empty:
        return pd.Series(False, index=flags.index)
    keys = pd.MultiIndex.from_frame(silencing[["person_id", "other_id"]])
    return (
        pd.Series(pd.MultiIndex.from_frame(flags[["person_id", "other_id"]]).isin(keys), index=flags.index)
        & flags["other_id"].notna()
    )


def _numbers(people: pd.Series, ties: Ties) -> pd.Series:
    """Return the numbers of people; missing where nobody is named."""
    return people.map(ties.persons_by_id["person_no"]).astype("float64")


def _with_importance(flags: pd.DataFrame, person_no: pd.Series, other_no: pd.Series) -> pd.DataFrame:
    share = flags["best_share"].fillna(flags["expected_share"]).fillna(flags["mean_share"]).astype(float)
    others_there = flags["live_ties_there"] - flags["is_live"].eq(True).astype(int)
    is_tie = flags["other_id"].notna()
    sole = (is_tie & flags["is_cross_department"].eq(True) & (others_there <= 0)).astype(int)
    # A tie is of two people, or of a person and a department: by number, departments counted down from -1.
    departments = pd.Series(-1.0 - pd.factorize(flags["other_department"])[0], index=flags.index)
    kinds = flags["kind"].groupby([person_no, other_no.fillna(departments)]).transform("size").astype("int64")
    return flags.assign(kinds=kinds, importance=(share * (1 + sole) * kinds).round(6))


def _looked_at(ties: Ties, person_id: str) -> int:
    known = ties.worked_out.get(_FETCHED, {}).get(person_id)
    if known is not None:
        return known[1]
    asked = asked_of(ties, person_id)
    return len({*asked["sides"]["other_no"], *asked["candidates"]["other_no"]})
