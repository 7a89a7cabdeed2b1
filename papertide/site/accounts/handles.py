"""Handles: the public names of accounts, as in @ada. No I/O."""

import re

LONGEST = 30
_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,29}")
# What would be taken for the site itself, for one with a role, or for an address.
RESERVED = frozenset({
    "about", "account", "accounts", "admin", "administrator", "anonymous", "api", "author",
    "authors", "category", "collections", "curator", "curators", "day", "days", "deleted",
    "edition", "editions", "everybody", "everyone", "guest", "help", "listing", "listings",
    "login", "logout", "map", "mod", "moderation", "moderator", "moderators", "month", "new",
    "none", "nobody", "null", "owner", "papers", "papertide", "people", "root", "saved", "search",
    "searches", "security", "settings", "signin", "signup", "site", "sources", "staff", "submit",
    "support", "system", "team", "trending", "undefined", "user", "users", "week", "you",
})  # fmt: skip


def problem(handle: str) -> str:
    """What is wrong with a handle, as a sentence; nothing where it can be one."""
    if not _PATTERN.fullmatch(handle):
        return (
            f"A handle has 2 to {LONGEST} letters from a to z, digits, - and _, and begins with a "
            "letter or digit."
        )
    if handle.lower() in RESERVED:
        return "This handle is kept for the site itself. Choose another one."
    return ""
