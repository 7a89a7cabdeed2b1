"""The site's table of addresses, and an example of each."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, get_resolver

# What stands for a converter in an example.
_EXAMPLES = {
    "day": "2025-03-18", "week": "2025-W12", "month": "2025-03", "days": "2025-03-17..2025-03-18",
    "name": "2503.00001", "str": "cs.LG", "int": "1", "slug": "some", "path": "a/b",
    "uuid": "00000000-0000-4000-8000-000000000000",
}  # fmt: skip


@dataclass(frozen=True)
class Address:
    route: str  # as in the table: "day/<day:day>"
    view: object

    @property
    def example(self) -> str:
        parts = self.route.replace(">", "<").split("<")
        return "/" + "".join(
            _EXAMPLES[part.partition(":")[0] if ":" in part else "str"] if n % 2 else part
            for n, part in enumerate(parts)
        )

    @property
    def module(self) -> str:
        """Where the view is from: "papertide.site.catalog.views", "allauth.account.views"."""
        return getattr(self.view, "view_class", self.view).__module__

    @property
    def ours(self) -> bool:
        """Whether the page is made by us: not Django's admin, nor allauth."""
        return self.module.startswith("papertide.") and not self.route.startswith("admin/")


def addresses(patterns=None, before: str = "") -> Iterator[Address]:
    """Every address, in the order of the table; regular expressions are left out (the admin's
    last resort, and allauth's confirmation of an address)."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if not any(c in route for c in "^$("):
                yield Address(route, pattern.callback)
        else:
            yield from addresses(pattern.url_patterns, route)
