"""`python -m aiditor` is the `aiditor` command."""

from aiditor.cli import main

main()
