"""Names that are one person's: what is known of pairs of them, and what follows from it.

Joined are spellings of one name (`spellings`); names in the other order where half of the
co-authors are shared; names that one account has accepted claims under; and what moderators join.
Names that may stand for each other, with two co-authors in common, wait for a moderator. Whom a
moderator told apart is never joined.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations

import msgspec
from django.db import connection, transaction

from papertide.results import NotFound, Refused
from papertide.site.accounts.services import audit
from papertide.site.catalog import authors, rows
from papertide.site.people import texts
from papertide.site.people.models import JoinedName, NameKey, NameLink, NamesRead
from papertide.site.people.spellings import Name, compatible, parts

SHARED = 2  # co-authors that tell of one person
MOST_JOINED = 50  # names of one person
_COMMON = 100  # names of one family name and initial, beyond which they say nothing
_LONGEST_LIST = 100  # authors of a paper, the later ones of which are no evidence
_STRENGTH = ("moderator", "claims", "spelling", "order")


class Pair(msgspec.Struct, kw_only=True):
    """Two names that may be one person's, each by its slug, and the co-authors they share; where
    a moderator decided, what (``same``, ``different``), who and why."""

    first: str
    second: str
    first_name: str
    second_name: str
    shared: int
    decision: str = ""
    by: str = ""
    reason: str = ""


# --- asking ----------------------------------------------------------------------------------


def joined(slug: str) -> list[str]:
    """All names of whom a name is one of, by their slugs, itself first. One query."""
    leader = JoinedName.objects.filter(slug=slug).values("leader")
    held = JoinedName.objects.filter(leader__in=leader).values_list("slug", flat=True)
    return [slug, *sorted(set(held) - {slug})]


def joined_all(slugs: Sequence[str]) -> list[str]:
    """All names of several people. One query."""
    leaders = JoinedName.objects.filter(slug__in=slugs).values("leader")
    held = JoinedName.objects.filter(leader__in=leaders).values_list("slug", flat=True)
    return sorted({*slugs, *held})


def waiting() -> int:
    """How many pairs wait for a moderator."""
    return NameLink.objects.filter(decision="").count()


def suggestions(limit: int, offset: int = 0) -> tuple[list[Pair], int]:
    """Pairs that wait for a moderator, those with the most co-authors in common first. Three
    queries."""
    held = NameLink.objects.filter(decision="")
    return _pairs(held.order_by("-shared", "id")[offset : offset + limit]), held.count()


def decided(limit: int) -> list[Pair]:
    """The pairs that moderators decided about last. Two queries."""
    held = NameLink.objects.filter(why="moderator").select_related("user")
    return _pairs(held.order_by("-at", "-id")[:limit])


def _pairs(held: Iterable[NameLink]) -> list[Pair]:
    found = list(held)
    shown = authors.author_names({slug for one in found for slug in (one.first, one.second)})
    return [
        Pair(first=one.first, second=one.second, shared=one.shared,
             first_name=shown.get(one.first, one.first),
             second_name=shown.get(one.second, one.second), decision=one.decision,
             by=one.user.username if one.why == "moderator" and one.user else "",
             reason=one.reason)
        for one in found
    ]  # fmt: skip


# --- deciding --------------------------------------------------------------------------------


def join(slug: str, other: str, moderator_id: int, reason: str = "") -> None:
    """Two names are one person's, says a moderator. Raises NotFound, Refused."""
    _decide(slug, other, NameLink.Decision.SAME, moderator_id, reason)


def tell_apart(slug: str, other: str, moderator_id: int, reason: str = "") -> None:
    """Two names are two persons', says a moderator. Raises NotFound, Refused."""
    _decide(slug, other, NameLink.Decision.DIFFERENT, moderator_id, reason)


def split(slug: str, moderator_id: int, reason: str = "") -> None:
    """A name is not that of those it is joined with, says a moderator. Raises NotFound."""
    with transaction.atomic():
        others = joined(slug)[1:]
        if not others:
            raise NotFound(f"{slug!r} is joined with no other name")
        for other in others:
            _decide(slug, other, NameLink.Decision.DIFFERENT, moderator_id, reason)


def _decide(slug: str, other: str, decision: str, moderator_id: int, reason: str) -> None:
    reason = texts.line(reason, 500, "The reason")
    known = authors.author_names({slug, other})
    if slug == other:
        raise Refused("That is the same name.")
    for one in (slug, other):
        if one not in known:
            raise NotFound(f"no author {one[:100]!r} here")
    same = decision == NameLink.Decision.SAME
    with transaction.atomic():
        _lock()
        here, there = joined(slug), joined(other)
        if same and other not in here and len(here) + len(there) > MOST_JOINED:
            raise Refused(f"One person has {MOST_JOINED} names at the most.")
        if same and (apart := _apart(here, there) - {_pair(slug, other)}):
            first, second = min(apart)
            raise Refused(f"{first} and {second} were told apart: join those two first.")
        first, second = _pair(slug, other)
        NameLink.objects.update_or_create(
            first=first, second=second,
            defaults={"decision": decision, "why": "moderator", "user_id": moderator_id,
                      "reason": reason},
        )  # fmt: skip
        _join_anew({slug, other})
        action = "join names" if same else "tell names apart"
        audit(moderator_id, action, f"names:{first},{second}", reason)


