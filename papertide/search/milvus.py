"""From the conditions of a query to a filter expression of Milvus.

https://milvus.io/docs/boolean.md. A paper there has `id` and `date` (INT64, as `Document` has
them), and `categories`, `sources`, `identities` and `has` (ARRAY of VARCHAR, in lower case). What
words become is in `milvus_text`.
"""

import json
from collections.abc import Callable, Collection

from papertide.search.tree import After, All, Among, Dated, Either, Is, Not, Tree, Words

_ARRAYS = {"category": "categories", "source": "sources", "has": "has"}
NOTHING = "id in []"  # lets no paper through


def expression(
    where: Tree, categories: Collection[str] = (), worded: Callable[[Words], str] | None = None
) -> str:
    """The expression of conditions; "" where they say nothing, as punctuation alone does.

    `categories` are those there are, as Milvus cannot look for the beginnings of an array's
    values; `worded` gives the expression of words. Raises ValueError for words without it, and for
    votes.
    """
    match where:
        case All(parts) | Either(parts):
            held = [said for part in parts if (said := expression(part, categories, worded))]
            joined = " and " if isinstance(where, All) else " or "
            return joined.join(f"({said})" for said in held) if len(held) > 1 else "".join(held)
        case Not(part):
            held = expression(part, categories, worded)
            return held and f"not ({held})"
        case Words() if worded is not None:
            return worded(where)
        case Is("category", value, True):
            begun = {code.lower() for code in categories}
            return any_of("categories", sorted(c for c in begun if c.startswith(value.lower())))
        case Is("id", value):
            return any_of("identities", [f"id:{value}".lower(), f"arxiv:{value}".lower()])
        case Is("doi", value):
            return any_of("identities", [f"doi:{value}".lower()])
        case Is(field, value):
            return any_of(_ARRAYS[field], [value.lower()])
        case Dated():
            since, until = where.numbers
            return f"date >= {since} and date <= {until}"
        case Among(ids):
            return f"id in {sorted(ids)}"
        case After(number):
            return f"id > {number}"
    raise ValueError(f"an expression cannot say what {type(where).__name__} asks for")


def any_of(field: str, values: list[str]) -> str:
    """That an array has any of some values."""
    if not values:
        return NOTHING  # an empty list is an error of syntax
    if len(values) == 1:
        return f"ARRAY_CONTAINS({field}, {literal(values[0])})"
    return f"ARRAY_CONTAINS_ANY({field}, {literal(values)})"


def literal(value: object) -> str:
    """A string, or a list of them, as expressions have it."""
    return json.dumps(value, ensure_ascii=False)
