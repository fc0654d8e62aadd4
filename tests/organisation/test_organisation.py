"""The organisation view: arithmetic by hand, planted answers, and nothing about one person."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import peerlens
from peerlens.draw import heat
from peerlens.errors import NotEnoughData, PeerlensError, SettingsError
from peerlens.organisation import Organisation, make_organisation
from peerlens.organisation.cells import make_cells
from peerlens.organisation.contact import AS_EXPECTED, LESS, _reads, _surprise
from peerlens.organisation.drift import _best, _by_chance, _score, lasting
from peerlens.organisation.expected import across_expected, factors, inside_share, ratio_intervals
from peerlens.organisation.load import _meeting_hours
from peerlens.organisation.manylooks import accepted
from peerlens.organisation.words import few_enough
from peerlens.report.organisation import _pairs, _parts
from tests.organisation.conftest import PURPOSE


def test_cells_by_hand() -> None:
    """Two people of A and two of B: person 0 has 3 + 1 of 6 contact days, 3 has 1 + 2; together all but none, so 6 of 6."""
    pairs = pd.DataFrame({"a": [0, 0, 1], "b": [2, 3, 3], "n": [3, 1, 2], "ga": 0, "gb": 1})
    row = make_cells(pairs, 2).iloc[0]
    assert (row["n"], row["people_a"], row["people_b"]) == (6, 2, 2)
    assert row["top_two"] == 1.0
    ring = pd.DataFrame({"a": range(6), "b": range(6, 12), "n": 1, "ga": 0, "gb": 1})
    assert make_cells(ring, 2)["top_two"].iloc[0] == pytest.approx(2 / 6)
    inside = pd.DataFrame({"a": [0, 0, 1, 4], "b": [1, 2, 2, 5], "n": [4, 1, 1, 4], "ga": 0, "gb": 0})
    # 0 and 1 have part in 4 + 1 + 1 of 10 days
    assert make_cells(inside, 1)["top_two"].iloc[0] == pytest.approx(0.6)
    assert make_cells(inside, 1)["people_a"].iloc[0] == 5


def test_expected_by_hand() -> None:
    """Contact across groups 6, 6 and 4 with nothing inside: f solves f_A (F - f_A) = X_A."""
    cells = pd.DataFrame({"ga": [0, 0, 1], "gb": [1, 2, 2], "n": [4, 2, 2]})
    awaited = across_expected(cells, 3)
    assert awaited == pytest.approx([4.0, 2.0, 2.0])  # three groups leave no freedom
    # Two people each: a pair inside 1 of 6, two groups: e_ij = 2*2 * M / ((64 - 16)/2) = 8/12 each; two ends inside of 4 days
    assert inside_share(np.array([2.0] * 4), np.array([0, 0, 1, 1]), 2) == pytest.approx([1 / 3, 1 / 3])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=4, max_size=9))
def test_expectations_add_up_to_what_was_observed(weights: list[int]) -> None:
    """For margins that contact can have, each group's expected contact with all others is its observed one."""
    f = np.array(weights, float)
    across = f * (f.sum() - f)
    found = factors(across)
    assert found * (found.sum() - found) == pytest.approx(across, rel=1e-4)


def test_drift_by_hand() -> None:
    """Ten a block, then four from the eighth block on, beside an even expectation."""
    seen = np.array([[10.0] * 8 + [4.0] * 4, [10.0] * 12])
    gain, split, spread, change = _best(seen, np.ones_like(seen))
    score = _score(gain, spread)
    assert split[0] == 8
    assert change[0] == pytest.approx(-0.6)
    assert score[0] > 3
    assert score[1] == 0


