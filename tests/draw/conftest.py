"""Made-up frames for the pictures."""

from __future__ import annotations

import random
from collections.abc import Callable

import pandas as pd
import pytest

COLUMNS = ["other_id", "label", "department", "direction", "strength", "kind"]
HARD_NAMES = [
    "王小明",
    "محمد الأحمدي",
    "Ελένη Παπαδοπούλου",
    "Wolfeschlegelsteinhausenbergerdorff von Hohenlohe-Langenburg zu Schwarzenfels",
    "Nguyễn Thị Minh Khai",
    "Ana $x^2$ {tex} <b>&amp;",
    "O",
    "प्रियंका श्रीवास्तव",
    "Zoë 🙂 👩‍👩‍👧",
    "line\nbreak\x00 and a \u202e mark",
]
KINDS = ["fading", "one_sided", "only_in_crowds", "thin_bridge", "never_formed"]


@pytest.fixture
def contacts() -> Callable[..., pd.DataFrame]:
    """Make `n` contacts in `departments` departments; every ninth is flagged, and one department has no tie."""

    def make(n: int, departments: int, *, hard: bool = False) -> pd.DataFrame:
        chance = random.Random(n * 100 + departments)
        rows = []
        for i in range(n):
            name = HARD_NAMES[i % len(HARD_NAMES)] if hard else f"Person {i:03d} Surname"
            long = " of something with a name that goes on and on" if hard and i % 3 == 0 else ""
            department = f"Department {(i if i < departments else int(chance.random() ** 2 * departments)):02d}{long}"
            kind = KINDS[(i // 9) % len(KINDS)] if i % 9 == 2 else None
            strength = 0.0 if kind == "never_formed" else round(chance.lognormvariate(0, 1.2), 3)
            direction = chance.choice(["sideways", "sideways", "up", "down", "external", "unplaced"])
            rows.append((f"p{i:03d}", name, department, direction, strength, kind))
        rows.append((None, None, "Compliance", "sideways", 0.0, "blind_spot"))
        return pd.DataFrame(rows, columns=COLUMNS)

    return make


@pytest.fixture
def few() -> pd.DataFrame:
    """Five contacts in two departments: one fading, one never formed, one department without a tie."""
    rows = [
        ("p1", "Anna", "Legal", "sideways", 8.0, None),
        ("p2", "Bo", "Legal", "up", 1.0, "fading"),
        ("p3", "Chen", "Sales", "sideways", 0.0, "never_formed"),
        ("p4", "Dara", "Sales", "down", 4.0, None),
        ("p5", "Elif", None, "external", 0.5, None),
        (None, None, "Finance", None, 0.0, "blind_spot"),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
