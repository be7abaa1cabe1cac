"""`python -m spheroseg` is the `spheroseg` command."""

from spheroseg.cli.app import command

command()
