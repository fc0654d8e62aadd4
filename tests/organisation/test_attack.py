"""Nobody who holds all pages of several runs can work out contact of fewer than k people, to 50 % either way.

Two attackers: one with many groupings of the same days, one with many stretches of days of the same grouping. Both with each
figure that rests on contact days; and others with what the ends of an interval say, with head counts, hours and
communities.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import peerlens
from peerlens.organisation import Organisation, contact, expected, make_organisation
from peerlens.organisation import change as changes
from peerlens.organisation import communities as parts
from peerlens.organisation import load as loads
from peerlens.organisation import organisation as view_module
from peerlens.privacy import groups as door
from peerlens.privacy.groups import Released
from peerlens.privacy.ledger import Ledger
from peerlens.ties import Ties
from peerlens.ties.measures.communities import communities
from tests.organisation.attack import Attacker, succeeds
from tests.organisation.attack_heads import Values, atoms, evenly, people_between
from tests.organisation.attack_pages import alone, hold_intervals, hold_page
from tests.organisation.attack_runs import (
    LOOKS,
    PERIODS,
    PURPOSE,
    chart_of,
    newcomer,
    quick,
    with_all_days,
    with_all_groupings,
)


@pytest.fixture(scope="module")
def open_door(sample_network: peerlens.Network) -> Iterator[Ties]:
    """Return ties of which everything is let out: nothing withheld, medians of any few people, head counts as they are."""
    settings = quick(sample_network.ties).settings
    privacy = replace(settings.privacy, k=2, dominance_share=1.1, min_coverage=0.0, settings_file="0")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(door, "complements", lambda cells, hidden, **_: np.zeros(len(cells), bool))
        patch.setattr(door, "head_count", lambda number, **_: str(number) if number else "none")
        patch.setattr(Ledger, "held", lambda *_, **__: {})
        patch.setattr(view_module, "check_apart", lambda *_: ())
        patch.setattr(changes, "is_thin", lambda cells, wanted, **_: np.zeros(len(wanted), bool))
        patch.setattr(loads, "MEDIAN_FROM", 1)
        patch.setattr(loads, "QUARTILES_FROM", 1)
        yield replace(sample_network.ties, settings=replace(settings, privacy=privacy))


@pytest.fixture
def laid_open(sample_network: peerlens.Network, open_door: Ties, tmp_path: Path) -> tuple[Attacker, list[Organisation]]:
    return with_all_groupings(
        open_door, sample_network.records, tmp_path / "open", looks=(LOOKS[0], LOOKS[1], LOOKS[3])
    )


@pytest.fixture(scope="module")
def attacked(
    sample_network: peerlens.Network, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Attacker, list[Organisation]]:
    folder = tmp_path_factory.mktemp("attacked") / "ledger"
    return with_all_groupings(quick(sample_network.ties), sample_network.records, folder)


def test_groupings_cannot_be_subtracted(attacked: tuple[Attacker, list[Organisation]]) -> None:
    attacker, _ = attacked
    assert set(attacker.kinds_held) == {"ratio", "inside", "peers", "carriers", "busiest", "drift"}
    assert attacker.kinds_held["ratio"] > 25
    asked = attacker.small_cells(5, 30)
    assert len(asked) >= 20
    assert attacker.broken(asked) == []


def test_days_cannot_be_subtracted(sample_network: peerlens.Network, tmp_path: Path) -> None:
    attacker = with_all_days(quick(sample_network.ties), sample_network.records, tmp_path / "ledger")
    assert set(attacker.kinds_held) == {
        "ratio",
        "inside",
        "peers",
        "carriers",
        "drift",
        "map",
        "change",
        "range",
        "fates",
    }
    assert attacker.kinds_held["change"] > 60
    assert attacker.kinds_held["fates"] > 100
    assert attacker.broken(attacker.small_cells(5, 24)) == []


def with_interval(ties: Ties, records: peerlens.Records, by: str, folder: Path, cell: tuple[str, str]) -> list[str]:
    """Attack, with one interval, the contact of those two to four who have most of it on either side; return who is exposed."""
    attacker = newcomer(ties)
    page = make_organisation(ties, records, by=by, purpose=PURPOSE, ledger_dir=folder)
    hold_page(attacker, "page", page, chart_of(ties, (by,), ties.as_of))
    hold_intervals(attacker, "page", page, cell)
    attacker.prepare()
    view, wanted = page._view, []
    numbers = [page.names.index(group) for group in cell]
    rows = page._between[(page._between["ga"] == numbers[0]) & (page._between["gb"] == numbers[1])]
    for side, other in (("a", cell[1]), ("b", cell[0])):
        ranked = rows.groupby(side)["n"].sum().sort_values(ascending=False, kind="stable").index
        theirs = (attacker.kinds["page"] == other).to_numpy()
        for few in (2, 4) if side == "a" else (4,):
            mine = attacker.kinds[alone("page")].isin([str(number) for number in ranked[:few]]).to_numpy()
            i, j = attacker.i, attacker.j
            weights = attacker.spread((mine[i] & theirs[j]) | (theirs[i] & mine[j]), (view.first_day, view.last_day))
            wanted.append((f"{few} of {side}", weights))
    return attacker.broken(wanted)


def test_who_was_drawn_for_an_interval_cannot_be_repeated(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seed is printed, but whoever has no log draws others."""
    ends = ["ratio_low", "ratio_high"]
    page = organisation.pairs()[ends]
    assert page["ratio_low"].notna().sum() >= 5
    pd.testing.assert_frame_equal(contact.pair_contact(organisation._view, organisation._between).table[ends], page)
    monkeypatch.setattr(expected, "draws", lambda pairs, seed: np.random.default_rng(seed))
    assert not contact.pair_contact(organisation._view, organisation._between).table[ends].equals(page)


