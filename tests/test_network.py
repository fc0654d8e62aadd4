"""What a user holds: people found or suggested, every number traced to its line, the same answer every time."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest

import peerlens
from peerlens.errors import PeerlensError

mpl.use("Agg")


def test_unknown_person_suggests(sample_network: peerlens.Network) -> None:
    with pytest.raises(peerlens.UnknownPerson, match=r"Did you mean .*p042"):
        sample_network.person("p0422")
    with pytest.raises(peerlens.UnknownPerson, match="Did you mean"):
        sample_network.person("p042").explain("p0433")


def test_a_person_by_address_and_case(sample_network: peerlens.Network) -> None:
    emails = sample_network.ties.persons.set_index("person_id")["email"]
    assert sample_network.person(f" {emails['p042'].upper()} ").person_id == "p042"
    assert sample_network.person("P042").person_id == "p042"


def test_as_of_is_text_or_a_day(sample_network: peerlens.Network) -> None:
    network = peerlens.Network(sample_network.records, as_of="2026-03-31")
    assert network.as_of.isoformat() == "2026-03-31"
    frame = network.ties.to_pandas()
    assert frame["last_on"].max() <= pd.Timestamp("2026-03-31")
    with pytest.raises(PeerlensError, match=r"31\.3\.2026.*expected a day such as"):
        peerlens.Network(sample_network.records, as_of="31.3.2026")
    with pytest.raises(peerlens.NotEnoughData, match="choose a later as_of"):
        _ = peerlens.Network(sample_network.records, as_of="1999-01-01").ties


def test_colleagues_without_levels(shared_data: Path) -> None:
    """Nobody can be told from a peer, so the word on screen is colleague, and everybody inside may be one."""
    network = peerlens.Network(peerlens.read(shared_data / "nodejs_meetings", cache=False))
    assert network.ties.places.word == "colleague"
    live = network.ties.to_pandas().query("is_live")
    person = live["person_a_id"].mode().iloc[0]
    finding = network.person(person).finding("neglected_peers")
    said = " ".join([finding.headline, *finding.caveats])
    assert "colleague" in said
    assert " peer" not in said
    sides = network.ties.of(person)
    assert set(sides["direction"]) == {"unplaced"}
    assert sides["is_peer"].any()


def test_a_survey_alone_reads_and_says_what_ties_need(shared_data: Path) -> None:
    records = peerlens.read(shared_data / "krackhardt_hightech", cache=False)
    assert len(records.people) == 21
    assert len(records.survey) > 100
    with pytest.raises(peerlens.NotEnoughData, match=r"messages\.csv.*meetings\.csv"):
        _ = peerlens.Network(records).ties


def lines_of(path: Path) -> list[list[str]]:
    """Return the lines of a CSV, so that lines[n - 1] is line n."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_every_row_behind_a_tie_is_where_it_says(sample_network: peerlens.Network, sample_folder: Path) -> None:
    """(file, line) points at the very line that holds both people, and no line is missing."""
    files = {name: lines_of(sample_folder / name) for name in ("messages.csv", "meetings.csv")}
    flags = sample_network.neglected().dropna(subset=["other_id"]).drop_duplicates("kind")
    for flag in flags.itertuples():
        rows = sample_network.person(flag.person_id).explain(flag.other_id).rows
        for row in rows.itertuples():
            cells = files[row.file][row.line - 1]
            ids = {one for cell in cells for one in cell.split(";")}
            assert {flag.person_id, flag.other_id} <= ids, (row, cells)
            assert cells[0 if row.file == "messages.csv" else 1].replace("T", " ")[:16] == row.at[:16]
        pair = {flag.person_id, flag.other_id}
        sent = {
            n
            for n, (_, sender, to, *_) in enumerate(files["messages.csv"][1:], 2)
            if sender in pair and pair <= {sender, *to.split(";")}
        }
        met = {n for n, line in enumerate(files["meetings.csv"][1:], 2) if pair <= {line[3], *line[4].split(";")}}
        assert set(rows.loc[rows["file"] == "messages.csv", "line"]) == sent
        assert set(rows.loc[rows["file"] == "meetings.csv", "line"]) == met


