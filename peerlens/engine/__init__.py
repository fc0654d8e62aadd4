"""Where tables live and are computed: DuckDB by default, Spark on demand. The only room that names a backend."""

from peerlens.engine.choice import open_engine
from peerlens.engine.frames import as_given
from peerlens.engine.local import Engine

__all__ = ["Engine", "as_given", "open_engine"]