def test_drifts_are_found_with_their_date() -> None:
    """Of thirty pairs in each of eight years, one falls by half from the ninth block on: found within a block, no other."""
    others = 0
    for seed in range(8):
        random = np.random.default_rng(seed)
        awaited = random.gamma(20, 2, (30, 1)) * random.uniform(0.8, 1.2, 13)
        rate = awaited.copy()
        rate[0, 8:] *= 0.45
        seen = random.poisson(rate * random.gamma(50, 0.02, awaited.shape)).astype(float)
        gain, split, spread, change = _best(seen, awaited)
        score, chance = _score(gain, spread), _by_chance(seen, awaited, seed)
        p = (1 + len(chance) - np.searchsorted(chance, score, side="left")) / (1 + len(chance))
        found = (p <= accepted(p, 0.1)) & (change <= -0.3)
        assert found[0], seed
        assert abs(int(split[0]) - 8) <= 1
        assert -0.75 < change[0] < -0.35
        others += int(found[1:].sum())
    assert others <= 2


def test_accepted() -> None:
    assert accepted(np.array([0.001, 0.03, 0.2, 0.9]), 0.1) == 0.03
    assert accepted(np.array([0.5]), 0.1) == 0.0


def test_planted_drift(organisation: Organisation) -> None:
    """The pair that drifted is found, fallen, within a month of the planted day; the team that moved away shows too,
    and no other."""
    planted = peerlens.make_firm(people=120, weeks=52, seed=7).tables["planted_groups"].set_index("kind")
    drift, moved = planted.loc["drift"], planted.loc["reorganisation"]
    found = organisation.drifting().set_index(["group_a", "group_b"])
    row = found.loc[(drift["group_a"], drift["group_b"])]
    assert row["change"] <= -0.3
    assert abs(pd.Timestamp(row["since_on"]) - pd.Timestamp(drift["since_on"])) <= pd.Timedelta(28, "D")
    others = [pair for pair in found.index if pair != (drift["group_a"], drift["group_b"])]
    assert all(moved["group_a"] in pair for pair in others)
    assert f"{drift['group_a']} and {drift['group_b']} (down about" in organisation.findings()[0]
    assert "by chance" in organisation.drift_note()


def test_people_who_work_together_have_more_than_expected(organisation: Organisation) -> None:
    """Departments with blocks of ties between them stand out, and every figure is in tenths."""
    pairs = organisation.pairs()
    more = pairs[pairs["reads"] == "more than expected"]
    assert {("Engineering", "Personnel"), ("Finance", "Product")} <= set(
        zip(more["group_a"], more["group_b"], strict=True)
    )
    for name in ("ratio", "ratio_low", "ratio_high"):
        known = pairs[name].dropna()
        assert (known * 10 == (known * 10).round()).all()
    assert (pairs["ratio"].isna() == (pairs["withheld"] != "")).all()


def test_small_groups_are_in_no_figure(organisation: Organisation) -> None:
    assert "Executive" not in organisation.names
    tables = (organisation.groups(), organisation.pairs(), organisation.bridges(), organisation.load())
    assert not any((table == "Executive").any(axis=None) for table in tables)
    aside = organisation.coverage().set_index("group").loc["Executive"]
    assert aside["status"] == "set aside"
    assert aside["reason"] == "fewer than 5 people, or fewer than 70 % of them seen"