def test_conditions_agree_with_flags(sample_network: peerlens.Network) -> None:
    """A flagged kind has all conditions of one way passed; a kind not found has one failed. Numbers are those of the flag."""
    flags = sample_network.neglected().dropna(subset=["other_id"]).drop_duplicates("kind")
    for flag in flags.itertuples():
        found = sample_network.person(flag.person_id).explain(flag.other_id)
        kinds = found.kinds.groupby("kind", sort=False)
        assert set(kinds.groups) == set(peerlens.lenses.neglect.RULES)  # type: ignore[attr-defined]
        assert bool(kinds.get_group(flag.kind)["found"].all())
        for kind, rows in kinds:
            passed = rows["passed"] == True  # noqa: E712
            if kind in ("only_in_crowds", "blind_spot"):
                assert bool(rows["found"].iloc[0]) == passed.all()
            elif kind == "fading":  # either of two limits beside what both ways share
                is_limit = rows["condition"].str.contains("chance")
                assert is_limit.sum() == (2 if len(rows) > 1 else 0)  # one row: not looked at
                assert bool(rows["found"].iloc[0]) == (passed[~is_limit].all() and passed[is_limit].any())
        assert any(flag.kind in note for note in found.notes)


def test_department_of_every_node_is_that_of_the_day(sample_network: peerlens.Network, sample_folder: Path) -> None:
    """Joined by key, never by position: the wheel's and the export's departments are those of people.csv on as_of."""
    from peerlens.lenses.neglect.flags import find_flags
    from peerlens.lenses.neglected_peers import wheel_frame

    people = pd.read_csv(sample_folder / "people.csv", dtype="str")
    day = sample_network.as_of.isoformat()
    valid = people[(people["valid_from_on"].fillna("") <= day) & (people["valid_to_on"].fillna("9999") >= day)]
    chart = valid.set_index("person_id")["department"]
    moved = people[people["person_id"].duplicated(keep=False)]["person_id"].unique()
    sides = sample_network.ties.engine.frame(sample_network.ties.sides)
    for mine, theirs in (("person_id", "department"), ("other_id", "other_department")):
        inside = sides[sides[mine].isin(chart.index)]
        assert (inside[theirs] == inside[mine].map(chart)).all()
    assert len(moved) > 0
    assert sides["other_id"].isin(moved).any()
    for person in ("p042", moved[0]):
        frame = wheel_frame(sample_network.ties, person, find_flags(sample_network.ties, person_id=person).table)
        nodes = frame[frame["other_id"].isin(chart.index)]
        assert len(nodes) > 5
        assert (nodes["department"] == nodes["other_id"].map(chart)).all()


def test_same_bytes_with_one_thread_and_two(tmp_path: Path) -> None:
    """Parallel sums must not show: flags, ties and the page are the same to the byte."""
    peerlens.make_firm(people=50, weeks=30, seed=3).write(tmp_path / "data")
    seen = []
    for threads in (1, 2):
        network = peerlens.Network(peerlens.read(tmp_path / "data", threads=threads))
        page = network.person("p020").report(tmp_path / f"{threads}.html")
        seen.append((network.neglected().to_csv(), network.ties.to_pandas().to_csv(), page.read_bytes()))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == seen[1][1]
    assert seen[0][2] == seen[1][2]
    assert len(seen[0][0]) > 200


def test_every_real_row_is_accounted_for(manufacturing: peerlens.Network) -> None:
    (source,) = [s for s in manufacturing.records.account.sources if s.table == "messages"]
    gone = {item.reason: item.rows for item in manufacturing.records.account.dropped if item.source == source.name}
    assert source.rows_read == 82_927 == source.rows_kept + sum(gone.values())
    assert gone["mail to oneself"] == 51


