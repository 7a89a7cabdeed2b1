"""What an account may do: each role may do all that those before it may."""

ROLES = ("reader", "curator", "moderator", "admin")


def role_of(user) -> str:
    """The role of a request's user; empty for one who is not signed in."""
    if not user.is_authenticated:
        return ""
    return "admin" if user.is_superuser else user.account.role


def at_least(user, role: str) -> bool:
    """Whether a request's user has a role or one above it."""
    held = role_of(user)
    return bool(held) and ROLES.index(held) >= ROLES.index(role)
