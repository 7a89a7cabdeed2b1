"""What templates ask of accounts."""

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from papertide.site.accounts.roles import at_least

register = template.Library()


@register.filter
def may(user, role: str) -> bool:
    """Whether a request's user has a role or one above it. No query of its own."""
    return bool(user) and at_least(user, role)


_LONGEST = 1000  # characters of a page's address that one is led back to


@register.simple_tag(takes_context=True)
def sign_in_address(context, page: str = "account_login") -> str:
    """The page for signing in, or up, and from there back to this one."""
    address, request = reverse(page), context.get("request")
    if request is None or request.method != "GET" or request.path.startswith("/account/"):
        return address
    here = request.get_full_path()
    if len(here) > _LONGEST:  # it is on each page some times
        return address
    return f"{address}?{urlencode({'next': here})}"


@register.simple_tag
def address_of(page: str) -> str:
    """The address of a page of a name, where there is such a page."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""
