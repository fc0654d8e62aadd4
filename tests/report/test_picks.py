"""Ties worth naming beside the flags: which of them count as both ways."""

from __future__ import annotations

from peerlens.report.picks import strengths_to_keep
from tests.ties.test_tiny_firm import at_their_desks, message, network_of

DAILY = range(40, 85)


def test_a_circular_is_no_answer() -> None:
    """Ann writes to bea and to abe on each of 45 days, so that nobody can be said to start.

    Abe writes back twice, to ann alone. Bea's only words are two circulars to six people, ann among them: six are more than the
    five of a close message. Of the two only abe's tie goes both ways.
    """
    six = ("ann", "abe", "ben", "bob", "hugo", "hana")
    log = [message(n, "ann", other, at=at) for n in DAILY for other, at in (("bea", "09:00:00"), ("abe", "10:00:00"))]
    log += [message(n, "abe", "ann", at="15:00:00") for n in (50, 60)]
    log += [message(n, "bea", *six, at="16:00:00") for n in (50, 60)]
    ties = network_of(at_their_desks() + log).ties
    assert ties.of("ann").set_index("other_id").loc["bea", "received_w"] == 2
    assert [tie.label for tie in strengths_to_keep(ties, "ann", flagged=())] == ["abe"]
