"""Questions asked of a network. Adding one = one file, one line here, one test."""

from peerlens.lenses.lens import Finding, Lens
from peerlens.lenses.neglected_peers import NeglectedPeers
from peerlens.lenses.sideways_balance import SidewaysBalance

LENSES: dict[str, Lens] = {lens.name: lens for lens in (NeglectedPeers(), SidewaysBalance())}

__all__ = ["LENSES", "Finding", "Lens"]