def test_only_who_was_seen(sample_network: peerlens.Network, tmp_path: Path) -> None:
    """Where a list holds everybody who ever belonged, a department is nowhere near seen; then those seen may be counted."""
    ties = sample_network.ties
    gone = ties.people_history.drop_duplicates("person_id").copy()
    gone["person_id"] = "gone-" + gone["person_id"]
    ids = pd.DataFrame(
        {"person_no": ties.events.ids["person_no"].max() + 1 + np.arange(len(gone)), "person_id": gone["person_id"]}
    )
    strangers = ties.persons.iloc[: len(gone)].assign(
        person_id=ids["person_id"].to_numpy(),
        person_no=ids["person_no"].to_numpy(),
        active_days_w=0,
        is_external=False,
        is_role_account=False,
    )
    ever = replace(
        ties,
        people_history=pd.concat([ties.people_history, gone], ignore_index=True),
        persons=pd.concat([ties.persons, strangers], ignore_index=True),
        events=replace(ties.events, ids=pd.concat([ties.events.ids, ids], ignore_index=True)),
    )
    asked = {"by": "department", "purpose": PURPOSE}
    with pytest.raises(NotEnoughData, match="8 groups have 5 people or more who were seen"):
        make_organisation(ever, sample_network.records, ledger_dir=tmp_path / "one", **asked)
    seen = make_organisation(ever, sample_network.records, ledger_dir=tmp_path / "two", members="seen", **asked)
    assert len(seen.names) == 8
    assert seen.coverage()["people_seen"].iloc[0] == "not known: only people seen are counted"
    assert any("how many more belong to it" in note for note in seen.notes)


def test_a_grid_of_nothing_is_not_drawn(organisation: Organisation) -> None:
    """Groups of which nothing can be shown are named instead of drawn; with no pair left, a sentence stands for it."""
    pairs = organisation.pairs()
    first = pairs["group_a"].iloc[0]
    hidden = pairs["withheld"].where((pairs["group_a"] != first) & (pairs["group_b"] != first), "few")
    ax = heat(pairs.assign(withheld=hidden), title="A", subtitle="B")
    assert not any(f":{first}:" in str(patch.get_gid()) for patch in ax.patches)
    assert any(f"not drawn, all withheld: {first}" in text.get_text().replace("\n", " ") for text in ax.texts)
    nothing = copy(organisation)
    nothing.pairs = lambda: pairs.assign(withheld="few", ratio=np.nan)  # type: ignore[method-assign]
    assert [part.name for part in _parts(nothing)][:3] == ["groups", "bridges", "pairs"]  # what can be shown first
    assert next(part.name for part in _parts(organisation)) == "pairs"
    assert "keep far more contact inside" in nothing.findings()[0]
    part = _pairs(nothing)
    assert part.finding.startswith(f"None of {len(pairs)} pairs of departments has a figure")
    assert part.pictures == ()
    assert part.table.rows == ()
    assert part.note == f"Shown: 0 of {len(pairs)} pairs. Withheld: {len(pairs)} (few)."


def test_load_needs_enough_people(organisation: Organisation) -> None:
    load = organisation.load().set_index("group")
    assert load.loc["everyone shown", "busiest_share"] > 0.05
    assert load.drop("everyone shown")["busiest_share"].isna().all()  # 5 % of 15 people is one
    assert np.isnan(load.loc["Product", "hours_low"])


def test_what_is_refused(sample_network: peerlens.Network, tmp_path: Path) -> None:
    with pytest.raises(PeerlensError, match="purpose: found ''"):
        sample_network.organisation()
    with pytest.raises(PeerlensError, match="by: found 'manager_id'"):
        sample_network.organisation("manager_id", purpose=PURPOSE)
    with pytest.raises(SettingsError, match="k: found 2"):
        sample_network.organisation(purpose=PURPOSE, k=2, ledger_dir=tmp_path)
    with pytest.raises(NotEnoughData, match="has no timezone"):
        sample_network.organisation("timezone", purpose=PURPOSE, ledger_dir=tmp_path)
    with pytest.raises(NotEnoughData, match=r"Fewer than two of \d+ groups"):
        sample_network.organisation(purpose=PURPOSE, k=60, ledger_dir=tmp_path)


def test_the_next_run_remembers(sample_network: peerlens.Network, tmp_path: Path) -> None:
    """The chart of another day differs by a mover or two: those departments are withheld, the same day gives the same."""
    first = sample_network.organisation(purpose=PURPOSE, ledger_dir=tmp_path / "ledger")
    again = sample_network.organisation(purpose=PURPOSE, ledger_dir=tmp_path / "ledger")
    assert again.names == first.names
    earlier = sample_network.organisation(purpose=PURPOSE, ledger_dir=tmp_path / "ledger", members_on="2026-03-01")
    assert set(earlier.names) < set(first.names)
    assert earlier.coverage()["reason"].str.startswith("differs by fewer than 5 people").any()


