"""From the conditions of a query to a filter expression of Milvus.

https://milvus.io/docs/boolean.md. A paper there has `id` and `date` (INT64, as `Document` has
them), and `categories`, `sources`, `identities` and `has` (ARRAY of VARCHAR, in lower case).
"""

import json
from collections.abc import Collection

from papertide.search.tree import After, All, Among, Dated, Either, Is, Not, Tree

_ARRAYS = {"category": "categories", "source": "sources", "has": "has"}


def expression(where: Tree, categories: Collection[str] = ()) -> str:
    """The expression of conditions; `categories` are those there are, as Milvus cannot look for
    the beginnings of an array's values. Raises ValueError for words and votes."""
    match where:
        case All(parts):
            return " and ".join(f"({expression(part, categories)})" for part in parts)
        case Either(parts):
            return " or ".join(f"({expression(part, categories)})" for part in parts)
        case Not(part):
            return f"not ({expression(part, categories)})"
        case Is("category", value, True):
            begun = {code.lower() for code in categories}
            return _any_of("categories", sorted(c for c in begun if c.startswith(value.lower())))
        case Is("id", value):
            return _any_of("identities", [f"id:{value}".lower(), f"arxiv:{value}".lower()])
        case Is("doi", value):
            return _any_of("identities", [f"doi:{value}".lower()])
        case Is(field, value):
            return _any_of(_ARRAYS[field], [value.lower()])
        case Dated():
            since, until = where.numbers
            return f"date >= {since} and date <= {until}"
        case Among(ids):
            return f"id in {sorted(ids)}"
        case After(number):
            return f"id > {number}"
    raise ValueError(f"an expression cannot say what {type(where).__name__} asks for")


def _any_of(field: str, values: list[str]) -> str:
    if len(values) == 1:
        return f"ARRAY_CONTAINS({field}, {json.dumps(values[0], ensure_ascii=False)})"
    return f"ARRAY_CONTAINS_ANY({field}, {json.dumps(values, ensure_ascii=False)})"
