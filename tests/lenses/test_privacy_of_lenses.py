"""Tries to get out of findings what must not be in them: who is away, who answered what, and the middle of a few."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest

import peerlens
from peerlens.lenses import LENSES
from peerlens.lenses.lens import ask_all
from peerlens.lenses.neglect.flags import find_flags
from peerlens.privacy import MEDIAN_FROM
from peerlens.report.share import tokens_for, with_tokens

LENS = pytest.mark.parametrize("name", LENSES)
AWAY = re.compile(
    r"\b(absen\w*|holiday\w*|vacation\w*|sick\w*|on leave|leaves?|away|reachable|is_open|is_away|back_after\w*)\b"
)


def text_of(finding: peerlens.lenses.Finding) -> str:
    """Return every word of a finding: its sentences, its table, and what its picture says."""
    texts = [text.get_text() for text in finding.draw().texts]
    return " ".join([str(finding), " ".join(map(str, finding.table.columns)), *texts]).lower()


@pytest.fixture(scope="module")
def colleague(sample_network: peerlens.Network) -> tuple[str, str]:
    """Somebody who was away for weeks up to now, and a peer with a live tie to them who is there."""
    persons = sample_network.ties.persons
    sides = sample_network.ties.sides
    away = persons.loc[persons["is_away"] & ~persons["has_left"], "person_id"].tolist()
    rows = sides.filter(sides.other_id.isin(away) & sides.is_peer & sides.person_is_open & (sides.contact_days_52w > 9))
    found = sample_network.ties.engine.frame(rows.select("person_id", "other_id").order_by(["person_id", "other_id"]))
    assert len(found)
    return str(found["person_id"].iloc[0]), str(found["other_id"].iloc[0])


@LENS
def test_no_word_about_the_absence_of_somebody_else(
    sample_network: peerlens.Network, colleague: tuple[str, str], name: str
) -> None:
    """The peer of somebody who is away reads every lens; nothing in it says so, in words, columns or picture."""
    person, _ = colleague
    found = ask_all(sample_network.ties, {name: LENSES[name]}, person)
    for finding in found.values():
        assert AWAY.findall(text_of(finding)) == []


@LENS
def test_whether_somebody_is_away_is_in_no_measure(sample_network: peerlens.Network, name: str) -> None:
    """Missing together for the same people as an absence would be: no reason and no pattern of missing values says it."""
    frame = LENSES[name].measured(sample_network.ties)
    reasons = " ".join(frame["reason"].dropna().unique()) if "reason" in frame else ""
    assert AWAY.findall(" ".join([reasons, *map(str, frame.columns)]).lower()) == []


@LENS
def test_no_middle_of_fewer_than_ten(sample_network: peerlens.Network, name: str) -> None:
    """Nine people are left at every level: nothing is compared, and the finding says so or is silent."""
    ties = sample_network.ties
    kept = ties.persons[ties.persons["is_in_people"]].groupby("rank").head(MEDIAN_FROM - 1)["person_id"]
    few = dataclasses.replace(ties, persons=ties.persons.assign(has_left=~ties.persons["person_id"].isin(kept)))
    few.worked_out.update({key: value for key, value in ties.worked_out.items() if key in LENSES})
    for person in kept.iloc[[0, 20]]:
        try:
            finding = LENSES[name].read(few, person)
        except peerlens.NotEnoughData:
            continue
        assert "usually about" not in " ".join(finding.caveats)
        bands = [column for column in finding.table if str(column).endswith(("_median", "_low", "_high"))]
        assert finding.table[bands].isna().all(axis=None)


def test_an_answer_of_a_survey_is_its_raters() -> None:
    """Six people rate ann; one released the answer to her, one to somebody else, one for something else, one until last year."""
    raters = ["p1", "p2", "p3", "p4", "p5", "p6"]
    people = pd.DataFrame({"person_id": ["ann", *raters], "department": "Sales", "manager_id": "boss", "level": "3"})
    people.loc[len(people)] = ["boss", "Board", None, "2"]
    days = pd.date_range("2026-01-05", periods=40, freq="D").strftime("%Y-%m-%dT09:00:00Z")
    sent = [pair for k, who in enumerate(raters) for day in days[k:] for pair in ((day, "ann", who), (day, who, "ann"))]
    messages = pd.DataFrame(sent, columns=["sent_at", "sender_id", "recipient_id"])
    rows = [("ann", who, number) for number, who in enumerate(raters)] + [
        (who, "ann", number) for number, who in enumerate(raters, start=1)
    ]
    survey = pd.DataFrame(rows, columns=["rater_id", "rated_id", "value"]).assign(question="closeness")
    released = pd.DataFrame(
        [("p1", "ann", "survey", ""), ("p2", "p3", "survey", ""), ("p4", "ann", "coaching", ""),
         ("p5", "ann", "survey", "2025-12-31")],
        columns=["person_id", "released_to", "purpose", "until_on"],
    )  # fmt: skip
    network = peerlens.Network(peerlens.read(people=people, messages=messages, survey=survey, released=released))
    table = LENSES["perception_gap"].evidence(network.ties, "ann").set_index("other_id")
    assert table["their_rating"].dropna().to_dict() == {"p1": 1.0}
    finding = network.person("ann").finding("perception_gap")
    assert finding.table.get("their_rating", pd.Series(dtype="float64")).notna().sum() <= 1
    theirs = LENSES["perception_gap"].measured(network.ties)
    assert not [column for column in theirs if "their_rating" in str(column)]


def test_what_is_worked_out_holds_no_name(sample_network: peerlens.Network) -> None:
    """It is shared by pages with tokens in place of names: so no name or address of anybody may be kept in it."""
    ties = sample_network.ties
    for person in ("p042", "p003"):
        ask_all(ties, LENSES, person)
    persons = ties.persons[ties.persons["is_in_people"]]
    names = {*persons["name"], *persons["email"]}
    frames = [value for value in ties.worked_out.values() if isinstance(value, pd.DataFrame)]
    frames += [value.table for value in ties.worked_out.values() if hasattr(value, "table")]
    assert len(frames) > 20
    for frame in frames:
        for column in frame.columns[[kind in ("str", "object") for kind in frame.dtypes.astype("str")]]:
            assert not names & {str(cell) for cell in frame[column].dropna()}, column


def test_under_tokens_nothing_is_measured_again_and_no_name_is_shown(sample_network: peerlens.Network) -> None:
    ties = sample_network.ties
    hidden = with_tokens(ties, tokens_for(ties, "p003"))
    for lens in LENSES.values():
        if not lens.lacks(ties):
            assert lens.measured(hidden) is lens.measured(ties)
    persons = ties.persons[ties.persons["is_in_people"] & (ties.persons["person_id"] != "p003")]
    table = find_flags(hidden, person_id="p003").table
    assert len(table)
    assert not set(table["other"]) & set(persons["name"])
    assert set(find_flags(ties, person_id="p003").table["other"]) <= set(persons["name"]) | set(
        persons["department"].dropna()
    )


def test_flags_are_the_same_asked_for_alone_or_with_everybody(sample_network: peerlens.Network) -> None:
    ties = sample_network.ties
    many = dataclasses.replace(ties)
    find_flags(many)
    for person in ("p003", "p048"):
        alone = find_flags(dataclasses.replace(ties), person_id=person)
        among = find_flags(many, person_id=person)
        pd.testing.assert_frame_equal(alone.table, among.table)
        pd.testing.assert_frame_equal(alone.not_flagged, among.not_flagged)
        assert alone.looked_at == among.looked_at
