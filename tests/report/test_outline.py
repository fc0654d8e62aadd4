"""The outline: what a report says, before any markup."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pandas as pd
import pytest

from peerlens.draw import kind_words
from peerlens.errors import UnknownPerson
from peerlens.lenses import LENSES, Finding, Lens
from peerlens.lenses.neglect import RULES
from peerlens.lenses.neglect.flags import find_flags, in_words
from peerlens.lenses.neglected_peers import _headline, own_reason
from peerlens.lenses.sideways_balance import SidewaysBalance
from peerlens.records import Account
from peerlens.report import make_outline, picks, render, sections
from peerlens.report.outline import Outline
from peerlens.report.parts import Card
from peerlens.report.picks import labelled_ties
from peerlens.ties import Ties
from peerlens.words import number, percent


def cards_of(ties: Ties, table: pd.DataFrame) -> tuple[Card, ...]:
    return sections._cards(table, horizon_days=ties.settings.quiet_chance.horizon_days)


def test_sections_follow_the_lenses(outline: Outline) -> None:
    groups = [sections.GROUPS.index(section.group) for section in outline.sections]
    assert groups == sorted(groups)
    assert {section.lens for section in outline.sections} <= set(LENSES)
    assert outline.lead is not None
    assert [*outline.further, outline.lead].count(outline.lead) == 1


def test_a_lens_with_nothing_to_show_is_a_sentence_under_limits_and_no_empty_picture(
    firm: tuple[Ties, Account], people: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(self: SidewaysBalance, ties: Ties, person_id: str) -> Finding:
        picture = lambda ax: pytest.fail("an empty picture is drawn")  # noqa: E731
        words = "Not shown: no manager in the chart."
        return Finding(self.name, self.question, self.group, person_id, words, pd.DataFrame(), "", (), None, picture)

    monkeypatch.setattr(SidewaysBalance, "read", nothing)
    made = make_outline(*firm, people["flagged"])
    assert "sideways_balance" not in {section.lens for section in made.sections}
    assert f"“{SidewaysBalance.question}” is not answered here: no manager in the chart." in made.limits
    assert not any(fact.startswith("Not shown") for fact in made.facts)


def test_a_table_says_where_it_was_cut() -> None:
    rows = pd.DataFrame({"other": [f"Anna {n}" for n in range(20)], "days": range(20)})
    table = sections.table_in_words(rows)
    assert (len(table.rows), table.left_out) == (12, 8)
    assert table.caption == "The same in numbers: the first 12 of 20 rows"
    assert sections.table_in_words(rows.head(12)).caption == "The same in numbers"


@pytest.mark.parametrize(
    ("others", "departments", "words"),
    [
        (["a"], ["Legal"], "One peer tie may need attention."),
        (["a", "b"], ["Legal", "Legal"], "2 peer ties may need attention."),
        (["a", "b"], ["Legal", "Sales"], "2 peer ties in 2 departments may need attention."),
        ([None], ["Legal"], "One department with no tie yet may need attention."),
        (
            ["a", None, None],
            ["Ops", "Legal", "Sales"],
            "One peer tie and 2 departments with no tie yet may need attention.",
        ),
    ],
)
def test_a_department_without_a_tie_is_not_called_a_tie(others: list, departments: list[str], words: str) -> None:
    assert _headline(pd.DataFrame({"other_id": others, "other_department": departments}), "peer") == words


def test_a_lens_without_its_data_is_named_under_limits(
    firm: tuple[Ties, Account], people: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class NeedsMore(SidewaysBalance):
        def lacks(self, ties: Ties) -> tuple[str, ...]:
            return ("column reply_to_id in messages.csv", "survey.csv")

    replaced: dict[str, Lens] = {**LENSES, "sideways_balance": NeedsMore()}
    monkeypatch.setattr(sections, "LENSES", replaced)
    outline = make_outline(*firm, people["flagged"])
    assert "sideways_balance" not in {section.lens for section in outline.sections}
    assert any("it needs column reply_to_id in messages.csv and survey.csv" in limit for limit in outline.limits)


def test_every_number_in_a_sentence_is_in_the_row_of_its_flag(firm: tuple[Ties, Account]) -> None:
    ties = firm[0]
    flags = in_words(find_flags(ties).table, ties.settings)
    windows = {str(ties.settings.ties.window_weeks), str(ties.settings.ties.reply_days)}
    assert len(flags) > 5
    for card in cards_of(ties, flags):
        held = dict(card.evidence)
        figures = [value for value in held.values() if isinstance(value, int | float)]
        said = {number(value) for value in figures} | {percent(value).removesuffix(" %") for value in figures}
        named = card.because.replace("19 in 20", "most")  # how the bound is said, not a count
        for name in (held["other"], held["other_department"]):
            named = named.replace(str(name), "")
        assert set(re.findall(r"\d+(?:\.\d+)?", named)) <= said | windows, card.because


def test_at_most_five_cards_and_the_departments_words(firm: tuple[Ties, Account]) -> None:
    ties = firm[0]
    finding: Finding = LENSES["neglected_peers"].read(ties, "p001")
    many = in_words(find_flags(ties).table, ties.settings).head(12).assign(also="one_sided")
    section = sections._section(dataclasses.replace(finding, table=many), flagged=frozenset(), horizon_days=56)
    assert section.cards is not None
    assert len(section.cards) == sections.CARDS == 5
    for card, row in zip(section.cards, many.to_dict("records"), strict=False):
        assert card.kind_words == kind_words(row["kind"], department=row["other_department"])
        assert card.also == ("they usually start",)
        assert f"{card.action}{card.draft}".replace(".“", ": “").startswith(str(row["suggestion"])[:20])
        # A kind that is found by no silence is shown without the chance that it lasts.
        assert bool(card.chance) == (card.kind in {"fading", "thin_bridge"})


def test_unknown_chance_gives_its_reason(firm: tuple[Ties, Account]) -> None:
    flags = in_words(find_flags(firm[0]).table, firm[0].settings)
    fading = flags[flags["kind"] == "fading"].head(1).assign(quiet_chance=float("nan"), quiet_chance_note="a short log")
    assert cards_of(firm[0], fading)[0].chance == "Chance that it stays quiet: a short log."


def test_strengths_are_live_two_way_unflagged_and_strongest_first(
    firm: tuple[Ties, Account], people: dict[str, str], outline: Outline
) -> None:
    rows = labelled_ties(firm[0], people["flagged"]).set_index("label")
    assert 0 < len(outline.strengths) <= 3
    kept = rows.loc[[tie.label for tie in outline.strengths]]
    assert kept["is_live"].all()
    assert (kept["contact_days_w"] >= 6).all()
    assert kept["strength"].is_monotonic_decreasing
    assert outline.lead is not None
    assert not set(kept["other_id"]) & outline.lead.flagged
    assert ((kept["sent_w"] > 0) & (kept["received_w"] > 0)).all()


def test_nobody_flagged_means_no_action_and_no_plan(firm: tuple[Ties, Account], people: dict[str, str]) -> None:
    outline = make_outline(*firm, people["unflagged"])
    assert outline.needs_no_action
    assert outline.plan_rows == 0


def test_who_gets_no_flags_reads_why(firm: tuple[Ties, Account], people: dict[str, str]) -> None:
    outline = make_outline(*firm, people["held"])
    assert outline.facts[0] == own_reason(firm[0].person(people["held"]))
    assert (outline.strengths, outline.pick_up) == ((), ())


def test_rows_add_up_and_digests_are_those_of_input_and_settings(firm: tuple[Ties, Account], outline: Outline) -> None:
    for source in outline.sources:
        assert source.read == source.kept + source.dropped
    assert firm[1].fingerprint.startswith(outline.input_hash)
    assert outline.settings_hash == firm[0].settings.fingerprint()


def test_thresholds_in_the_method_are_those_in_force() -> None:
    rule: Any = dataclasses.replace(RULES["fading"](), min_contact_days=9)  # type: ignore[call-arg]
    assert "contact days in 52 weeks: at least 9" in sections.rule_in_words(rule).ways[0]


def test_shares_by_period_stand_side_by_side() -> None:
    frame = pd.DataFrame(
        {
            "period": ["spring", "spring", "summer"],
            "direction": ["down", "up", "up"],
            "share": [0.25, 0.75, 1.0],
            "credit": 1.0,
        }
    )
    table = sections.table_in_words(frame)
    assert table.columns == ("Direction", "spring", "summer")
    assert table.rows == (("Up", "75 %", "100 %"), ("Down", "25 %", "0 %"))


def test_unknown_person_is_told_the_nearest(firm: tuple[Ties, Account]) -> None:
    with pytest.raises(UnknownPerson, match="p00"):
        make_outline(*firm, "p00x")


def test_back_after_a_long_time_away_shows_the_welcome_back_list(
    firm: tuple[Ties, Account], people: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pd.DataFrame({"other_id": ["b"], "other": ["Bo"], "other_department": [None], "credit": [12.0]})
    monkeypatch.setattr(picks, "welcome_back", lambda ties, person_id: before)
    page = render(make_outline(*firm, people["held"]))
    assert "Welcome-back list" in page
    assert "contact worth 12 messages to one person in the 26 weeks before" in page


def test_dormant_ties_were_regular_and_are_not_answered(
    firm: tuple[Ties, Account], people: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"other_department": "Sales", "last_close_on": pd.Timestamp("2026-01-05"), "best_share": 0.125}
    days = {"a": 9, "b": 1, "c": 9}
    rows = [{**row, "other_id": name, "other": name.upper(), "contact_days_52w": count} for name, count in days.items()]
    monkeypatch.setattr(picks, "dormant", lambda ties, person_id: pd.DataFrame(rows))
    verdicts = pd.DataFrame({"person_id": [people["flagged"]], "other_id": ["c"]})
    found = picks.ties_to_pick_up(dataclasses.replace(firm[0], verdicts=verdicts), people["flagged"])
    assert [tie.label for tie in found] == ["A"]
    assert found[0].facts[0] == "last close contact 5 Jan 2026"
