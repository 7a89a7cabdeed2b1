"""Numbers of rows as forms and addresses send them."""


def number_of(text: str, otherwise: int = 0) -> int:
    """A number that a row may have; `otherwise` for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else otherwise
