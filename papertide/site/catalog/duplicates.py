"""Pairs of papers that may be one work: kept for moderators to decide, never guessed."""

from collections.abc import Mapping

from django.db.models import Q

from papertide import papers
from papertide.site.catalog import rows
from papertide.site.catalog.models import PossibleDuplicate

A_RECORD = 5  # pairs that one record may bring to the moderators

Decision = PossibleDuplicate.Decision


class Pairs:
    """The pairs that one batch meets. Most batches meet none, and then the table is not asked."""

    def __init__(self, among: Mapping[int, papers.Paper]):
        self._among = among  # all that the batch may touch
        self._known: dict[tuple[int, int], str] | None = None
        self._noted: dict[tuple[int, int], str] = {}

    def apart(self, one: papers.Paper, other: papers.Paper) -> bool:
        """Whether a moderator said that two papers are two."""
        return self._decisions().get(_ordered(one.id, other.id)) == Decision.DIFFERENT

    def note(self, one: papers.Paper, other: papers.Paper, reason: str) -> None:
        """Let moderators decide about two papers; one pair is asked about once."""
        pair = _ordered(one.id, other.id)
        if pair not in self._decisions():
            self._noted.setdefault(pair, reason)

    def _decisions(self) -> dict[tuple[int, int], str]:
        if self._known is None:
            columns = ("first_id", "second_id", "decision")
            held = rows.select(PossibleDuplicate, columns, "first_id", self._among)
            self._known = {(first, second): decision for first, second, decision in held}
        return self._known

    def write(self, absorbed: Mapping[int, int]) -> int:
        """Store the pairs noted, and how many they are; papers stand for those they absorbed."""
        found: dict[tuple[int, int], str] = {}
        for (one, other), reason in self._noted.items():
            pair = _ordered(absorbed.get(one, one), absorbed.get(other, other))
            if pair[0] != pair[1] and (pair == (one, other) or pair not in self._decisions()):
                found.setdefault(pair, reason)
        if found:
            made = [
                PossibleDuplicate(first_id=first, second_id=second, reason=reason)
                for (first, second), reason in found.items()
            ]
            PossibleDuplicate.objects.bulk_create(made, ignore_conflicts=True)
        return len(found)


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def move(old: int, new: int) -> None:
    """What was asked or decided about a paper holds for the one that absorbed it."""
    for pair in PossibleDuplicate.objects.filter(Q(first=old) | Q(second=old)):
        partner = pair.second_id if pair.first_id == old else pair.first_id
        if partner is None:
            pair.first_id = new
            pair.save()
            continue
        first, second = _ordered(partner, new)
        there = PossibleDuplicate.objects.filter(first=first, second=second).first()
        if partner == new or (there and (there.decision or not pair.decision)):
            pair.delete()
            continue
        if there:
            there.delete()
        pair.first_id, pair.second_id = first, second
        pair.save()


def merged_by_hand(public_id: str) -> bool:
    """Whether a moderator merged a paper of a public id, or of that and a number, into another."""
    same = PossibleDuplicate.objects.filter(decision=Decision.SAME)
    named = Q(merged=public_id) | Q(merged__startswith=public_id + "-")
    return same.filter(named).exists()


def waiting() -> int:
    """How many pairs wait for a moderator. One query."""
    return PossibleDuplicate.objects.filter(decision="").count()
