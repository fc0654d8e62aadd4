"""Logs as arrays: files of the usual form, read and sorted out a column at a time in this process.

This is the way in for the default engine. It does what ``records/messages.py`` and ``records/meetings.py`` do with engine
expressions, and gives the very same, for a third of what they take; a test holds the two side by side. Whatever is not of the
usual form raises :class:`Unusual` and goes the general way, which can read all there is and tells every line that is wrong.
"""

from peerlens.records.arrays import meetings, messages
from peerlens.records.arrays.rows import Loaded, load, together
from peerlens.records.arrays.unusual import Unusual

STAGES = {"meetings": meetings, "messages": messages}

__all__ = ["STAGES", "Loaded", "Unusual", "load", "together"]
