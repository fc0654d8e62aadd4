"""What each artefact about groups tells an attacker, as bounds on sums of contact.

The attacker is given more than any page holds: the expectation behind each ratio and each drift, and the total behind each
change, without rounding; who is in which group, and who are the busiest; and of each resample behind an interval who was drawn,
what is expected in it, and whether it lies inside the interval, below or above.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from peerlens.organisation import Comparison, FirmMap, Organisation
from peerlens.organisation import drift as drifts
from peerlens.organisation import load as loads
from peerlens.organisation.cells import make_cells
from peerlens.organisation.expected import across_expected, factors
from peerlens.ties.events import day_number
from tests.organisation.attack import FATES, Attacker, Days, Weights, cell_of, less, sum_of, ties_of

TENTH, PERCENT = 0.05, 0.005
"""half of a last digit"""


def hold_page(
    attacker: Attacker,
    name: str,
    organisation: Organisation,
    chart: pd.Series,
    *,
    has_live: bool = True,
    has_load: bool = True,
) -> None:
    """Take all tables of one page; `chart` is the grouping by `person_no`, small groups included.

    `has_live` takes what rests on live ties, too, `has_load` the share of the busiest.
    """
    attacker.labels[name] = chart
    view = organisation._view
    span = (view.first_day, view.last_day)
    attacker.spans.add(span)
    attacker.pages.add(span)
    _hold_ratios(attacker, name, organisation)
    size = pd.Series(view.sizes, index=list(view.names))
    for row in organisation.groups().query("withheld == ''").itertuples():
        if row.inside_share == row.inside_share:
            # The E-I index is made from the share shown; it holds nothing more.
            assert row.ei_index == np.round(1 - 2 * row.inside_share, 1) + 0.0
            low, high = (
                _inside(name, row.group, row.inside_share + off, organisation.names, span) for off in (-TENTH, TENTH)
            )
            attacker.note("inside", low, 0.0)
            attacker.note("inside", high, -np.inf, 0.0)
        if has_live and row.peers_across == row.peers_across:
            # Half of the people have so many live peers elsewhere, and a day of contact with each.
            least = size[row.group] / 2 * (row.peers_across - 0.5)
            others = [other for other in organisation.names if other != row.group]
            attacker.note("peers", sum_of(name, row.group, others, span), least)
        if row.people.isdigit():
            attacker.counts.append((name, row.group, int(row.people)))
    for row in organisation.bridges().query("withheld == ''").itertuples() if has_live else ():
        carriers = [1 if said.startswith("fewer") else int(said) for said in (row.carriers_a, row.carriers_b)]
        attacker.note("carriers", cell_of(name, row.group_a, row.group_b, span), float(max(carriers)))
    if has_load:
        _hold_load(attacker, name, organisation, chart)
    _hold_drifts(attacker, name, organisation)


def _hold_ratios(attacker: Attacker, name: str, organisation: Organisation) -> None:
    names, view = organisation.names, organisation._view
    cells = make_cells(organisation._between.query("ga != gb"), len(names))
    expected = {
        (names[a], names[b]): value
        for a, b, value in zip(cells["ga"], cells["gb"], across_expected(cells, len(names)), strict=True)
    }
    for row in organisation.pairs().query("withheld == ''").itertuples():
        awaited = expected.get((row.group_a, row.group_b), 0.0)
        ratio = 0.0 if row.ratio != row.ratio else row.ratio  # none on record
        low, high = max(ratio - TENTH, 0.0) * awaited, (ratio + TENTH) * awaited
        attacker.note("ratio", cell_of(name, row.group_a, row.group_b, (view.first_day, view.last_day)), low, high)


def _hold_load(attacker: Attacker, name: str, organisation: Organisation, chart: pd.Series) -> None:
    """Take the share of the busiest: the attacker is told who they are, and so much is theirs."""
    view, table = organisation._view, organisation.load().query("withheld == ''").set_index("group")
    span = (view.first_day, view.last_day)
    between = organisation._between
    days = sum(np.bincount(between[side], between["n"], len(view.code)) for side in ("a", "b"))
    for group, share in table["busiest_share"].dropna().items():
        code = np.flatnonzero(
            view.code >= 0 if group == loads.EVERYONE else view.code == organisation.names.index(group)
        )
        first = pd.Series(days[code], index=code).sort_values(ascending=False, kind="stable")
        busiest = first.index[: int(np.ceil(loads.BUSIEST * len(code)))]
        key = f"{name}, busiest of {group}"
        attacker.labels[key] = pd.Series("rest", index=chart.index).where(~chart.index.isin(busiest), "busiest")
        total = float(first.sum())
        theirs = _ends(name, key, organisation.names, span)
        attacker.note("busiest", theirs, max(share - TENTH, 0) * total, (share + TENTH) * total)


def _ends(name: str, key: str, shown: tuple[str, ...], span: Days) -> Weights:
    """Weigh the contact of the busiest with everybody shown, once for each end."""

    def weights(attacker: Attacker) -> np.ndarray:
        there = attacker.kinds[name].isin(shown).to_numpy()
        mine = (attacker.kinds[key] == "busiest").to_numpy().astype(float)
        pairs = (mine[attacker.i] + mine[attacker.j]) * (there[attacker.i] & there[attacker.j])
        return attacker.spread(pairs, span)

    return weights


def _hold_drifts(attacker: Attacker, name: str, organisation: Organisation) -> None:
    view, names = organisation._view, list(organisation.names)
    found = organisation.drifting().query("withheld == ''")
    blocks = min(364, view.last_day - day_number(view.ties.log_first_on) + 1) // drifts.BLOCK_DAYS
    first = view.last_day - blocks * drifts.BLOCK_DAYS + 1
    asked = pd.DataFrame({"ga": found["group_a"].map(names.index), "gb": found["group_b"].map(names.index)})
    if asked.empty:
        return
    _, awaited = drifts._series(view, asked.astype("int64").reset_index(drop=True), first, blocks)
    for at, row in enumerate(found.itertuples()):
        middle = day_number(row.since_on)
        split = (middle - first) // drifts.BLOCK_DAYS
        before, after = (first, middle - 1), (middle, view.last_day)
        cells = [cell_of(name, row.group_a, row.group_b, span) for span in (before, after)]
        scale = awaited[at, split:].sum() / awaited[at, :split].sum()
        low = -1.0 if row.or_more else row.change - TENTH
        for share, sign in ((low, 1.0), (row.change + TENTH, -1.0)):
            attacker.note("drift", less(cells[1], cells[0], max(1 + share, 0.0) * scale, sign), 0.0)
        attacker.spans |= {before, after}


def hold_change(attacker: Attacker, name: str, found: Comparison, chart: pd.Series) -> None:
    """Take the table of two periods compared: changes, and what became of ties."""
    attacker.labels[name] = chart
    compared = found._compared
    one, two = ((span.first, span.last) for span in (compared.before, compared.after))
    names = {group for side in ("group_a", "group_b") for group in found.table()[side]}
    totals = [attacker.total(chart, names, span) for span in (one, two)]
    at = len(attacker.compared)
    attacker.compared.append((one, two))
    for row in found.table().query("withheld == ''").itertuples():
        before, after = (cell_of(name, row.group_a, row.group_b, span) for span in (one, two))
        if row.change == row.change:
            attacker.note("change", before, 10.0)  # below that no change is shown
            low = -1.0 if row.or_more else row.change - PERCENT
            for share, sign in ((low, 1.0), (row.change + PERCENT, -1.0)):
                # n2 + 1/2 against (1 + change) (t2 / t1) (n1 + 1/2)
                factor = max(1 + share, 0.0) * totals[1] / max(totals[0], 1.0)
                attacker.note("change", less(after, before, factor, sign), sign * (0.5 * factor - 0.5))
        for end in (row.ordinary_low, row.ordinary_high):
            if end == end and abs(end) > PERCENT:
                # The range is as wide as 1 / sqrt(n1); what else is in it, the attacker is given.
                near, reach, far = sorted(abs(np.log1p(end + off)) for off in (-PERCENT, 0.0, PERCENT))
                real = attacker.contact_of(chart, row.group_a, row.group_b, one)
                attacker.note("range", before, real * (reach / far) ** 2, real * (reach / near) ** 2)
        ties = {fate: ties_of(name, row.group_a, row.group_b, at, fate) for fate in FATES}
        for share, of in ((row.kept_share, "before"), (1 - row.lost_share, "before"), (1 - row.gained_share, "after")):
            if share == share:
                attacker.note("fates", ties[of], 1.0)  # without any there is no share
                attacker.note("fates", less(ties["kept"], ties[of], share - TENTH), 0.0)
                attacker.note("fates", less(ties["kept"], ties[of], share + TENTH, -1.0), 0.0)
    attacker.spans |= {one, two}
    attacker.pages |= {one, two}


def hold_map(attacker: Attacker, name: str, shown: FirmMap, chart: pd.Series) -> None:
    """Take the steps of a map of the firm."""
    attacker.labels[name] = chart
    for link in shown.links.itertuples():
        for at, letter in enumerate(link.levels):
            last = day_number(shown.block_ends[at])
            if letter != "-":
                low, high = (0, 0) if letter == "0" else (2 ** (int(letter) - 1), 2 ** int(letter) - 1)
                span = (last - 27, last)
                attacker.note("map", cell_of(name, link.group_a, link.group_b, span), float(low), float(high))
                attacker.spans.add(span)


def hold_intervals(attacker: Attacker, name: str, organisation: Organisation, cell: tuple[str, str]) -> None:
    """Take the 90 % interval of one cell, person by person, as if who was drawn in each resample followed from the seed alone."""
    view, names = organisation._view, list(organisation.names)
    span = (view.first_day, view.last_day)
    attacker.labels[alone(name)] = pd.Series({number: str(number) if names[view.code[number]] in cell else ""
                                              for number in np.flatnonzero(view.code >= 0)})  # fmt: skip
    row = organisation.pairs().set_index(["group_a", "group_b"]).loc[cell]
    drawn = repeated(organisation, cell)
    bottom, top = np.quantile([ratio for _, ratio, _ in drawn], [0.05, 0.95])
    # A page's interval is narrower than that of its resamples, whose ends the attacker is given, to a tenth.
    assert bottom - TENTH <= row["ratio_low"] <= row["ratio_high"] <= top + TENTH
    ends = {"ratio_low": round(bottom, 1), "ratio_high": round(top, 1)}
    for weight, ratio, awaited in drawn:
        low = ends["ratio_high"] - TENTH if ratio >= top else 0.0 if ratio <= bottom else ends["ratio_low"] - TENTH
        high = np.inf if ratio >= top else ends["ratio_low"] + TENTH if ratio <= bottom else ends["ratio_high"] + TENTH
        attacker.note("interval", _resampled(name, cell, weight, span), max(low, 0.0) * awaited, high * awaited)


def repeated(organisation: Organisation, cell: tuple[str, str]) -> list[tuple[np.ndarray, float, float]]:
    """Return of each resample how often each person is drawn, the ratio of a cell, and what is expected of it."""
    weights, seen, factor = drawn_again(organisation)
    one, two = (organisation.names.index(group) for group in cell)
    awaited = factor[:, one] * factor[:, two]
    return list(zip(weights, seen[:, one, two] / awaited, awaited, strict=True))


def drawn_again(organisation: Organisation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw people as the seed that a page prints says: by resample how often each, contact of groups, and their factors."""
    view, groups = organisation._view, len(organisation.names)
    settings = view.ties.settings.organisation
    pairs = organisation._between.query("ga != gb")
    who = np.unique(np.concatenate([pairs["a"], pairs["b"]]))
    code = pairs["ga"].to_numpy() * groups + pairs["gb"].to_numpy()
    random = np.random.default_rng(settings.seed)
    weights = np.zeros((settings.resamples, len(view.code)))
    seen = np.zeros((settings.resamples, groups, groups))
    for turn, weight in enumerate(weights):
        weight[who] = np.bincount(random.integers(0, len(who), len(who)), minlength=len(who))
        days = pairs["n"].to_numpy() * weight[pairs["a"]] * weight[pairs["b"]]
        seen[turn] = np.bincount(code, days, groups**2).reshape(groups, groups)
    return weights, seen, factors(seen.sum(axis=1) + seen.sum(axis=2))