def test_whoever_could_repeat_the_draws_would_win(
    sample_network: peerlens.Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With draws that follow from the seed alone, and intervals for fewer than ten people: 200 sums with known weights."""
    monkeypatch.setattr(expected, "draws", lambda pairs, seed: np.random.default_rng(seed))
    monkeypatch.setattr(contact, "INTERVAL_FROM", 5)
    records, ties = sample_network.records, sample_network.ties
    assert len(with_interval(ties, records, "level", tmp_path / "ledger", ("2", "4"))) >= 2


def narrow_by_width(page: Organisation) -> list[tuple]:
    """Return which few of the people behind an interval are exposed by how even its width says that contact is."""
    found = []
    for row in page.pairs().dropna(subset=["ratio_low"]).itertuples():
        one, two = (page.names.index(group) for group in (row.group_a, row.group_b))
        rows = page._between[(page._between["ga"] == one) & (page._between["gb"] == two)]
        unsure = 2 * 0.1 / max(row.ratio_high - row.ratio_low, 0.1)  # of the square of the width
        total = np.array([max(row.ratio - 0.05, 0.0), row.ratio + 0.05])
        for side in ("a", "b"):
            amounts = rows.groupby(side)["n"].sum().to_numpy(float)
            for few in range(1, 5):
                share = evenly(amounts, few, unsure=unsure)
                if succeeds(*(total * share)):
                    found.append((row.group_a, row.group_b, side, few))
    return found


def test_width_of_intervals(sample_network: peerlens.Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A narrow interval says that contact is spread evenly: of five people that gives four away, of ten or more nobody."""
    records, ties, by = sample_network.records, sample_network.ties, ("department", "country")
    assert (
        narrow_by_width(make_organisation(ties, records, by="department", purpose=PURPOSE, ledger_dir=tmp_path / "1"))
        == []
    )
    assert narrow_by_width(make_organisation(ties, records, by=by, purpose=PURPOSE, ledger_dir=tmp_path / "2")) == []
    monkeypatch.setattr(contact, "INTERVAL_FROM", 5)
    assert narrow_by_width(make_organisation(ties, records, by=by, purpose=PURPOSE, ledger_dir=tmp_path / "3")) != []


def few_of(attacker: Attacker, most: int) -> list[frozenset[int]]:
    """Return the smallest sets of people that pages tell apart, or four people of each, the smallest first."""
    kinds = pd.Series(attacker.atom[attacker.everybody], index=attacker.everybody)
    sets = sorted((sorted(part.index)[:4] for _, part in kinds.groupby(kinds)), key=lambda part: (len(part), part))
    return [frozenset(part) for part in sets[:: max(1, len(sets) // most)]]


def small_groups(ties: Ties) -> list[frozenset[int]]:
    """Return the groups of two to four people that departments and countries make."""
    chart = chart_of(ties, ("department", "country"), ties.as_of)
    groups = [frozenset(part.index) for _, part in chart.groupby(chart)]
    return [people for people in groups if 2 <= len(people) < 5]


def hours_known(pages: list[Organisation]) -> Values:
    """Hold every median and quartile of hours in meetings."""
    values = Values(most=60.0)
    for page in pages:
        view = page._view
        for row in loads.load(view, page._between).table.query("withheld == ''").itertuples():
            people = view.code >= 0 if row.group == loads.EVERYONE else view.code == page.names.index(row.group)
            for share, shown in ((0.25, row.hours_low), (0.5, row.meeting_hours), (0.75, row.hours_high)):
                if shown == shown:
                    values.hold(np.flatnonzero(people).tolist(), share, shown, off=0.5)
    return values


def hours_exposed(values: Values, hours: np.ndarray, few: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """Return the few people whose hours medians and quartiles give away; checks that bounds are true on the way."""
    found = []
    for people in few:
        low, high = values.interval(people)
        assert low - 1e-3 <= hours[list(people)].sum() <= high + 1e-3
        if succeeds(low, high):
            found.append(people)
    return found


@pytest.fixture
def long_hours(attacked: tuple[Attacker, list[Organisation]], monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Give everybody ten times their hours in meetings: as few as the made-up firm has, rounding alone would hide."""
    hours = np.minimum(10 * loads._meeting_hours(attacked[1][0]._view), 60.0)
    monkeypatch.setattr(loads, "_meeting_hours", lambda _: hours)
    return hours


def test_hours_in_meetings(attacked: tuple[Attacker, list[Organisation]], long_hours: np.ndarray) -> None:
    """Whole hours are no help where people have many: what is shown rests on ten and more."""
    attacker, pages = attacked
    values = hours_known(pages)
    assert len(values.said) > 30
    assert hours_exposed(values, long_hours, [*small_groups(pages[0]._view.ties), *few_of(attacker, 4)]) == []


def in_communities(page: Organisation, monkeypatch: pytest.MonkeyPatch) -> pd.Series:
    """Return the community of each person with a live tie, as the page numbers them."""
    kept = []
    with monkeypatch.context() as patch:
        patch.setattr(parts, "communities", lambda matrix: kept.append((matrix, communities(matrix))) or kept[0][1])
        parts.community_table(page._view)
    (matrix, label), known = kept[0], np.flatnonzero(page._view.code >= 0)
    tied = (matrix + matrix.T).sum(axis=0) > 0
    return pd.Series(label + 1, index=known)[tied]


def exposed_by_communities(pages: list[Organisation], attacker: Attacker, member: pd.Series) -> tuple[list[tuple], int]:
    """Solve for the people of each group in each community, given how many of each atom are in any; return whom that exposes,
    and how many were asked about."""
    atom = attacker.atom[member.index]
    truth = pd.crosstab(atom, member.to_numpy())
    shape, cells = truth.shape, truth.to_numpy(float)

    def where(label: pd.Series, group: str, community: int) -> np.ndarray:
        mine = pd.Series(label.reindex(member.index).to_numpy() == group).groupby(atom).first().to_numpy(float)
        return np.outer(mine, truth.columns == community).ravel()

    rows = [np.outer(line, np.ones(shape[1])).ravel() for line in np.eye(shape[0])]
    low = high = cells.sum(axis=1).tolist()
    groups = []
    for page in pages:
        label = pd.Series(np.array(["", *page.names])[page._view.code + 1])
        groups.append(label)
        for row in page.communities().itertuples():
            rows.append(where(label, row.group, row.community))
            low, high = [*low, float(row.people)], [*high, float(row.people) + 4]
    narrow, asked = [], 0
    for label, page in zip(groups, pages, strict=True):
        for group in page.names:
            for community in truth.columns:
                wanted = where(label, group, community)
                if 0 < wanted @ cells.ravel() < 5:
                    least, most = people_between(rows, low, high, wanted)
                    assert least - 1e-6 <= wanted @ cells.ravel() <= most + 1e-6
                    asked += 1
                    if succeeds(least, most):
                        narrow.append((page.by, group, community, least, most))
    return narrow, asked


def test_communities_cannot_be_subtracted(
    attacked: tuple[Attacker, list[Organisation]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages by department and by level tell of the same communities; whoever also knows how many people of each department,
    level and country have live ties can work out no part of fewer than five. Were every part listed, many."""
    attacker, pages = attacked
    alike = [
        page for page in pages if page.by in (("department",), ("level",)) and page.k == 5 and page.on == page.as_of
    ]
    one, two = (in_communities(page, monkeypatch) for page in alike)
    assert one.equals(two)
    narrow, asked = exposed_by_communities(alike, attacker, one)
    assert narrow == []
    assert asked > 20
    monkeypatch.setattr(parts, "let_out", lambda cells, *_, **__: Released(cells.assign(withheld=""), ()))
    for page in alike:
        monkeypatch.delitem(page.__dict__, "_communities")
    assert len(exposed_by_communities(alike, attacker, one)[0]) > 10


def heads_exposed(attacker: Attacker, beside: Sequence[tuple[np.ndarray, float]] = (), *, hidden: int) -> list[tuple]:
    """Return the groups of fewer than five whose size follows from all head counts, of which each hides up to so many people.

    `beside` are further sums of heads, each with the fewest that it can be.
    """
    label, sizes = atoms(attacker.labels)
    rows = [(label[name] == group).to_numpy(float) for name, group, _ in attacker.counts]
    low = [float(people) for _, _, people in attacker.counts]
    high = [people + hidden for people in low]
    rows, low, high = (
        [*rows, *(row for row, _ in beside)],
        [*low, *(least for _, least in beside)],
        [*high, *[np.inf] * len(beside)],
    )
    narrow = []
    for name in label.columns:
        for group in sorted(set(label[name]) - {""}):
            wanted = (label[name] == group).to_numpy(float)
            true = float(wanted @ sizes)
            if 0 < true < 5:
                least, most = people_between(rows, low, high, wanted)
                assert least - 1e-6 <= true <= most + 1e-6
                if succeeds(least, most):
                    narrow.append((name, group, true, least, most))
    return narrow


def test_head_counts_cannot_be_subtracted(
    attacked: tuple[Attacker, list[Organisation]], sample_network: peerlens.Network
) -> None:
    """From all head counts of all looks, and those beside what is usual at a level, no set of fewer than five people gets a count
    that is narrower than 50 % either way."""
    attacker, _ = attacked
    label, _ = atoms(attacker.labels)
    assert len(attacker.counts) > 12
    ties, level = sample_network.ties, next(name for name in label.columns if name.startswith("level"))
    persons, usual = ties.persons.set_index("person_no"), []
    for group in sorted(set(label[level]) - {""}):
        # Of the people of a level so many or more have a value.
        mine = persons.loc[attacker.labels[level][lambda of, group=group: of == group].index]
        usual.append(((label[level] == group).to_numpy(float), float(len(mine) // 5 * 5)))
    assert heads_exposed(attacker, usual, hidden=4) == []


def test_attacks_succeed_without_the_door(
    laid_open: tuple[Attacker, list[Organisation]], long_hours: np.ndarray
) -> None:
    """The same attackers win where nothing is withheld: the tests above can fail."""
    attacker, pages = laid_open
    assert len(attacker.broken(attacker.small_cells(5, 24))) >= 3
    few = small_groups(pages[0]._view.ties)
    assert len(hours_exposed(hours_known(pages[2:]), long_hours, few)) >= 3
    assert heads_exposed(attacker, hidden=0) != []


def test_days_are_subtracted_without_the_door(
    sample_network: peerlens.Network, open_door: Ties, tmp_path: Path
) -> None:
    attacker = with_all_days(open_door, sample_network.records, tmp_path, has_map=False, periods=PERIODS[:2])
    assert attacker.broken(attacker.small_cells(5, 9)) != []
