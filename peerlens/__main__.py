"""``python -m peerlens``: the command line, where its script is not on the path."""

from peerlens.cli import main

if __name__ == "__main__":
    main()
