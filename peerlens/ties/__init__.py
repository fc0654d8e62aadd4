"""Records to events, contact days and ties."""

from peerlens.ties.cache import kept_contact_days
from peerlens.ties.contact_days import ContactDays, make_contact_days
from peerlens.ties.events import Events, make_events
from peerlens.ties.keeper import make_keeper
from peerlens.ties.ties import Ties, make_ties

__all__ = [
    "ContactDays",
    "Events",
    "Ties",
    "kept_contact_days",
    "make_contact_days",
    "make_events",
    "make_keeper",
    "make_ties",
]
