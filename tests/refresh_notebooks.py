"""Execute every notebook on the made-up firm and keep small outputs only: ``python -m tests.refresh_notebooks [NAME ...]``.

Pages of hundreds of kilobytes do not belong in the history; the PNG beside them shows on any site.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MOST_HTML = 50_000
COLOURS = 256
"""flat colours and their edges need no more, and a picture takes less than half of the room"""


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
            if "image/png" in data:
                data["image/png"] = smaller(data["image/png"])
    notebook.metadata.language_info = {"name": "python"}
    nbformat.write(notebook, path)


def smaller(png: str) -> str:
    """Return the same picture with few colours, as base64 again."""
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=True
    )
    return base64.b64encode(out.getvalue()).decode("ascii")


if __name__ == "__main__":
    named = sys.argv[1:]
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if not named or path.stem in named:
            refresh(path)
