"""The tables of people. Only this app writes them; others ask its modules."""

from django.conf import settings
from django.db import models
from django.db.models import Q

USER = settings.AUTH_USER_MODEL


class Profile(models.Model):
    """What somebody chose for their public page; who chose nothing has no row."""

    user = models.OneToOneField(USER, models.CASCADE, primary_key=True, related_name="+")
    shows_follows = models.BooleanField(default=False)

    def __str__(self):
        return f"profile of {self.user_id}"


class Collection(models.Model):
    """Papers that somebody put together, in an order of their own."""

    owner = models.ForeignKey(USER, models.CASCADE, related_name="+")
    title = models.CharField(max_length=120)
    about = models.CharField(max_length=1000, blank=True)
    public = models.BooleanField(default=False)
    hidden = models.CharField(max_length=500, blank=True)  # a moderator's reason; not public then
    made = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now_add=True)  # when a paper came or went
    key = models.CharField(max_length=64)  # of the form it was made by: sent twice, it is made once

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="collection_made_once")
        ]
        indexes = [models.Index(fields=["public", "-changed"])]

    def __str__(self):
        return f"{self.id}: {self.title}"


class Item(models.Model):
    """A paper in a collection. Positions grow down the list, and may leave numbers out."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="items")
    paper = models.ForeignKey("catalog.Paper", models.CASCADE, related_name="+")
    position = models.IntegerField()
    note = models.CharField(max_length=500, blank=True)
    added = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "paper"], name="collected_once")
        ]
        indexes = [models.Index(fields=["collection", "position"])]

    def __str__(self):
        return f"{self.paper_id} in {self.collection_id}"


class Follow(models.Model):
    """Who follows what: a person by their user's number, a collection by its own, an author by
    the slug of a name."""

    user = models.ForeignKey(USER, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    target = models.CharField(max_length=150)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "target"], name="followed_once")
        ]
        indexes = [models.Index(fields=["kind", "target"])]

    def __str__(self):
        return f"{self.user_id} follows {self.kind} {self.target}"


class Claim(models.Model):
    """Somebody says to be an author of a paper: which one of its list, and how one can tell."""

    class State(models.TextChoices):
        WAITING = "waiting"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    user = models.ForeignKey(USER, models.CASCADE, related_name="+")
    paper = models.ForeignKey("catalog.Paper", models.CASCADE, related_name="+")
    name = models.TextField()  # of the author, as the paper has it
    slug = models.CharField(max_length=150, db_index=True)  # of that name
    evidence = models.CharField(max_length=1000, blank=True)
    orcid = models.CharField(max_length=19, blank=True)  # by which it was accepted at once
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=500, blank=True)  # a moderator's
    made = models.DateTimeField()
    decided = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "paper"], name="claimed_once"),
            models.UniqueConstraint(
                fields=["paper", "slug"], condition=Q(state="accepted"), name="author_claimed_once"
            ),
        ]
        indexes = [models.Index(fields=["state", "made"])]

    def __str__(self):
        return f"{self.user_id} is {self.name} of {self.paper_id}: {self.state}"


class NameKey(models.Model):
    """What spellings of an author's name have in common; see `spellings`."""

    author = models.OneToOneField(
        "catalog.Author", models.CASCADE, primary_key=True, related_name="+"
    )
    key = models.CharField(max_length=150, db_index=True)  # "chunyang wang"
    short = models.CharField(max_length=150, db_index=True)  # "c wang"

    def __str__(self):
        return self.key


class NameLink(models.Model):
    """What is known of two names, by their slugs, `first` before `second`: that they are one
    person's, or two persons', or (undecided) that they may be one person's."""

    class Decision(models.TextChoices):
        SAME = "same", "one person"
        DIFFERENT = "different", "two persons"

    first = models.CharField(max_length=150)
    second = models.CharField(max_length=150, db_index=True)
    decision = models.CharField(max_length=9, choices=Decision, blank=True)
    why = models.CharField(max_length=10)  # spelling, order, co-authors, claims, moderator
    shared = models.IntegerField(default=0)  # co-authors that both have
    # Who claimed papers under both, or the moderator: whose claims go with them
    user = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="names_linked_once")
        ]
        indexes = [models.Index(fields=["decision", "-shared"])]

    def __str__(self):
        return f"{self.first} and {self.second}: {self.decision or 'undecided'} ({self.why})"


class JoinedName(models.Model):
    """What follows from the links: names of one person have one leader. Made from them anew when
    they change; a name that stands alone has no row."""

    slug = models.CharField(max_length=150, primary_key=True)
    leader = models.CharField(max_length=150, db_index=True)

    def __str__(self):
        return f"{self.slug} of {self.leader}"


class NamesRead(models.Model):
    """How far authorships have been looked at for names to join: one row."""

    number = models.BigIntegerField(default=0)

    def __str__(self):
        return str(self.number)
