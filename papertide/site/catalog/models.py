"""The tables of the catalogue. Only this app writes them; others ask its `services`.

What a field of a paper means is told in `papertide.papers.Paper`; here is how it is kept.
"""

import uuid

from django.db import models
from django.utils import timezone


class Catalog(models.Model):
    """One row: which catalogue this database is, so that an index of another one is refused."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False)


class Paper(models.Model):
    public_id = models.CharField(max_length=100, unique=True)
    title = models.TextField()
    title_key = models.CharField(max_length=200, db_index=True, editable=False)
    abstract = models.TextField(blank=True)
    authors = models.JSONField(default=list, blank=True)
    categories = models.JSONField(default=list, blank=True)
    published = models.CharField(max_length=10, blank=True)
    updated = models.CharField(max_length=10, blank=True)
    announced = models.CharField(max_length=10, blank=True)
    day = models.DateField(null=True, db_index=True, editable=False)
    versions = models.JSONField(default=list, blank=True)
    licence = models.TextField(blank=True)
    comment = models.TextField(blank=True)
    venue = models.TextField(blank=True)
    description = models.TextField(blank=True)
    links = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=9, blank=True)
    status_note = models.TextField(blank=True)
    extra = models.JSONField(default=dict, blank=True)
    sources = models.JSONField(default=list, blank=True)
    origins = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["status"], name="paper_status")]

    def __str__(self):
        return f"{self.public_id}: {self.title[:80]}"


class Identity(models.Model):
    """What a paper is called elsewhere: ``arxiv``, ``doi`` or a source's own scheme.

    Not unique by itself: two arXiv papers may bear one journal article's DOI.
    """

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="identity_set")
    name = models.CharField(max_length=500)  # "scheme:value"

    class Meta:
        verbose_name_plural = "identities"
        constraints = [
            models.UniqueConstraint(fields=["name", "paper"], name="identity_once_a_paper")
        ]

    def __str__(self):
        return self.name


class Redirect(models.Model):
    """A public id that a paper had before it was merged or got a better one."""

    public_id = models.CharField(max_length=100, unique=True)
    paper = models.ForeignKey(Paper, models.CASCADE)

    def __str__(self):
        return f"{self.public_id} -> {self.paper_id}"


class FormerTitle(models.Model):
    """The key of a title that a paper had: who knows only that one still finds the paper."""

    paper = models.ForeignKey(Paper, models.CASCADE)
    title_key = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["title_key", "paper"], name="former_title_once")
        ]

    def __str__(self):
        return self.title_key


class Announcement(models.Model):
    """A day on which a paper was announced, how (new, cross, replace), and in which list."""

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="announcement_set")
    day = models.DateField(db_index=True)
    kind = models.CharField(max_length=7)
    category = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["paper", "day", "kind", "category"], name="announced_once"
            )
        ]

    def __str__(self):
        return f"{self.kind} {self.category} {self.day}"


class Author(models.Model):
    """A name under which papers were written; one person may have several."""

    slug = models.CharField(max_length=150, unique=True)
    name = models.TextField()

    def __str__(self):
        return self.name


class Authorship(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
    paper = models.ForeignKey(Paper, models.CASCADE)
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper", "position"], name="authorship_position")
        ]


class Listing(models.Model):
    """A dated list of papers that somebody else made: a saved page, a day's picks."""

    key = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(max_length=100, unique=True)
    source = models.CharField(max_length=50)
    title = models.TextField()
    date = models.CharField(max_length=10, blank=True)  # may lack its year: "--03-17"

    def __str__(self):
        return f"{self.title} {self.date}".strip()


class ListingEntry(models.Model):
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="entries")
    paper = models.ForeignKey(Paper, models.CASCADE)
    position = models.PositiveIntegerField()
    votes = models.PositiveIntegerField(null=True)
    comments = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name_plural = "listing entries"
        constraints = [
            models.UniqueConstraint(fields=["listing", "paper"], name="entry_once_a_listing")
        ]
        indexes = [models.Index(fields=["listing", "position"])]


class PossibleDuplicate(models.Model):
    """Two papers that may be one work, for moderators to decide.

    Once they were merged, `first` is what they are now and `merged` the public id that went.
    """

    class Decision(models.TextChoices):
        SAME = "same", "one work"
        DIFFERENT = "different", "two works"

    first = models.ForeignKey(Paper, models.CASCADE, related_name="+")  # the older
    second = models.ForeignKey(Paper, models.CASCADE, related_name="+", null=True)
    reason = models.CharField(max_length=200)
    since = models.DateTimeField(default=timezone.now)
    decision = models.CharField(max_length=9, choices=Decision, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided = models.DateTimeField(null=True)
    merged = models.CharField(max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="possible_duplicate_once")
        ]

    def __str__(self):
        return f"{self.first_id} and {self.second_id or self.merged}"


class Change(models.Model):
    """The change log: a growing number for each change, written in the change's transaction."""

    class Kind(models.TextChoices):
        SAVED = "saved"
        DELETED = "deleted"

    number = models.BigAutoField(primary_key=True)
    paper_id = models.BigIntegerField()  # no foreign key: the paper may be gone
    kind = models.CharField(max_length=7, choices=Kind)

    def __str__(self):
        return f"{self.number}: {self.kind} {self.paper_id}"


class LogReader(models.Model):
    """Who follows the change log and how far; the log is kept for the slowest."""

    name = models.CharField(max_length=50, unique=True)
    number = models.BigIntegerField(default=0)

    def __str__(self):
        return f"{self.name} at {self.number}"
