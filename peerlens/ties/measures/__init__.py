"""Where each person stands in the network of live ties.

Every measure is a pure function of a sparse matrix; :func:`measure_people` puts them side by side, a row a person.
"""

from peerlens.ties.measures.communities import communities
from peerlens.ties.measures.holes import Holes, clustering, constraint, effective_size, structural_holes
from peerlens.ties.measures.mix import department_entropy, reciprocity
from peerlens.ties.measures.paths import Betweenness, betweenness
from peerlens.ties.measures.people import measure_people
from peerlens.ties.measures.walks import pagerank

__all__ = [
    "Betweenness",
    "Holes",
    "betweenness",
    "clustering",
    "communities",
    "constraint",
    "department_entropy",
    "effective_size",
    "measure_people",
    "pagerank",
    "reciprocity",
    "structural_holes",
]
