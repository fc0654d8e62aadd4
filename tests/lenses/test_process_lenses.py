"""Values worked out by hand for lenses about process and purpose, what is planted for them, and what they may not say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

import peerlens
from peerlens.draw import labels_overlap
from peerlens.lenses import LENSES
from peerlens.settings import Settings
from tests.ties.test_tiny_firm import at_their_desks, day, meeting, message, network_of, people_table

mpl.use("Agg")
MINE = ("initiative", "delegation", "room_to_rise", "first_months", "shared_narrative", "team_lift")


def row(network: peerlens.Network, lens: str, person: str) -> dict[str, Any]:
    return LENSES[lens].measured(network.ties).set_index("person_id").loc[person].to_dict()


def team_of(reports: int) -> pd.DataFrame:
    """Ann of Sales leads some reports; hugo of Ops and lena of Legal stand level with her."""
    rows = [
        ("chief", "Board", "1", None),
        ("ann", "Sales", "2", "chief"),
        ("hugo", "Ops", "2", "chief"),
        ("lena", "Legal", "2", "chief"),
    ]
    rows += [(f"r{n}", "Sales", "3", "ann") for n in range(reports)]
    return pd.DataFrame(rows, columns=["person_id", "department", "level", "manager_id"])


def outside_contact(reports: int = 5) -> peerlens.Network:
    """Ann to hugo on the last two days and to lena on the last, r0 to hugo on the last; r1 to ann is inside the team."""
    plan = [(83, "ann", "hugo", "09:00:00"), (84, "ann", "hugo", "10:00:00"), (84, "ann", "lena", "11:00:00"),
            (84, "r0", "hugo", "09:30:00"), (84, "r1", "ann", "12:00:00"), (84, "r2", "r3", "13:00:00")]  # fmt: skip
    log = [message(n, one, two, at=at) for n, one, two, at in plan]
    return network_of(log, people=team_of(reports))


def test_delegation_by_hand() -> None:
    """Strength of ann's outside ties 2^(-1/60) + 1 + 1 = 2.98851, of the reports' 1; two departments, one without her."""
    found = row(outside_contact(), "delegation", "ann")
    assert found["share_through_me"] == pytest.approx(2.98851 / 3.98851, abs=1e-5)
    assert (found["departments_reached"], found["departments_without_me"], found["reports"]) == (2, 1, 5)
    assert found["share_reports_with_senior_tie"] == pytest.approx(
        1 / 5
    )  # r0 and hugo, who stands above and is not the manager
    assert pd.isna(found["share_asks_back"])


def test_delegation_is_silent_about_fewer_than_five_reports() -> None:
    found = row(outside_contact(4), "delegation", "ann")
    assert pd.isna(found["share_through_me"])
    assert found["reason"] == "fewer than five reports"


def test_asks_that_come_back_by_hand() -> None:
    """Ann asks r0 on five days; after the first and the third r0 asks her back within 14 days, after the fifth on
    the 15th: 2/5.
    """
    log = [message(n, "ann", "r0") | {"is_ask": "yes"} for n in (0, 20, 40, 60, 70)]
    log += [message(n, "r0", "ann", at="15:00:00") | {"is_ask": "yes"} for n in (9, 41, 81)]
    log += [message(84, "r1", "hugo") | {"is_ask": "no"}, message(84, "r1", "lena", at="11:00:00") | {"is_ask": "no"}]
    assert row(network_of(log, people=team_of(5)), "delegation", "ann")["share_asks_back"] == pytest.approx(2 / 5)


def test_own_export_shows_no_team() -> None:
    """With ann in every event nobody can know what her reports do without her."""
    log = [
        message(n, "ann", other, at=f"1{at}:00:00")
        for n in range(60, 85)
        for at, other in enumerate(["r0", "hugo", "lena"])
    ]
    found = row(network_of(log, people=team_of(5)), "delegation", "ann")
    assert pd.isna(found["share_through_me"])
    assert "export" in found["reason"]


@pytest.fixture(scope="module")
def threads() -> peerlens.Network:
    """Ann (Sales, under hana) and two of Ops. T1 is ann's, and bea and bob go on for three days; T2 is ann's; T3, T4, T6 are not.

    In T5 hana is in copy: it is not work without the manager. So 5 threads, 2 begun, 1 kept going, in 1 department.
    """
    plan = [
        (30, "ann", ["bea", "bob"], "T1"), (31, "bea", ["bob"], "T1"), (32, "bob", ["bea"], "T1"), (33, "bea", ["bob"], "T1"),
        (34, "ann", ["bea"], "T2"), (35, "bea", ["ann"], "T3"), (36, "bob", ["ann"], "T4"), (37, "ann", ["bea", "hana"], "T5"),
        (38, "bea", ["ann"], "T6"),
    ]  # fmt: skip
    log = [message(n, sender, *to) | {"thread_id": thread, "message_id": f"m{n}"} for n, sender, to, thread in plan]
    return network_of([*at_their_desks(), *log])


def test_initiative_by_hand(threads: peerlens.Network) -> None:
    found = row(threads, "initiative", "ann")
    assert (found["threads"], found["kept_going"], found["departments_started_with"]) == (5, 1, 1)
    assert found["share_started"] == pytest.approx(2 / 5)
    assert pd.isna(found["without_owner"])


def test_a_series_without_an_owner_by_hand() -> None:
    """Weekly with gone as owner, who left after week 5; from then on nobody calls it. The other series is taken over by bea."""
    people = pd.concat([people_table(), pd.DataFrame([{"person_id": "gone", "department": "Ops", "level": "3",
    "manager_id": "hugo",
                                                       "left_on": str(day(29))}])])  # fmt: skip
    meetings = []
    for week in range(17):
        for key, hour in (("lost", "10"), ("kept", "14")):
            is_before = week <= 5
            crew = ("gone", "ann", "bea") if is_before else ("bea", "ann", "ben")
            rows = meeting(5 * week, f"{key}{week}", f"{hour}:00:00", f"{hour}:30:00", *crew)
            called = is_before or key == "kept"
            meetings.append(
                [one | {"series_id": key, "organizer_id": one["organizer_id"] if called else None} for one in rows]
            )
    network = network_of(at_their_desks(), meetings, people=people)
    assert row(network, "initiative", "ann")["without_owner"] == 1
    assert row(network, "initiative", "chief")["without_owner"] == 0


def test_room_to_rise_by_hand() -> None:
    """Four Mondays of one hour among nine, called by hana. 117 days of log are 3.857 months: 1.037 h a month for each.

    Bea writes to two of those there after one of the four: she follows up. Ann and abe meet each other in a series of three only.
    """
    outside = [f"x{n}@out.example" for n in range(5)]
    big = [
        [
            one | {"series_id": "big"}
            for one in meeting(5 * week, f"b{week}", "10:00:00", "11:00:00", "hana", "ann", "bea", "bob", *outside)
        ]
        for week in range(4)
    ]
    small = [
        [
            one | {"series_id": "small"}
            for one in meeting(5 * week + 1, f"s{week}", "10:00:00", "10:30:00", "ann", "ben")
        ]
        for week in range(12, 17)
    ]
    network = network_of([*at_their_desks(), message(5, "bea", "ann", "bob", at="15:00:00")], big + small)
    months = 117 / 7 / (52 / 12)
    ann, bea, hana = (row(network, "room_to_rise", who) for who in ("ann", "bea", "hana"))
    assert ann["open_hours"] == pytest.approx(4 / months)
    assert ann["meeting_hours"] == pytest.approx(6.5 / months)
    assert ann["share_open"] == pytest.approx(4 / 6.5)
    assert ann["large_hours"] == bea["large_hours"] == hana["large_hours"] == pytest.approx(4 / months)
    assert (ann["large_series"], hana["large_series"], row(network, "room_to_rise", "ben")["large_series"]) == (1, 1, 0)
    assert (ann["open_series"], bea["open_series"], hana["open_series"]) == (1, 0, 0)
    assert (ann["ties_on_one_series"], bea["ties_on_one_series"]) == (1, 0)
    assert hana["shared_hours"] == pytest.approx(4 / months)  # ann, her report, sits there too


def test_first_months_by_hand() -> None:
    """From Mon 29 Dec: bea in week 1, bob on day 15, week 3; 88 days to as_of are 13 weeks begun. Ops is one department."""
    people = people_table(ann={"role_started_on": str(day(20))})
    log = [
        message(3, "ann", "ben"),
        message(22, "bea", "ann"),
        message(31, "ann", "bob"),
        message(32, "bob", "ann"),
        message(33, "ann", "hana"),
    ]
    network = network_of([*at_their_desks(), *log], people=people)
    found = row(network, "first_months", "ann")
    assert (found["weeks_since_start"], found["peers_met"], found["departments_met"], found["peers_met_lately"]) == (
        13,
        2,
        1,
        0,
    )
    weeks = LENSES["first_months"].evidence(network.ties, "ann")
    assert weeks["peers"].tolist() == [1, 1, *[2] * 11]
    assert weeks["peers_median"].isna().all()
    assert pd.isna(row(network, "first_months", "bea")["peers_met"])


def test_shared_narrative_by_hand() -> None:
    """Six in Sales hear it on day 40 and 50, one of six in Ops on day 50: 7/12, 6/12 twice; a head 2 and 1/6, so J = 0.3912."""
    people = pd.DataFrame(
        [("chief", "Board", "1", None), *((f"{d}{n}", name, "2", "chief") for d, name in (("s", "Sales"), ("o", "Ops"))
        for n in range(6))],
        columns=["person_id", "department", "level", "manager_id"],
    )  # fmt: skip
    sales = [f"s{n}" for n in range(6)]
    log = [
        message(40, "chief", *sales),
        message(50, "chief", *sales, "o0"),
        message(84, "s0", "o0"),
        message(0, "s1", "o1"),
    ]
    network = network_of(log, people=people)
    found = row(network, "shared_narrative", "chief")
    assert {name: found[name] for name in ("scope", "occasions", "channels", "groups", "groups_left_out", "stalest_weeks")} == {
        "scope": 10, "occasions": 2, "channels": 1, "groups": 2, "groups_left_out": 1, "stalest_weeks": 26,
    }  # fmt: skip
    assert (found["share_reached"], found["share_reached_twice"]) == (0.6, 0.5)
    assert found["evenness"] == pytest.approx(0.39124, abs=1e-5)
    assert pd.isna(found["share_groups_that_talked"])
    finding = network.person("chief").finding("shared_narrative")
    assert "Ops" in finding.headline
    assert "Ops" in finding.suggestion
    grid = LENSES["shared_narrative"].evidence(network.ties, "chief")
    assert grid["share"].tolist() == [0.0, 0.2, 1.0, 1.0]


def test_team_lift_needs_other_teams() -> None:
    people = team_of(6).assign(role_started_on=None)
    people.loc[people["person_id"] == "ann", "role_started_on"] = str(day(50))
    log = [message(n, f"r{n % 6}", f"r{(n + 1) % 6}") for n in range(85)]
    settings = Settings.from_mapping({"lenses": {"team_lift": {"fewest_weeks_before": 8}}})
    network = network_of(log, people=people, settings=settings)
    assert "1 other team, and 19 are needed" in row(network, "team_lift", "ann")["reason"]
    with pytest.raises(peerlens.NotEnoughData, match="cannot tell"):
        network.person("ann").finding("team_lift")


@pytest.mark.parametrize("build", [
    lambda: network_of([message(84, "ann", "bea")], people=people_table().iloc[[3, 5]].assign(manager_id=None, level=None)),
    lambda: network_of([*at_their_desks(last=29), *[message(n, "ann", "bea") for n in (0, 5, 10)]]),
], ids=["two people", "six weeks"])  # fmt: skip
def test_too_little_data_is_said(build: Callable[[], peerlens.Network]) -> None:
    person = build().person("ann")
    for name in MINE:
        with pytest.raises(peerlens.NotEnoughData):
            person.finding(name)
    assert not set(MINE) & set(person.findings())


@pytest.fixture(scope="module")
def planted(sample_folder: Path, sample_network: peerlens.Network) -> tuple[peerlens.Network, pd.DataFrame]:
    return sample_network, pd.read_csv(sample_folder / "planted.csv", keep_default_na=False)


def test_a_missed_department_is_named(sample_network: peerlens.Network, sample_folder: Path) -> None:
    answers = pd.read_csv(sample_folder / "planted.csv", keep_default_na=False)
    missed = answers[(answers["lens"] == "shared_narrative") & (answers["kind"] == "left_out")]
    assert len(missed) == 2
    headline = sample_network.person("p001").finding("shared_narrative").headline
    assert all(department in headline for department in missed["other_department"])


def test_findings_come_most_important_first(sample_network: peerlens.Network) -> None:
    found = sample_network.person("p001").findings()
    weights = [finding.weight for finding in found.values()]
    assert weights == sorted(weights, reverse=True)
    assert next(iter(found)) == "shared_narrative"
    assert found["delegation"].draw().get_title() == ""


def test_a_further_person_asks_the_engine_little(
    sample_network: peerlens.Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is measured of everybody is asked for once; of each further person rules, ties, days, and a few rows of evidence."""
    sample_network.person("p001").findings()
    asked = []
    frame = type(sample_network.ties.engine).frame
    monkeypatch.setattr(
        type(sample_network.ties.engine), "frame", lambda engine, rows: asked.append(1) or frame(engine, rows)
    )
    sample_network.person("p013").findings()
    assert len(asked) <= 20


@pytest.mark.parametrize("lens", MINE)
def test_pictures_have_no_overlapping_labels_and_name_their_finding(
    planted: tuple[peerlens.Network, pd.DataFrame], lens: str
) -> None:
    network, answers = planted
    people = answers.loc[answers["lens"] == lens, "person_id"].unique().tolist()
    drawn = 0
    for person in people[:2]:
        try:
            finding = network.person(person).finding(lens)
        except peerlens.NotEnoughData:
            continue
        ax = finding.draw()
        assert labels_overlap(ax) == []
        texts = {str(text.get_gid()): text.get_text() for text in ax.texts}
        assert {"title", "subtitle", "how-to-read"} <= set(texts)
        assert " ".join(t.get_text() for t in ax.texts if t.get_gid() == "title") == finding.headline
        drawn += 1
    assert drawn or lens in ("room_to_rise", "initiative", "shared_narrative")
