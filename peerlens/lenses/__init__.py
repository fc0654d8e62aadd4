"""Questions asked of a network. Adding one = one file, one line here, one test."""

from peerlens.lenses.access import Access
from peerlens.lenses.asking_for_help import AskingForHelp
from peerlens.lenses.broad_base import BroadBase
from peerlens.lenses.lens import Finding, Lens
from peerlens.lenses.lifting_others import LiftingOthers
from peerlens.lenses.mentor_loops import MentorLoops
from peerlens.lenses.neglected_peers import NeglectedPeers
from peerlens.lenses.perception_gap import PerceptionGap
from peerlens.lenses.promotion_table import PromotionTable
from peerlens.lenses.sideways_balance import SidewaysBalance

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
        Access(),
    )
}

__all__ = ["LENSES", "Finding", "Lens"]
