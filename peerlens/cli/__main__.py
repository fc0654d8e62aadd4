"""``python -m peerlens.cli``."""

from peerlens.cli import main

main()
