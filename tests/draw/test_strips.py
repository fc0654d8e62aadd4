from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from peerlens.draw import balance, labels_overlap, rhythm, to_svg
from peerlens.draw.balance import direction_look
from peerlens.draw.canvas import alt_text

AS_OF = dt.date(2026, 8, 30)


@pytest.fixture
def days() -> pd.DataFrame:
    start = dt.date(2025, 7, 7)
    rows = [(start + dt.timedelta(days=14 * i), i % 3 != 0, [True, False, None][i % 3]) for i in range(24)]
    return pd.DataFrame(rows, columns=["day", "close", "direction_out"])


def bars(ax):
    return {p.get_gid()[4:]: p for p in ax.patches if str(p.get_gid()).startswith("day:")}


def test_one_bar_per_day_in_the_window(days):
    drawn = bars(rhythm(days, as_of=AS_OF))
    first = AS_OF - dt.timedelta(days=363)
    assert sorted(drawn) == [str(day) for day in days["day"] if first <= day <= AS_OF]


def test_nothing_after_as_of_is_drawn(days):
    assert max(bars(rhythm(days, as_of=dt.date(2026, 1, 31)))) <= "2026-01-31"


def test_close_contact_is_taller_and_darker(days):
    drawn = bars(rhythm(days.drop(columns="direction_out"), as_of=AS_OF))
    close = {str(d) for d in days["day"][days["close"]]}
    tall = {p.get_height() for day, p in drawn.items() if day in close}
    short = {p.get_height() for day, p in drawn.items() if day not in close}
    assert min(tall) > 2 * max(short)
    assert len({to_hex(p.get_facecolor()) for p in drawn.values()}) == 2


def test_who_started_is_above_or_below_the_line(days):
    ax = rhythm(days, as_of=AS_OF)
    line = next(p for p in ax.patches if p.get_gid() == "baseline")
    middle = line.get_y() + line.get_height() / 2
    starts = {str(day): out for day, out in zip(days["day"], days["direction_out"], strict=True)}
    for day, bar in bars(ax).items():
        low, high = bar.get_y() - middle, bar.get_y() + bar.get_height() - middle
        expected = {True: (True, False), False: (False, True), None: (True, True)}[starts[day]]
        assert (high > 0.01, low < -0.01) == expected


def test_silence_is_shaded_from_its_first_day_to_as_of(days):
    ax = rhythm(days, as_of=AS_OF, silence_from=dt.date(2026, 6, 1))
    shade = next(p for p in ax.patches if p.get_gid() == "silence")
    months = [patch.get_x() for patch in ax.patches if patch.get_gid() == "month"]
    assert min(abs(x - shade.get_x()) for x in months) < 0.01  # 1 June is where June begins
    assert shade.get_x() + shade.get_width() == pytest.approx(ax.get_xlim()[1] - 22)
    assert "quiet since 1 Jun 2026" in [t.get_text() for t in ax.texts]
    assert alt_text(ax).endswith("Quiet since 1 Jun 2026.")


def test_no_silence_no_shade(days):
    ax = rhythm(days, as_of=AS_OF)
    assert [p for p in ax.patches if p.get_gid() == "silence"] == []
    assert "quiet" not in [t.get_text() for t in ax.texts]


@pytest.mark.parametrize("as_of", [AS_OF, dt.date(2026, 1, 1), dt.date(2024, 2, 29), dt.date(2026, 12, 31)])
def test_month_labels_stay_apart(days, as_of):
    ax = rhythm(days, as_of=as_of, silence_from=as_of - dt.timedelta(days=3), title="A title", subtitle="x")
    assert labels_overlap(ax) == []
    assert len([t for t in ax.texts if t.get_gid() == "month"]) >= 11


def test_dates_of_any_kind_give_the_same_picture(days):
    stamps = days.assign(day=pd.to_datetime(days["day"]))
    words = days.assign(day=days["day"].astype(str))
    kinds = ((days, AS_OF), (stamps, pd.Timestamp(AS_OF)), (words, str(AS_OF)))
    assert len({to_svg(rhythm(frame, as_of=as_of)) for frame, as_of in kinds}) == 1


def test_row_order_and_repeats_change_nothing(days):
    mixed = pd.concat([days, days.assign(close=False)]).sample(frac=1, random_state=3)
    assert to_svg(rhythm(mixed, as_of=AS_OF)) == to_svg(rhythm(days, as_of=AS_OF))


def shares() -> pd.DataFrame:
    rows = [("spring", "up", 0.5), ("spring", "sideways own team", 0.28), ("spring", "sideways other departments", 0.2),
            ("spring", "down", 0.02), ("summer", "up", 0.25), ("summer", "down", 0.75),
            ("autumn", "up", 0.0)]  # fmt: skip
    return pd.DataFrame(rows, columns=["period", "direction", "share"])


def parts(ax):
    return {p.get_gid().removeprefix("share:"): p for p in ax.patches if str(p.get_gid()).startswith("share:")}


def test_widths_are_the_shares():
    drawn = parts(balance(shares()))
    whole = sum(p.get_width() for name, p in drawn.items() if name.startswith("spring"))
    assert drawn["spring:up"].get_width() / whole == pytest.approx(0.5)
    assert drawn["summer:down"].get_width() / whole == pytest.approx(0.75)
    assert len(drawn) == 6


def test_periods_keep_their_order_from_top_to_bottom():
    ax = balance(shares())
    rows = [(t.get_text(), t.get_position()[1]) for t in ax.texts if t.get_gid() == "period"]
    assert [name for name, _ in rows] == ["spring", "summer", "autumn"]
    assert [y for _, y in rows] == sorted((y for _, y in rows), reverse=True)


def test_numbers_stand_only_where_they_fit_and_unknown_is_not_zero():
    ax = balance(shares())
    assert [t.get_text() for t in ax.texts if t.get_gid() == "percent"] == ["50 %", "28 %", "20 %", "25 %", "75 %"]
    assert [t.get_text() for t in ax.texts if t.get_gid() == "none"] == ["no contact on record"]
    assert labels_overlap(ax) == []


def test_each_direction_looks_different_and_every_second_is_hatched():
    names = ["up", "down", "sideways own team", "sideways other departments", "external", "unplaced"]
    assert len({direction_look(name)[0] for name in names}) == len(names)
    hatched = [name for name in names if direction_look(name)[1]]
    assert hatched == ["down", "sideways own team", "external"]


def test_shares_that_are_no_whole_are_refused():
    with pytest.raises(ValueError, match=r"add up to 0\.75"):
        balance(shares().iloc[:3].assign(share=0.25))


def test_row_order_within_a_period_changes_nothing():
    frame = shares()
    parts = [frame[frame["period"] == period].iloc[::-1] for period in ("spring", "summer", "autumn")]
    assert to_svg(balance(pd.concat(parts))) == to_svg(balance(frame))