def alone(name: str) -> str:
    """Name the grouping that tells everybody of a cell apart."""
    return f"{name}, one by one"


def _resampled(name: str, cell: tuple[str, str], weight: np.ndarray, span: Days) -> Weights:
    def weights(attacker: Attacker) -> np.ndarray:
        number = pd.to_numeric(attacker.kinds[alone(name)]).fillna(0).astype(int).to_numpy()
        each, label = weight[number], attacker.kinds[name].to_numpy()
        i, j = attacker.i, attacker.j
        across = ((label[i] == cell[0]) & (label[j] == cell[1])) | ((label[i] == cell[1]) & (label[j] == cell[0]))
        return attacker.spread(across * each[i] * each[j], span)

    return weights


def _inside(name: str, group: str, share: float, shown: tuple[str, ...], span: Days) -> Weights:
    """Weigh what contact inside a group has beyond a share of all its contact."""

    def weights(attacker: Attacker) -> np.ndarray:
        label = attacker.kinds[name].to_numpy()
        mine, there = label == group, np.isin(label, shown)
        one, two = mine[attacker.i], mine[attacker.j]
        across = (one ^ two) & there[attacker.i] & there[attacker.j]
        return attacker.spread((1 - share) * 2.0 * (one & two) - share * across, span)

    return weights