def test_same_input_same_bytes(sample_network: peerlens.Network, organisation: Organisation, tmp_path: Path) -> None:
    again = sample_network.organisation(purpose=PURPOSE, ledger_dir=tmp_path / "ledger")
    for name in ("groups", "pairs", "bridges", "load", "communities", "drifting", "coverage", "withheld"):
        pd.testing.assert_frame_equal(getattr(again, name)(), getattr(organisation, name)())
    assert again._repr_html_() == organisation._repr_html_()


def test_nobody_is_named(
    sample_network: peerlens.Network, organisation: Organisation, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    """No id, name or address in any table, page, file of the ledger, or error."""
    people = sample_network.records.people
    page = organisation.report(tmp_path / "org.html")
    sample_network.organisation(purpose=PURPOSE, ledger_dir=tmp_path / "ledger")
    text = [page.read_text(encoding="utf-8"), organisation._repr_html_(), repr(organisation)]
    text += [
        getattr(organisation, name)().to_csv()
        for name in ("groups", "pairs", "bridges", "load", "communities", "drifting")
    ]
    text += [path.read_bytes().decode("latin-1") for path in (tmp_path / "ledger").iterdir()]
    with pytest.raises(NotEnoughData) as refused:
        sample_network.organisation(purpose=PURPOSE, k=60, ledger_dir=tmp_path / "other")
    whole = "\n".join([*text, str(refused.value)])
    words = set(re.findall(r"[\w.@-]+", whole))
    assert not words & set(people["person_id"])
    assert not any(address in whole for address in people["email"].dropna())
    assert not any(name in whole for name in people["name"].dropna())
    assert "works-council" not in whole


def test_the_page(organisation: Organisation, tmp_path: Path) -> None:
    """One file, nothing loaded, with what a council wants to see on it."""
    text = organisation.report(tmp_path / "org.html").read_text(encoding="utf-8")
    assert text == organisation.report(tmp_path / "again.html").read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="(?!#)', text)
    assert "<script" not in text
    for wanted in (PURPOSE, "k = 5 on each side", "not for selection, promotion", "says nothing about any one person",
                   "fewer than 5 people on one side", organisation.settings.fingerprint(), "Calls, corridors and "
                   "lunches"):  # fmt: skip
        assert wanted in text
    assert text.count("<svg") == 6  # three pictures, wide and narrow


def test_hours_in_meetings_that_overlap_count_once(organisation: Organisation) -> None:
    """Against a list of minutes, person by person."""
    view = organisation._view
    hours, rows = _meeting_hours(view), view.ties.events.meetings
    assert rows is not None
    frame = view.ties.engine.frame(
        rows.filter(lambda t: t.was_there & ~t.is_all_day & (t["size"] >= 2) & (t.day_no >= view.first_day)).select(
            "attendee_no", "start_s", "end_s"
        )
    )
    weeks = (view.last_day - view.first_day + 1) / 7
    people = frame["attendee_no"].value_counts(sort=True).index[[0, 1, -1]]
    for number in people:
        mine = frame[frame["attendee_no"] == number]
        minutes = {minute for one in mine.itertuples() for minute in range(one.start_s // 60, one.end_s // 60)}
        assert hours[number] == pytest.approx(len(minutes) / 60 / weeks)


def test_a_heat_map_of_very_many_groups_draws_the_fullest(organisation: Organisation) -> None:
    pairs = pd.DataFrame([(a, b) for a in range(60) for b in range(a + 1, 60)], columns=["group_a", "group_b"]).astype(
        str
    )
    figures = pairs.assign(ratio=np.where(pairs["group_a"].astype(int) < 5, 1.0, np.nan), withheld="")
    kept, said = few_enough(figures, "ratio", "2026", limit=7)
    assert set(kept["group_a"]) | set(kept["group_b"]) == {
        "0",
        "1",
        "2",
        "3",
        "4",
        "10",
        "11",
    }  # the five fullest, then by name
    assert said == "2026 · 7 of 60 groups are drawn, those with most figures"
    same, subtitle = few_enough(figures, "ratio", "2026", limit=60)
    assert same is figures
    assert subtitle == "2026"


def test_intervals_hold_what_is_true_and_are_no_wider_than_they_say() -> None:
    """Eight groups without any preference, of whom one pair of people in ten is in contact at all, ten times as often."""
    sizes, inside, asked = np.array([12, 15, 20, 22, 25, 30, 35, 40]), 0, 0
    group = np.repeat(np.arange(8), sizes)
    truth = np.triu(np.outer(sizes, sizes), 1).astype(float)
    f = factors(truth.sum(axis=0) + truth.sum(axis=1))
    for seed in range(8):
        random = np.random.default_rng(seed)
        busy = random.gamma(2, 0.5, len(group))
        a, b = np.triu_indices(len(group), 1)
        days = random.poisson(1.5 * busy[a] * busy[b]) * (random.random(len(a)) < 0.1)
        use = (group[a] != group[b]) & (days > 0)
        a, b = a[use], b[use]
        pairs = pd.DataFrame({"a": a, "b": b, "n": days[use], "ga": group[a], "gb": group[b]})
        cells = make_cells(pairs, 8)
        wanted = np.asarray(cells[["people_a", "people_b"]].min(axis=1) >= 10)
        low, high = ratio_intervals(pairs, cells, 8, wanted=wanted, resamples=200, seed=seed)
        real = (truth[cells["ga"], cells["gb"]] / f[cells["ga"]] / f[cells["gb"]])[wanted]
        inside += int(((low[wanted] <= real) & (real <= high[wanted])).sum())
        asked += int(wanted.sum())
    assert asked > 150
    assert 0.9 < inside / asked < 0.99


def test_what_pairs_read_as() -> None:
    """One clear pair of three, and one as clear that is off by less than a fifth."""
    ratio, low, high = np.array([0.5, 0.9, 1.4]), np.array([0.4, 0.88, 0.9]), np.array([0.6, 0.93, 1.9])
    p = _surprise(ratio, low, high)
    assert p[2] == pytest.approx(2 * 0.0940, abs=1e-3)  # 1.6449 * 0.4 / 0.5 standard deviations
    assert _reads(ratio, p, share=0.1).tolist() == [LESS, AS_EXPECTED, AS_EXPECTED]


def test_ups_and_downs_that_last_are_no_drift() -> None:
    """Projects that come and go over months: thirty pairs in each of six firms; calm ones are told from them."""
    found, calm = 0, []
    for seed in range(6):
        random = np.random.default_rng(seed)
        awaited = random.gamma(4, 8, (30, 1)) * random.uniform(0.8, 1.2, 13)
        noise = random.normal(0, 1, (30, 13))
        for at in range(1, 13):
            noise[:, at] = 0.5 * noise[:, at - 1] + np.sqrt(0.75) * noise[:, at]
        seen = random.poisson(awaited * np.exp(0.35 * noise)).astype(float)
        gain, _, spread, change = _best(seen, awaited)
        chance = _by_chance(seen, awaited, seed)
        score = _score(gain, spread) / np.sqrt(lasting(seen, awaited, seed))
        p = (1 + len(chance) - np.searchsorted(chance, score, side="left")) / (1 + len(chance))
        found += int(((p <= accepted(p, 0.1)) & (change <= -0.3)).any())
        calm.append(lasting(random.poisson(awaited).astype(float), awaited, seed))
    assert found <= 1
    assert max(calm) < 1.5
