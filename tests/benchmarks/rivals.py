"""The same small firm through vivainsights, orgnet and peerlens: time, memory, and whose department is wrong.

    python -m tests.benchmarks.rivals

Each rival is installed from PyPI into a virtual environment of its own in a temporary folder (``--venvs`` keeps it for
the next run) and run in a process of its own. One that cannot be installed or run is reported with its error. What each
is given:

- vivainsights reads ties, not logs: it gets everybody who wrote to somebody, a row a pair, with both departments.
- orgnet needs a ``config.yaml`` that its wheel lacks, with a weight for each layer (without, every tie weighs 0), commas
  between attendees, times without a zone, a role, a team and a starting date. It drops what is older than 90 days by
  today's clock: the log is moved to end yesterday, and the limit is raised.
- peerlens gets the files as they are, and is asked for everybody's ties, flags and measures; its ``cpu_s`` holds its imports.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RIVALS = {"vivainsights": "vivainsights==0.4.3", "orgnet": "orgnet==0.2.0"}
TIMEOUT_S = 900
COLUMNS = ("import_s", "cpu_s", "wall_s", "peak_mib", "people", "left_out", "wrong_department", "ties")
ORGNET_CONFIG = """
data_sources:
  hris: {enabled: true, retention_days: 100000}
  email: {enabled: true, retention_days: 100000}
  calendar: {enabled: true, retention_days: 100000}
graph: {layer_weights: {communication: 0.5, meeting: 0.5}}
analysis: {community: {method: louvain}}
"""


def write_inputs(folder: Path, people: int, weeks: int) -> None:
    """Write the firm as each of the three wants it, and the right departments."""
    import pandas as pd

    import peerlens

    firm = peerlens.make_firm(people=people, weeks=weeks)
    firm.write(folder / "peerlens")
    messages, meetings = firm.tables["messages"], firm.tables["meetings"]
    history = firm.tables["people"].sort_values(["person_id", "valid_from_on"], na_position="first")
    last = history.drop_duplicates("person_id", keep="last").set_index("person_id")
    department = last["department"]
    (folder / "departments.json").write_text(json.dumps(department.to_dict()), encoding="utf-8")

    mail = messages.assign(recipient_id=messages["recipient_ids"].str.split(";")).explode("recipient_id")
    mail = mail[mail["recipient_id"].isin(department.index) & mail["sender_id"].isin(department.index)]
    pairs = mail.drop_duplicates(["sender_id", "recipient_id"])
    viva = pd.DataFrame(
        {
            "PrimaryCollaborator_PersonId": pairs["sender_id"],
            "SecondaryCollaborator_PersonId": pairs["recipient_id"],
            "PrimaryCollaborator_Organization": pairs["sender_id"].map(department),
            "SecondaryCollaborator_Organization": pairs["recipient_id"].map(department),
        }
    )
    viva.to_csv(folder / "vivainsights.csv", index=False)

    moved = pd.Timestamp.now("UTC").normalize() - pd.to_datetime(messages["sent_at"]).max().ceil("D")

    def local(times: pd.Series) -> pd.Series:
        return (pd.to_datetime(times) + moved).dt.tz_localize(None).dt.strftime("%Y-%m-%d %H:%M:%S")

    staff = pd.DataFrame({"person_id": last.index, "department": department.to_numpy(), "role": "staff"})
    staff = staff.assign(team=staff["department"], start_date="2020-01-01", manager_id=last["manager_id"].to_numpy())
    staff.to_csv(folder / "hris.csv", index=False)
    mail.assign(timestamp=local(mail["sent_at"]))[["sender_id", "recipient_id", "timestamp"]].to_csv(
        folder / "email.csv", index=False
    )
    calendar = meetings.assign(
        attendee_ids=meetings["attendee_ids"].str.replace(";", ","),
        start_time=local(meetings["started_at"]),
        end_time=local(meetings["ended_at"]),
    )
    calendar[["organizer_id", "attendee_ids", "start_time", "end_time"]].to_csv(folder / "calendar.csv", index=False)
    (folder / "config.yaml").write_text(ORGNET_CONFIG, encoding="utf-8")


def run_vivainsights(module: Any, folder: Path) -> tuple[dict[str, str], int]:
    """Make the network of people, as its pictures do."""
    import pandas as pd

    graph = module.network_p2p(data=pd.read_csv(folder / "vivainsights.csv"), return_type="network")
    return dict(zip(graph.vs["name"], graph.vs["Organization"], strict=True)), graph.ecount()


def run_orgnet(module: Any, folder: Path) -> tuple[dict[str, str], int]:
    """Load, build and analyse."""
    core = importlib.import_module("orgnet.core")
    os.chdir(folder)
    analyzer = core.OrganizationalNetworkAnalyzer(config_path=str(folder / "config.yaml"))
    paths = {"hris": "hris.csv", "email": "email.csv", "calendar": "calendar.csv"}
    analyzer.load_data({name: str(folder / path) for name, path in paths.items()}, email_format="csv")
    graph = analyzer.build_graph()
    analyzer.analyze()
    department = {str(node): values.get("department", "") for node, values in graph.nodes(data=True)}
    return department, graph.number_of_edges()


def run_peerlens(module: Any, folder: Path) -> tuple[dict[str, str], int]:
    """Read, measure all ties, find all flags, measure everybody."""
    measures = importlib.import_module("peerlens.ties.measures")
    network = module.Network(module.read(folder / "peerlens"))
    network.neglected()
    measures.measure_people(network.ties)
    people = network.people
    return dict(zip(people["person_id"], people["department"], strict=True)), len(network.ties.to_pandas())


RUNS: dict[str, Callable[[Any, Path], tuple[dict[str, str], int]]] = {
    "peerlens": run_peerlens,
    "vivainsights": run_vivainsights,
    "orgnet": run_orgnet,
}


def peak_mib() -> float:
    """Return this process's peak memory; Linux's ``ru_maxrss`` would also count the parent's at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="utf-8").split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)


