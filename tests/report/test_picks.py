"""Ties worth naming beside the flags: which of them count as both ways."""

from __future__ import annotations

from peerlens.lenses.neglect.flags import find_flags
from peerlens.lenses.neglected_peers import wheel_frame
from peerlens.report.picks import labelled_ties, live_ties, strengths_to_keep
from tests.ties.test_tiny_firm import at_their_desks, day, message, network_of, people_table

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


def test_whoever_has_left_is_no_live_tie_on_any_page() -> None:
    """Bob writes with ann daily and leaves on the 70th working day: silence is counted on shared days, so it stays at 0 or 1."""
    log = [
        message(n, *pair, at=at)
        for n in range(40, 70)
        for pair, at in ((("ann", "bob"), "09:00:00"), (("bob", "ann"), "15:00:00"))
    ]
    log += [
        message(n, *pair, at=at)
        for n in DAILY
        for pair, at in ((("ann", "bea"), "10:00:00"), (("bea", "ann"), "16:00:00"))
    ]
    desks = at_their_desks(absent={"bob": set(range(70, 85))})
    network = network_of(desks + log, people=people_table(bob={"left_on": str(day(70))}))
    ties = network.ties
    assert ties.of("ann").set_index("other_id").loc["bob", "is_live"]  # by its clock
    assert set(labelled_ties(ties, "ann")["other_id"]) >= {"bea"}
    assert "bob" not in set(labelled_ties(ties, "ann")["other_id"])
    assert [row[0] for row in live_ties(ties, "ann").rows if row[0] in {"bea", "bob"}] == ["bea"]
    frame = wheel_frame(ties, "ann", find_flags(ties, person_id="ann").table)
    assert {"bea", "bob"} & set(frame["other_id"]) == {"bea"}
    assert (
        f"<td style='text-align:left'>{int(labelled_ties(ties, 'ann')['is_live'].sum())}</td>"
        in network.person("ann")._repr_html_()
    )