def _apart(some: Collection[str], others: Collection[str]) -> set[tuple[str, str]]:
    """Which of some names and others were told apart."""
    wanted = {_pair(one, other) for one in some for other in others}
    held = NameLink.objects.filter(
        decision=NameLink.Decision.DIFFERENT, first__in={first for first, _ in wanted}
    )
    return wanted & set(held.values_list("first", "second"))


def _pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


# --- by claims -------------------------------------------------------------------------------


def claimed(user_id: int, slugs: Collection[str]) -> None:
    """The names that an account has accepted claims under now: they are one person's where they
    may be; else a moderator is asked. What its claims said before and do not any more is gone."""
    with transaction.atomic():
        _lock()
        shown = authors.author_names(slugs)
        wanted = {
            pair: compatible(parts(shown[pair[0]]), parts(shown[pair[1]]))
            for pair in combinations(sorted(shown), 2)
        }
        before = NameLink.objects.filter(user=user_id, why="claims")
        gone = {(one.first, one.second) for one in before} - wanted.keys()
        for first, second in gone:
            before.filter(first=first, second=second).delete()
        known = {
            (one.first, one.second): one for one in NameLink.objects.filter(
                first__in=list(shown), second__in=list(shown))
        }  # fmt: skip
        for (first, second), same in wanted.items():
            one = known.get((first, second)) or NameLink(first=first, second=second)
            if one.decision:
                continue
            one.decision = NameLink.Decision.SAME if same else ""
            one.why, one.user_id = "claims", user_id
            one.save()
        _join_anew({*shown, *(slug for pair in gone for slug in pair)})


def forget(user_id: int) -> None:
    """An account goes: what its claims alone said is not said any more."""
    claimed(user_id, [])


# --- what follows ----------------------------------------------------------------------------


def _lock() -> NamesRead:
    """Until the end of this transaction nobody else joins names."""
    NamesRead.objects.get_or_create(pk=1)
    return NamesRead.objects.select_for_update().get(pk=1)


def _join_anew(slugs: Iterable[str]) -> None:
    """Find out again which names are one person's, of some and all that they are linked with."""
    every = set(slugs)
    leaders = JoinedName.objects.filter(slug__in=every).values("leader")
    every |= set(JoinedName.objects.filter(leader__in=leaders).values_list("slug", flat=True))
    links: dict[int, NameLink] = {}
    frontier = set(every)
    while frontier:
        near = set()
        for side in ("first", "second"):
            for one in NameLink.objects.filter(**{f"{side}__in": frontier}).exclude(decision=""):
                links[one.id] = one
                if one.decision == NameLink.Decision.SAME:
                    near |= {one.first, one.second}
        frontier = near - every
        every |= near
    groups = _groups(every, list(links.values()))
    JoinedName.objects.filter(slug__in=every).delete()
    JoinedName.objects.bulk_create(
        JoinedName(slug=slug, leader=min(group)) for group in groups for slug in group
    )


def _groups(every: set[str], links: list[NameLink]) -> list[set[str]]:
    """The names of each person: links of the surest kind first, none against what moderators told
    apart, and none by which two given names would meet in one person that exclude each other."""
    held = {slug: parts(name) for slug, name in authors.author_names(every).items()}
    apart = {
        (one.first, one.second) for one in links if one.decision == NameLink.Decision.DIFFERENT
    }
    group = {slug: {slug} for slug in held}
    same = [one for one in links if one.decision == NameLink.Decision.SAME]
    for one in sorted(same, key=lambda one: (_STRENGTH.index(one.why), one.first, one.second)):
        here, there = group.get(one.first), group.get(one.second)
        if here is None or there is None or here is there:
            continue
        pairs = [(a, b) for a in here for b in there]
        if len(here) + len(there) > MOST_JOINED or any(_pair(a, b) in apart for a, b in pairs):
            continue
        if one.why != "moderator" and not all(compatible(held[a], held[b]) for a, b in pairs):
            continue
        here |= there
        group.update(dict.fromkeys(here, here))
    return [held for held in {id(one): one for one in group.values()}.values() if len(held) > 1]


# --- looking at new papers -------------------------------------------------------------------


