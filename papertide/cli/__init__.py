"""The command line: one module a group of commands; `app`, `help`, `output` and `errors` for all.

Modules of commands import what their work needs within it: help and completion must be quick.
"""

# In the order in which --help lists their commands.
from papertide.cli import finding, mapping, searches, collections  # noqa: F401  # isort: skip
from papertide.cli import browsing, trending, curating  # noqa: F401  # isort: skip
from papertide.cli import importing, harvesting, matching  # noqa: F401  # isort: skip
from papertide.cli import serving, accounts, upkeep, indexing, model, evaluating  # noqa: F401  # isort: skip
from papertide.cli.errors import run


def main() -> None:
    """Run the command line; errors end in a sentence that says what to do."""
    run()
