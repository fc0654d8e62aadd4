"""What is said of a flag: only numbers that stand in its row; and what settings say is what is used."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest

import peerlens
from peerlens.errors import SettingsError
from peerlens.lenses.neglect import RULES
from peerlens.lenses.neglect.flags import find_flags, in_words, rules_of
from peerlens.settings import Settings

SPELLED = ("in 26 weeks", "19 in 20 pairs", "within 5 of your working days")
"""spans of the definitions that are part of the words"""
NUMBER = r"(?<![\w.])\d+(?:\.\d+)?(?: %)?"


def strangers(sentence: str, row: dict[str, Any]) -> list[str]:
    """Return the numbers of a sentence that are not in the row, to one decimal or a whole percentage."""
    for text in (row["other"], row["other_department"]):
        sentence = sentence.replace(str(text), "")
    known = set()
    for value in row.values():
        if isinstance(value, int | float) and not isinstance(value, bool) and not pd.isna(value):
            known |= {f"{value:.1f}".removesuffix(".0"), f"{value * 100:.0f} %"}
    return [number for number in re.findall(NUMBER, sentence) if number not in known]


def without_spans(sentence: str) -> str:
    """Leave out the spans that the definitions fix."""
    for span in SPELLED:
        sentence = sentence.replace(span, "")
    return sentence


@pytest.fixture(scope="module")
def worded(sample_network: peerlens.Network, manufacturing: peerlens.Network) -> list[dict[str, Any]]:
    """Every flag of two networks, in words."""
    rows = []
    for network in (sample_network, manufacturing):
        rows += in_words(find_flags(network.ties).table, network.settings).to_dict("records")
    return rows


@pytest.mark.parametrize("kind", RULES)
def test_every_number_is_in_the_row(worded: list[dict[str, Any]], kind: str) -> None:
    rows = [row for row in worded if row["kind"] == kind]
    assert len(rows) >= 3
    wrong = {row["because"]: strangers(without_spans(row["because"]), row) for row in rows}
    assert not any(wrong.values()), next(item for item in wrong.items() if item[1])


def test_the_check_itself_finds_a_stranger() -> None:
    row = {"other": "Bea 7", "other_department": "Ops", "silence": 39, "share": 0.625}
    assert strangers("Bea 7 was silent for 39 days (62 %), or 41.", row) == ["41"]


def test_spans_in_words_follow_the_settings(sample_folder: Any, sample_network: peerlens.Network) -> None:
    """A window of 13 weeks must not be called 26."""
    settings = Settings.from_mapping({"ties": {"window_weeks": 13}})
    network = peerlens.Network(sample_network.records, settings=settings)
    said = in_words(find_flags(network.ties).table, settings)["because"]
    assert said.str.len().gt(0).all()
    assert not said.str.contains("26 weeks").any()


@pytest.mark.parametrize("kind", RULES)
def test_next_step_names_an_action_and_a_draft(worded: list[dict[str, Any]], kind: str) -> None:
    """One action, one sentence to send, in quotes."""
    suggestions = {row["suggestion"] for row in worded if row["kind"] == kind}
    assert all(re.search(r"“.{20,}”", text) for text in suggestions)


def test_thresholds_take_effect(sample_network: peerlens.Network) -> None:
    settings = Settings.from_mapping({"neglect": {"fading": {"min_contact_days": 8}, "one_sided": {"min_starts": 9}}})
    rules = {rule.kind: rule for rule in rules_of(settings)}
    assert rules["fading"] == RULES["fading"](min_contact_days=8)  # type: ignore[call-arg]
    assert rules["one_sided"] == RULES["one_sided"](min_starts=9)  # type: ignore[call-arg]
    assert rules["blind_spot"] == RULES["blind_spot"]()
    before = sample_network.neglected()
    strict = Settings.from_mapping({"neglect": {"fading": {"min_contact_days": 10_000}}})
    after = peerlens.Network(sample_network.records, settings=strict).neglected()
    assert (before["kind"] == "fading").sum() > 0
    assert (after["kind"] == "fading").sum() == 0


@pytest.mark.parametrize(("content", "suggested"), [
    ({"fadin": {}}, "Did you mean fading?"),
    ({"fading": {"min_contact_day": 8}}, "Did you mean min_contact_days"),
    ({"fading": {"min_contact_days": "many"}}, "expected something like 6"),
])  # fmt: skip
def test_unknown_kinds_and_thresholds_are_named(content: dict[str, Any], suggested: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(suggested)):
        rules_of(Settings.from_mapping({"neglect": content}))