def measure_here(name: str, folder: Path) -> dict[str, float]:
    """Run one of the three in this process."""
    before = time.process_time()
    module = importlib.import_module(name)
    import_s = time.process_time() - before
    cpu, wall = time.process_time(), time.perf_counter()
    found, ties = RUNS[name](module, folder)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    right = json.loads((folder / "departments.json").read_text(encoding="utf-8"))
    return {
        "import_s": import_s,
        "cpu_s": cpu,
        "wall_s": wall,
        "peak_mib": peak_mib(),
        "people": len(right),
        "wrong_department": sum(found[person] != department for person, department in right.items() if person in found),
        "left_out": len(right.keys() - found.keys()),
        "ties": ties,
    }


def install(requirement: str, folder: Path) -> Path | str:
    """Make a virtual environment with one rival in it; its Python, or why it could not be."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    return python if done.returncode == 0 else _last_line(done.stderr)


def run_apart(name: str, python: Path, folder: Path) -> dict[str, float] | str:
    """Run one in a process of its own; what it cost, or why it failed."""
    result = folder / f"{name}.json"
    command = [str(python), str(Path(__file__).resolve()), "--inside", name, str(folder), str(result)]
    # Each rival sees its own environment only; peerlens is found from the repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= {"MPLBACKEND": "Agg"} | ({"PYTHONPATH": str(ROOT)} if name == "peerlens" else {})
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"not finished after {TIMEOUT_S} s"
    return json.loads(result.read_text(encoding="utf-8")) if done.returncode == 0 else _last_line(done.stderr)


def _last_line(text: str) -> str:
    return "failed: " + ([line for line in text.strip().splitlines() if line.strip()] or ["no message"])[-1].strip()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(people: int, weeks: int, venvs: Path) -> None:
    """Print a line for each of the three."""
    results: dict[str, dict[str, float] | str] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, people, weeks)
        for rival in RUNS:
            python = Path(sys.executable) if rival == "peerlens" else install(RIVALS[rival], venvs / rival)
            results[rival] = python if isinstance(python, str) else run_apart(rival, python, folder)
            _say(_line(rival, results[rival]))
    ours = results["peerlens"]
    for rival, theirs in results.items():
        if rival != "peerlens" and isinstance(ours, dict) and isinstance(theirs, dict):
            cpu, memory = theirs["cpu_s"] / ours["cpu_s"], theirs["peak_mib"] / ours["peak_mib"]
            _say(f"ratio {rival}/peerlens: cpu {cpu:.2g}x, peak memory {memory:.2g}x")


def _line(name: str, result: dict[str, float] | str) -> str:
    if isinstance(result, str):
        return f"{name:14} {result}"
    return f"{name:14} " + "  ".join(f"{column} {round(result[column], 2):g}" for column in COLUMNS)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--venvs", type=Path, help="keep the rivals' environments here")
    parser.add_argument("--inside", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        name, folder, result = asked.inside
        Path(result).write_text(json.dumps(measure_here(name, Path(folder))), encoding="utf-8")
        return
    venvs = asked.venvs or Path(tempfile.mkdtemp(prefix="rivals-"))
    try:
        run(asked.people, asked.weeks, venvs.resolve())
    finally:
        if asked.venvs is None:
            shutil.rmtree(venvs, ignore_errors=True)


if __name__ == "__main__":
    main()
