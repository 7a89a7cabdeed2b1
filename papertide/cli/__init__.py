"""The command line: one module a group of commands, `output` for how they speak."""

# In the order in which --help lists their commands.
from papertide.cli import serving, importing, finding, matching, indexing, model, evaluating, upkeep  # noqa: F401  # isort: skip
from papertide.cli.output import run


def main() -> None:
    """Run the command line; errors end in a sentence that says what to do."""
    run()
