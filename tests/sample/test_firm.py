"""The made-up firm is well formed, the same every time, and its answer key speaks of its own people."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from peerlens.sample import Firm, make_firm

PEOPLE_COLUMNS = [
    *("person_id", "name", "email", "department", "level", "manager_id", "joined_on", "left_on"),
    *("role_started_on", "country", "works_on", "valid_from_on", "valid_to_on"),
]
COLUMNS = {
    "people": PEOPLE_COLUMNS,
    "meetings": ["meeting_id", "started_at", "ended_at", "organizer_id", "attendee_ids", "series_id"],
    "messages": [
        *("sent_at", "sender_id", "recipient_ids", "channel"),
        *("message_id", "thread_id", "reply_to_id", "is_ask", "is_thanks"),
    ],
    "absences": ["person_id", "from_on", "to_on"],
    "accounts": ["account_id", "kind", "acts_for"],
    "confidential": ["pattern"],
    "survey": ["rater_id", "rated_id", "question", "value"],
    "planted": ["person_id", "other_id", "other_department", "kind", "since_on", "note", "lens"],
    "planted_groups": ["group_a", "group_b", "kind", "since_on", "note"],
}
KINDS = {"fading", "one_sided", "only_in_crowds", "never_formed", "thin_bridge", "blind_spot"}


@pytest.fixture(scope="module")
def firm() -> Firm:
    return make_firm()


@pytest.fixture(scope="module")
def current(firm: Firm) -> pd.DataFrame:
    people = firm.tables["people"]
    rows = people[people["valid_to_on"] == ""].set_index("person_id")
    assert rows.index.is_unique
    return rows


def neglect_of(firm: Firm) -> pd.DataFrame:
    """Return the part of the answer key that is about neglected peers."""
    planted = firm.tables["planted"]
    return planted[planted["lens"] == "neglected_peers"]


def activity(firm: Firm) -> pd.DataFrame:
    """Return person and day of everything a person sent or attended."""
    sent = firm.tables["messages"][["sender_id", "sent_at"]].set_axis(["person_id", "at"], axis=1)
    met = firm.tables["meetings"]
    met = met.assign(person_id=met["attendee_ids"].str.split(";")).explode("person_id")
    both = pd.concat([sent, met[["person_id", "started_at"]].set_axis(["person_id", "at"], axis=1)])
    both = both[both["person_id"].isin(firm.tables["people"]["person_id"])]
    return both.assign(day=both["at"].str[:10]).drop_duplicates(["person_id", "day"])


def written(firm: Firm, folder: Path) -> dict[str, bytes]:
    firm.write(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    first = written(make_firm(people=60, seed=3), tmp_path / "a")
    assert written(make_firm(people=60, seed=3), tmp_path / "b") == first
    other = written(make_firm(people=60, seed=4), tmp_path / "c")
    assert other["messages.csv"] != first["messages.csv"]


def test_writes_only_whole_files_of_less_than_four_megabytes(firm: Firm, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("old")
    files = written(firm, tmp_path)
    assert set(files) == {f"{stem}.csv" for stem in COLUMNS} | {"peerlens.toml"}
    assert sum(map(len, files.values())) < 4_000_000
    for stem, columns in COLUMNS.items():
        content = files[f"{stem}.csv"].decode("utf-8")
        assert content.splitlines()[0] == ",".join(columns)
        assert "\r" not in content
        assert content.endswith("\n")
        assert content.count("\n") == len(firm.tables[stem]) + 1


@pytest.mark.parametrize(("people", "weeks"), [(40, 26), (60, 52), (251, 30)])
def test_has_the_size_asked_for(people: int, weeks: int) -> None:
    tables = make_firm(people=people, weeks=weeks, seed=2).tables
    assert tables["people"]["person_id"].nunique() == people
    days = pd.concat([tables["messages"]["sent_at"], tables["meetings"]["started_at"]]).str[:10]
    first_monday = pd.Timestamp("2026-09-28") - pd.Timedelta(weeks=weeks)
    assert days.min() == str(first_monday.date())
    assert days.max() == "2026-09-25"


def test_refuses_a_firm_that_cannot_exist() -> None:
    with pytest.raises(ValueError, match="A firm of 10 people and 52 weeks is too small: at least 40 people"):
        make_firm(people=10)


def test_short_log_plants_nothing() -> None:
    assert make_firm(people=60, weeks=12).tables["planted"].empty


def test_chart_has_eight_departments_and_four_levels(current: pd.DataFrame) -> None:
    assert current.loc[current["level"] > 1, "department"].nunique() == 8
    heads = current[current["level"] == 2]
    assert heads.groupby("department").size().eq(1).all()
    assert (heads["manager_id"] == "p001").all()
    below = current[current["manager_id"] != ""]
    boss = current.loc[below["manager_id"]]
    assert (below["level"].to_numpy() - boss["level"].to_numpy() == 1).all()
    # Nobody reports to somebody of another department, save heads to the chief.
    under = below["level"].to_numpy() > 2
    assert (below["department"].to_numpy() == boss["department"].to_numpy())[under].all()


def test_history_has_no_gap_and_no_overlap(firm: Firm) -> None:
    people = firm.tables["people"].sort_values(["person_id", "valid_from_on"])
    assert (people.groupby("person_id").size() > 1).sum() >= 8
    for _, rows in people.groupby("person_id"):
        assert rows["valid_from_on"].iloc[0] == ""
        assert rows["valid_to_on"].iloc[-1] == ""
        for end, start in pairwise([*zip(rows["valid_to_on"], rows["valid_from_on"], strict=True)]):
            assert pd.Timestamp(start[1]) - pd.Timestamp(end[0]) == pd.Timedelta(days=1)


def test_reorganisation_of_week_thirty_moves_a_team(firm: Firm) -> None:
    people = firm.tables["people"]
    moved = people[people["valid_from_on"] == "2026-04-27"]
    assert moved["department"].nunique() == 1
    assert sorted(moved["level"].unique()) == [3, 4]
    before = people[people["person_id"].isin(moved["person_id"]) & (people["valid_to_on"] == "2026-04-26")]
    assert set(before["person_id"]) == set(moved["person_id"])
    assert not set(before["department"]) & set(moved["department"])


def test_names_and_addresses_are_unique_and_plain(firm: Firm, current: pd.DataFrame) -> None:
    assert current["name"].is_unique
    assert current["email"].is_unique
    assert current["email"].str.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+@example\.com").all()


def test_events_are_sorted_and_distinct(firm: Firm) -> None:
    messages, meetings = firm.tables["messages"], firm.tables["meetings"]
    assert messages["sent_at"].is_monotonic_increasing
    assert meetings["started_at"].is_monotonic_increasing
    assert meetings["meeting_id"].is_unique
    assert (meetings["ended_at"] > meetings["started_at"]).all()
    # Without message_id, one sender and one second are one message.
    assert not messages.duplicated(["sender_id", "sent_at"]).any()
    instant = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    assert messages["sent_at"].str.fullmatch(instant).all()
    assert meetings["started_at"].str.fullmatch(instant).all()


def test_nobody_acts_while_away_before_joining_or_after_leaving(firm: Firm, current: pd.DataFrame) -> None:
    acted = activity(firm)
    away = acted.merge(firm.tables["absences"], on="person_id")
    assert not ((away["day"] >= away["from_on"]) & (away["day"] <= away["to_on"])).any()
    known = acted.join(current[["joined_on", "left_on"]], on="person_id")
    assert (known["day"] >= known["joined_on"]).all()
    assert ((known["left_on"] == "") | (known["day"] <= known["left_on"])).all()


def test_nobody_acts_on_days_they_do_not_work(firm: Firm, current: pd.DataFrame) -> None:
    acted = activity(firm).join(current[["country", "works_on"]], on="person_id")
    day = pd.to_datetime(acted["day"]).dt.day_of_week
    week = ["Mon", "Tue", "Wed", "Thu", "Fri"]
    ends = acted["works_on"].str.split("-", expand=True).map(week.index)
    assert ((day >= ends[0]) & (day <= ends[1])).all()
    assert (acted["works_on"] != "Mon-Fri").any()
    # German unity and Whit Monday in one country, two feasts in December and June in the other.
    assert not ((acted["country"] == "DE") & acted["day"].isin(["2025-10-03", "2026-05-25"])).any()
    assert not ((acted["country"] == "PT") & acted["day"].isin(["2025-12-08", "2026-06-10"])).any()
    assert ((acted["country"] == "PT") & (acted["day"] == "2025-10-03")).any()


def test_people_are_seen_on_most_of_their_days(firm: Firm, current: pd.DataFrame) -> None:
    seen = activity(firm).groupby("person_id").size()
    whole_year = current[
        (current["left_on"] == "") & (current["joined_on"] < "2025-09-29") & (current["works_on"] == "Mon-Fri")
    ]
    assert seen[whole_year.index].min() > 120
    assert seen[whole_year.index].median() > 190


def test_every_participant_is_known(firm: Firm) -> None:
    tables = firm.tables
    known = {*tables["people"]["person_id"], *tables["accounts"]["account_id"], *tables["confidential"]["pattern"]}
    columns = {"messages": ["sender_id", "recipient_ids"], "meetings": ["organizer_id", "attendee_ids"]}
    for stem, column in [(stem, column) for stem, names in columns.items() for column in names]:
        # A meeting whose owner has left is called by nobody.
        assert (
            set(tables[stem][column].str.split(";").explode()) - ({""} if column == "organizer_id" else set()) <= known
        )
    assert tables["accounts"].set_index("kind").at["assistant", "acts_for"] == "p001"
    secret = tables["confidential"]["pattern"].iloc[0]
    assert tables["messages"]["recipient_ids"].eq(secret).any()
    assert tables["meetings"]["attendee_ids"].str.contains(secret, regex=False).any()


@pytest.mark.parametrize("people", [60, 120, 250])
@pytest.mark.parametrize("seed", [1, 7])
def test_every_kind_is_planted(people: int, seed: int) -> None:
    planted = neglect_of(make_firm(people=people, seed=seed))
    counts = planted["kind"].value_counts()
    assert set(counts.index) == {*KINDS, "none"}
    assert counts.min() >= people // 40


def test_planted_rows_are_about_peers_of_the_firm(firm: Firm, current: pd.DataFrame) -> None:
    planted = neglect_of(firm)
    assert set(planted["person_id"]) <= set(current.index)
    assert planted["since_on"].between("2025-09-29", "2026-09-27").all()
    person = current.loc[planted["person_id"]]
    assert (person["left_on"] == "").all()
    tie = planted["other_id"] != ""
    assert set(planted.loc[~tie, "kind"]) == {"blind_spot", "none"}
    other = current.loc[planted.loc[tie, "other_id"]]
    assert (other["department"].to_numpy() == planted.loc[tie, "other_department"].to_numpy()).all()
    assert (other["level"].to_numpy() == person["level"].to_numpy()[tie]).all()
    assert not planted.duplicated(["person_id", "other_id", "other_department"]).any()


def test_both_sides_of_a_mutual_gap_are_planted(firm: Firm) -> None:
    planted = neglect_of(firm)
    mutual = planted[planted["kind"].isin(["fading", "only_in_crowds", "never_formed"])]
    rows = set(zip(mutual["person_id"], mutual["other_id"], mutual["kind"], strict=True))
    assert {(other, person, kind) for person, other, kind in rows} == rows


def test_every_lookalike_is_there(firm: Firm) -> None:
    notes = neglect_of(firm).query("kind == 'none'")["note"]
    wanted = ["monthly", "bursts", "one of the two was away", "long absence", "reachable", "has left", "support role"]
    for words in [*wanted, "finished project", "moved team", "joined four weeks ago"]:
        assert notes.str.contains(words).any(), words


def close_days(firm: Firm, a: str, b: str) -> list[str]:
    """Return days with a message to at most five, or a meeting of at most eight people, that ties a and b."""
    people = set(firm.tables["people"]["person_id"])
    messages, meetings = firm.tables["messages"], firm.tables["meetings"]
    to = messages["recipient_ids"].str.split(";").map(lambda ids: people.intersection(ids))
    sent = [
        s in (a, b) and ({a, b} - {s}) <= ids and len(ids) <= 5
        for s, ids in zip(messages["sender_id"], to, strict=True)
    ]
    there = meetings["attendee_ids"].str.split(";").map(lambda ids: people.intersection(ids))
    met = [{a, b} <= ids and len(ids) <= 8 for ids in there]
    return sorted({*messages.loc[sent, "sent_at"].str[:10], *meetings.loc[met, "started_at"].str[:10]})


def test_fading_ties_fell_silent_on_the_day_given(firm: Firm) -> None:
    fading = neglect_of(firm).query("kind == 'fading'")
    for row in fading.itertuples():
        days = close_days(firm, str(row.person_id), str(row.other_id))
        assert len(days) >= 20
        assert pd.Timestamp(days[-1]) + pd.Timedelta(days=1) == pd.Timestamp(str(row.since_on))
        assert row.since_on < "2026-08-20"
    under_a_meeting = fading[fading["note"].str.contains("standing meeting")].iloc[0]
    meetings = firm.tables["meetings"]
    both = meetings["attendee_ids"].str.contains(under_a_meeting["person_id"]) & meetings["attendee_ids"].str.contains(
        under_a_meeting["other_id"]
    )
    later = meetings[both & (meetings["started_at"] > under_a_meeting["since_on"])]
    assert later["attendee_ids"].str.count(";").between(8, 17).sum() >= 2


@pytest.mark.parametrize("kind", ["never_formed", "only_in_crowds"])
def test_ties_that_never_formed_have_no_close_contact(firm: Firm, kind: str) -> None:
    for row in neglect_of(firm).query("kind == @kind").itertuples():
        assert close_days(firm, str(row.person_id), str(row.other_id)) == []


def test_one_sided_ties_are_started_by_the_other_and_answered(firm: Firm) -> None:
    messages = firm.tables["messages"].assign(day=firm.tables["messages"]["sent_at"].str[:10])
    for row in neglect_of(firm).query("kind == 'one_sided'").itertuples():
        sides = messages[messages["sender_id"].isin([row.person_id, row.other_id])]
        sides = sides[sides["recipient_ids"].isin([row.person_id, row.other_id])]
        first = sides.groupby("day")["sender_id"].first()
        assert (first == row.other_id).all()
        assert len(first) >= 20
        assert sides.groupby("day")["sender_id"].last().eq(row.person_id).all()
