"""Execute every notebook on the made-up firm and keep small outputs only: ``python -m tests.refresh_notebooks``.

Pages of hundreds of kilobytes do not belong in the history; the PNG beside them shows on any site.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MOST_HTML = 50_000


def refresh(path: Path) -> None:
    """Execute one notebook in its folder, and write it back without heavy pages or execution times."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if "outputs" in cell:
            # What was shown while the reader waited depends on the speed of the machine.
            cell.outputs = [
                output for output in cell.outputs if output.get("metadata", {}).get("peerlens") != "progress"
            ]
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if len(data.get("text/html", "")) > MOST_HTML:
                del data["text/html"]
    notebook.metadata.language_info = {"name": "python"}
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        refresh(path)
