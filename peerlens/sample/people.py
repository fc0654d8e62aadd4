"""The people of the made-up firm: departments, teams, names, and the chart with its history."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from faker import Faker

from peerlens.sample.days import COUNTRIES, PATTERNS, Days

SUPPORT = 0  # the department others come to
NAMES = (
    *("Support", "Engineering", "Sales", "Finance", "Operations", "Marketing", "Personnel", "Product"),
    *("Legal", "Logistics", "Quality", "Research", "Procurement", "Design", "Data", "Security"),
)
LOCALES = {"DE": "de_DE", "PT": "pt_PT"}
LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True)
class Chart:
    """The chart on the first day. People, teams and departments are numbers; person 0 is the chief executive.

    A team is a lead (level 3) with members (level 4); leads report to the head of their department (level 2).
    `team` is -1 for the chief and the heads.
    """

    departments: tuple[str, ...]
    department: np.ndarray
    level: np.ndarray
    team: np.ndarray
    manager: np.ndarray
    heads: np.ndarray
    leads: np.ndarray
    members: tuple[np.ndarray, ...]

    @property
    def size(self) -> int:
        """Return the number of people."""
        return len(self.level)

    @property
    def teams_each(self) -> int:
        """Return the number of teams of a department: the same everywhere."""
        return len(self.leads) // len(self.departments)

    def teams_of(self, department: int) -> range:
        """Return the team numbers of a department."""
        return range(department * self.teams_each, (department + 1) * self.teams_each)

    def department_of_team(self, team: int) -> int:
        """Return the department a team starts in."""
        return team // self.teams_each


@dataclass(frozen=True)
class Change:
    """One new row in a person's history."""

    person: int
    day: int
    department: int | None = None
    manager: int | None = None
    level: int | None = None
    new_role: bool = False


def draw_chart(people: int) -> Chart:
    """Lay out departments and teams; a firm grows in the number of departments and in their size."""
    count = 2 * min(4, max(2, people // 30)) if people <= 120 else 2 * round(4 * (people / 120) ** 0.5)
    sizes = np.full(count, (people - 1) // count)
    sizes[: (people - 1) % count] += 1
    teams_each = max(2, round((int(sizes.min()) - 1) / 4.7))
    department, level, team, manager = [-1], [1], [-1], [-1]
    heads, leads, members = [], [], []
    for number, size in enumerate(sizes):
        head = len(level)
        heads.append(head)
        department.append(number)
        level.append(2)
        team.append(-1)
        manager.append(0)
        for share in np.array_split(np.arange(size - 1 - teams_each), teams_each):
            lead = len(level)
            leads.append(lead)
            own = np.arange(lead + 1, lead + 1 + len(share))
            members.append(own)
            for rank, boss in [(3, head), *[(4, lead)] * len(share)]:
                department.append(number)
                level.append(rank)
                team.append(len(leads) - 1)
                manager.append(boss)
    arrays = [np.array(column) for column in (department, level, team, manager, heads, leads)]
    names = tuple(_department_name(number) for number in range(count))
    return Chart(names, *arrays, members=tuple(members))


def person_ids(people: int) -> np.ndarray:
    """Return p001, p002 … wide enough for everyone, so that text order is number order."""
    width = max(3, len(str(people)))
    return np.array([f"p{number:0{width}d}" for number in range(1, people + 1)], dtype=object)


def people_table(
    chart: Chart,
    days: Days,
    *,
    country: np.ndarray,
    pattern: np.ndarray,
    first_day: np.ndarray,
    last_day: np.ndarray,
    changes: list[Change],
    seed: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return people.csv: a row per person and state of the chart, without overlap."""
    ids = person_ids(chart.size)
    named = _names(country, seed)
    tenure = rng.integers(60, 4500, chart.size)
    role = np.minimum(tenure, rng.integers(60, 1800, chart.size))
    later = defaultdict(list)
    for change in sorted(changes, key=lambda change: (change.person, change.day)):
        later[change.person].append(change)
    rows = []
    for person in range(chart.size):
        joined = days.on(first_day[person] if first_day[person] > 0 else -int(tenure[person]))
        role_started = joined if first_day[person] > 0 else days.on(-int(role[person]))
        left = days.on(last_day[person]).isoformat() if last_day[person] < days.count else ""
        state = [chart.department[person], chart.level[person], chart.manager[person], role_started, ""]
        for change in [*later[person], None]:
            end = days.on(change.day) - timedelta(days=1) if change else None
            rows.append(
                {
                    "person_id": ids[person],
                    "name": named[person][0],
                    "email": named[person][1],
                    "department": _name(chart, state[0]),
                    "level": int(state[1]),
                    "manager_id": ids[state[2]] if state[2] >= 0 else "",
                    "joined_on": joined,
                    "left_on": left,
                    "role_started_on": state[3],
                    "country": COUNTRIES[country[person]],
                    "works_on": PATTERNS[pattern[person]],
                    "valid_from_on": state[4],
                    "valid_to_on": end or "",
                }
            )
            if change:
                state = _after(state, change, days.on(change.day))
    table = pd.DataFrame(rows)
    return table.astype({column: str for column in table.columns if column.endswith("_on")})


def _after(state: list, change: Change, on: date) -> list:
    department, level, manager, role_started, _ = state
    return [
        department if change.department is None else change.department,
        level if change.level is None else change.level,
        manager if change.manager is None else change.manager,
        on if change.new_role else role_started,
        on,
    ]


def _name(chart: Chart, department: int) -> str:
    return chart.departments[department] if department >= 0 else "Executive"


def _department_name(number: int) -> str:
    turn, place = divmod(number, len(NAMES))
    return NAMES[place] if turn == 0 else f"{NAMES[place]} {turn + 1}"


def _names(country: np.ndarray, seed: int) -> list[tuple[str, str]]:
    """Draw a unique name and address for each person, in the language of the country."""
    fakers = {}
    for name in COUNTRIES:
        fakers[name] = Faker(LOCALES[name])
        fakers[name].seed_instance(f"{seed}-{name}")
    drawn: list[tuple[str, str]] = []
    seen: set[str] = set()
    for number in country:
        faker = fakers[COUNTRIES[number]]
        first, last = faker.first_name(), faker.last_name()
        address = f"{_ascii(first)}.{_ascii(last)}"
        while address in seen:  # a second given name, as real firms do
            first = f"{first} {faker.first_name()}"
            address = f"{_ascii(first)}.{_ascii(last)}"
        seen.add(address)
        drawn.append((f"{first} {last}", f"{address}@example.com"))
    return drawn


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(LETTERS)).encode("ascii", "ignore").decode()
    return "".join(letter if letter.isalnum() else "-" for letter in plain.lower())