def test_audits_of_a_real_log(manufacturing: peerlens.Network) -> None:
    reports = manufacturing.people.loc[manufacturing.people["manager_id"] == "86", "person_id"].tolist()
    assert len(reports) >= 3
    for person in reports[:3]:
        found = manufacturing.person(person).neglected()
        assert {"because", "suggestion", "quiet_chance"} <= set(found.columns)
        assert len(found) <= 5


def test_leave_never_leaks(sample_network: peerlens.Network, sample_folder: Path) -> None:
    """What one reads about a tie with somebody away says that flags are held back, never why."""
    absences = pd.read_csv(sample_folder / "absences.csv")
    day = sample_network.as_of.isoformat()
    away = absences[(absences["from_on"] <= day) & (absences["to_on"] >= day)]["person_id"].tolist()
    persons = sample_network.ties.persons.set_index("person_id")
    away = [person for person in away if persons["is_away"].get(person)]
    assert away
    others = sample_network.ties.of(away[0])
    others = others[others["is_peer"]]["other_id"].tolist()[:3]
    assert others
    for other in others:
        found = sample_network.person(other).explain(away[0])
        text = str(found) + found._repr_html_() + str(found.to_dict())
        assert not re.search(r"absen|\bleave\b|\baway\b|holiday|vacation|sick", text, re.IGNORECASE)
        assert away[0] not in sample_network.person(other).neglected(limit=None)["other_id"].tolist()


def test_a_tie_of_two_mails_is_explained() -> None:
    """No pause and no meeting: columns of nothing, which are compared with thresholds all the same."""
    people = pd.DataFrame({"person_id": list("abc"), "department": ["x", "y", "z"]})
    rows = [("2026-01-05T09:00:00Z", "a", "b"), ("2026-03-27T09:00:00Z", "b", "c")]
    messages = pd.DataFrame(rows, columns=["sent_at", "sender_id", "recipient_id"])
    found = peerlens.Network(peerlens.read(people=people, messages=messages)).person("a").explain("b")
    assert "messages" in str(found.rows)
    assert {"fading", "one_sided"} <= set(found.kinds["kind"])
    assert not found.kinds["found"].any()


@pytest.fixture(scope="module")
def hostile() -> peerlens.Network:
    """People whose names and departments are markup."""
    people = pd.DataFrame({
        "person_id": ["a<b>", "b&c"], "name": ["<script>alert(1)</script>", "<img src=x onerror=y>"],
        "department": ["<b>Sales</b>", "Ops&Co"], "level": [None, None], "manager_id": [None, "a<b>"],
    })  # fmt: skip
    days = pd.bdate_range("2025-12-01", "2026-03-27")
    rows = [(f"{day:%Y-%m-%d}T09:00:00Z", *pair) for day in days for pair in (("a<b>", "b&c"), ("b&c", "a<b>"))]
    messages = pd.DataFrame(rows, columns=["sent_at", "sender_id", "recipient_id"])
    return peerlens.Network(peerlens.read(people=people, messages=messages))


@pytest.mark.parametrize("what", ["network", "person", "finding", "balance", "explanation"])
def test_html_is_escaped(hostile: peerlens.Network, what: str) -> None:
    person = hostile.person("a<b>")
    shown = {
        "network": lambda: hostile, "person": lambda: person, "finding": lambda: person.finding("neglected_peers"),
        "balance": lambda: person.finding("sideways_balance"), "explanation": lambda: person.explain("b&c"),
    }[what]()._repr_html_()  # fmt: skip
    assert len(shown) > 50
    assert not re.search(r"<script|<img|<b>|a<b>|Ops&Co|b&c", shown)


@pytest.mark.parametrize("weeks", [13, 52])
def test_coverage_follows_the_window(sample_network: peerlens.Network, weeks: int) -> None:
    """Days seen and days at work are counted over the same window, whatever its length; else people vanish from view."""
    settings = peerlens.Settings.from_mapping({"ties": {"window_weeks": weeks}})
    persons = peerlens.Network(sample_network.records, settings=settings).ties.persons
    seen = persons.loc[persons["is_in_people"] & persons["is_open"], "coverage"]
    assert len(seen) > 80
    assert 0.85 < seen.median() <= 1.1
