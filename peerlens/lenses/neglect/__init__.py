"""The kinds of neglected peer ties. Adding one = one file, one line here, one test."""

from peerlens.lenses.neglect.blind_spot import BlindSpot
from peerlens.lenses.neglect.fading import Fading
from peerlens.lenses.neglect.never_formed import NeverFormed
from peerlens.lenses.neglect.one_sided import OneSided
from peerlens.lenses.neglect.only_in_crowds import OnlyInCrowds
from peerlens.lenses.neglect.rule import Condition, Rule
from peerlens.lenses.neglect.thin_bridge import ThinBridge

RULES: dict[str, type[Rule]] = {
    rule.kind: rule for rule in (Fading, OneSided, OnlyInCrowds, NeverFormed, ThinBridge, BlindSpot)
}

__all__ = ["RULES", "Condition", "Rule"]