def read_on(most: int = 2000) -> int:
    """Look at the authors of the next papers that came: join what is spelt alike, ask about what
    may be one person. How many authorships were looked at; 0 at the end."""
    NamesRead.objects.get_or_create(pk=1)
    number = NamesRead.objects.values_list("number", flat=True).get(pk=1)
    held = authors.authorships_after(number, most)
    if not held:
        return 0
    named = authors.authors_by_number({author for _, author in held})
    _keep_keys(named)
    alike, doubtful = _spelt_alike(set(named)), _may_be_one(named)
    with transaction.atomic():
        _lock()
        _keep_links(alike, doubtful)
        _join_anew({slug for pair in alike for slug in pair}
                   | {slug for pair, (_, sure) in doubtful.items() if sure for slug in pair})
        NamesRead.objects.filter(pk=1).update(number=held[-1][0])
    return len(held)


def _keep_keys(named: dict[int, tuple[str, str]]) -> None:
    known = {number for (number,) in rows.select(NameKey, ("author_id",), "author_id", named)}
    read = {number: parts(name) for number, (_, name) in named.items() if number not in known}
    rows.insert(
        NameKey, ("author_id", "key", "short"),
        [(number, one.key, one.short) for number, one in read.items()], new=True,
    )  # fmt: skip


def _spelt_alike(numbers: set[int]) -> set[tuple[str, str]]:
    """Pairs of names of one key, one of each among some authors."""
    keys = {key for (key,) in rows.select(NameKey, ("key",), "author_id", numbers)} - {""}
    by_key = defaultdict(list)
    for number, key in rows.select(NameKey, ("author_id", "key"), "key", keys):
        by_key[key].append(number)
    groups = [held for held in by_key.values() if 1 < len(held) <= MOST_JOINED]
    every = {number for held in groups for number in held}
    slugs, beside = authors.authors_by_number(every), authors.co_authors(every, _LONGEST_LIST)
    return {
        _pair(slugs[a][0], slugs[b][0]) for held in groups for a, b in combinations(held, 2)
        if a in slugs and b in slugs and b not in beside.get(a, ())
    }  # fmt: skip


def _may_be_one(named: dict[int, tuple[str, str]]) -> dict[tuple[str, str], tuple[int, bool]]:
    """Pairs of names that may stand for each other and share co-authors: how many, and whether
    that is enough to join them: where only the order differs, half of all co-authors of one are.
    (Yang Liu and Liu Yang are two names that many have: some co-authors they share by chance.)"""
    read = {number: parts(name) for number, (_, name) in named.items()}
    read = {number: one for number, one in read.items() if one.key}
    by_short, by_key = defaultdict(list), defaultdict(list)
    shorts = {one.short for one in read.values()}
    for number, short in rows.select(NameKey, ("author_id", "short"), "short", shorts):
        by_short[short].append(number)
    swapped = {one.swapped for one in read.values()} - {""}
    for number, key in rows.select(NameKey, ("author_id", "key"), "key", swapped):
        by_key[key].append(number)
    near = {
        number: [*(held if len(held := by_short[one.short]) <= _COMMON else []),
                 *by_key.get(one.swapped, [])]
        for number, one in read.items()
    }  # fmt: skip
    others = authors.authors_by_number({n for held in near.values() for n in held} - set(named))
    shown: dict[int, tuple[str, str]] = named | others
    every: dict[int, Name] = read | {number: parts(name) for number, (_, name) in others.items()}
    pairs = {
        _pair(number, other) for number, held in near.items() for other in held
        if other != number and other in every and every[other].key != every[number].key
        and compatible(every[number], every[other])
    }  # fmt: skip
    beside = authors.co_authors({number for pair in pairs for number in pair}, _LONGEST_LIST)
    found = {}
    for a, b in pairs:
        if b in beside.get(a, ()):
            continue  # two authors of one paper are two persons
        here, there = (beside.get(one, set()) - {one} for one in (a, b))
        shared = len(here & there)
        if shared >= SHARED:
            swapped = every[a].swapped == every[b].key
            sure = swapped and 2 * shared >= min(len(here), len(there))
            found[_pair(shown[a][0], shown[b][0])] = (shared, sure)
    return found


def _keep_links(
    alike: set[tuple[str, str]], doubtful: dict[tuple[str, str], tuple[int, bool]]
) -> None:
    """Keep what was found; what is decided stays as it is."""
    same = NameLink.Decision.SAME.value
    links = [(*pair, same, "spelling", 0) for pair in alike]
    links += [
        (*pair, same if sure else "", "order" if sure else "co-authors", shared)
        for pair, (shared, sure) in doubtful.items() if pair not in alike
    ]  # fmt: skip
    _insert_links(links)


def _insert_links(links: list[tuple]) -> None:
    """New links; of those that wait for a moderator, the number of co-authors is brought up to
    date."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO people_namelink (first, second, decision, why, shared, reason, at) "
            "VALUES (%s, %s, %s, %s, %s, '', CURRENT_TIMESTAMP) "
            "ON CONFLICT (first, second) DO UPDATE SET shared = excluded.shared "
            "WHERE people_namelink.decision = ''",
            links,
        )
