"""`python -m oppfolging_api`: the command."""

from oppfolging_api.cli import main

main()
