"""Places of papers in listings: written with the papers, counts of votes only growing."""

from collections import defaultdict
from itertools import count

from django.db.models import Max

from papertide.papers import ListingPlace, slug
from papertide.site.catalog import rows
from papertide.site.catalog.models import Listing, ListingEntry


def write(places: list[tuple[ListingPlace, int]]) -> None:
    """Write places of papers (by their numbers); a listing that is new is made."""
    by_listing: dict[str, list[tuple[ListingPlace, int]]] = defaultdict(list)
    for place, paper_id in places:
        by_listing[place.key].append((place, paper_id))
    for placed in by_listing.values():
        listing = _listing(placed[0][0])
        numbers = [paper_id for _, paper_id in placed]
        held = ListingEntry.objects.filter(listing=listing, paper_id__in=numbers)
        entries = {entry.paper_id: entry for entry in held}
        before = {paper_id: (entry.votes, entry.comments) for paper_id, entry in entries.items()}
        following = count(1 + (listing.entries.aggregate(last=Max("position"))["last"] or 0))
        for place, paper_id in placed:
            if paper_id not in entries:
                position = place.position or next(following)
                entries[paper_id] = ListingEntry(paper_id=paper_id, position=position)
            # Counts of votes and comments only grow; which import came last says nothing.
            entry = entries[paper_id]
            entry.votes = _greater(entry.votes, place.votes)
            entry.comments = _greater(entry.comments, place.comments)
        rows.insert(
            ListingEntry, ("listing_id", "paper_id", "position", "votes", "comments"),
            [
                (listing.id, entry.paper_id, entry.position, entry.votes, entry.comments)
                for entry in entries.values() if entry.id is None
            ],
        )  # fmt: skip
        rows.update(
            ListingEntry, ("votes", "comments"),
            [
                (entry.votes, entry.comments, entry.id)
                for entry in entries.values()
                if entry.id is not None and before[entry.paper_id] != (entry.votes, entry.comments)
            ],
        )  # fmt: skip


def _listing(place: ListingPlace) -> Listing:
    words = [place.source, place.date.strip("-")]
    if place.source == "saved-page":  # two searches of one day are two listings
        words.append(place.key.rpartition(":")[2][:6])
    listing, _ = Listing.objects.get_or_create(
        key=place.key,
        defaults={
            "slug": slug(" ".join(words)),
            "source": place.source,
            "title": place.title,
            "date": place.date,
        },
    )
    if listing.date.startswith("--") and place.date[:1].isdigit():
        # the same page again, now with its year
        Listing.objects.filter(id=listing.id).update(date=place.date)
    return listing


def _greater(held: int | None, given: int | None) -> int | None:
    return held if given is None else given if held is None else max(held, given)
