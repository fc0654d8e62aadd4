"""Questions asked of a network. Adding one = one file, one line here, one test."""

from peerlens.lenses.access import Access
from peerlens.lenses.asking_for_help import AskingForHelp
from peerlens.lenses.broad_base import BroadBase
from peerlens.lenses.delegation import Delegation
from peerlens.lenses.first_months import FirstMonths
from peerlens.lenses.initiative import Initiative
from peerlens.lenses.lens import Finding, Lens, ask_all
from peerlens.lenses.lifting_others import LiftingOthers
from peerlens.lenses.mentor_loops import MentorLoops
from peerlens.lenses.neglected_peers import NeglectedPeers
from peerlens.lenses.perception_gap import PerceptionGap
from peerlens.lenses.promotion_table import PromotionTable
from peerlens.lenses.room_to_rise import RoomToRise
from peerlens.lenses.shared_narrative import SharedNarrative
from peerlens.lenses.sideways_balance import SidewaysBalance
from peerlens.lenses.team_lift import TeamLift

LENSES: dict[str, Lens] = {
    lens.name: lens
    for lens in (
        NeglectedPeers(),
        SidewaysBalance(),
        PromotionTable(),
        BroadBase(),
        MentorLoops(),
        LiftingOthers(),
        PerceptionGap(),
        AskingForHelp(),
        Initiative(),
        Delegation(),
        RoomToRise(),
        FirstMonths(),
        SharedNarrative(),
        Access(),
        TeamLift(),
    )
}

__all__ = ["LENSES", "Finding", "Lens", "ask_all"]
