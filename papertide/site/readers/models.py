"""The tables of readers. Only this app writes them; others ask its `services`."""

from django.db import models


class Reader(models.Model):
    """Somebody who kept something; known by the key in a cookie, of which only a digest is kept.

    What they look at is remembered only where they asked for it: the papers they saw, and of this
    visit and the one before when it was last noticed and the number of the newest paper then.
    """

    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the key, in hexadecimal
    since = models.DateField(auto_now_add=True)
    remembers = models.BooleanField(default=False)
    visit_at = models.DateTimeField(null=True)
    visit_number = models.BigIntegerField(default=0)
    before_at = models.DateTimeField(null=True)
    before_number = models.BigIntegerField(null=True)

    def __str__(self):
        return f"reader {self.pk}"


class Save(models.Model):
    reader = models.ForeignKey(Reader, models.CASCADE)
    paper = models.ForeignKey("catalog.Paper", models.CASCADE)
    at = models.DateTimeField(auto_now_add=True)
    entry = models.JSONField(null=True)  # of a library it came in with: the reader's own words

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "paper"], name="saved_once")]
        indexes = [models.Index(fields=["reader", "-at", "-id"])]

    def __str__(self):
        return f"{self.reader_id} saved {self.paper_id}"


class Seen(models.Model):
    """A paper that a reader opened, or said to have seen."""

    reader = models.ForeignKey(Reader, models.CASCADE)
    paper = models.ForeignKey("catalog.Paper", models.CASCADE)

    class Meta:
        verbose_name_plural = "seen papers"
        constraints = [models.UniqueConstraint(fields=["reader", "paper"], name="seen_once")]
        indexes = [models.Index(fields=["reader", "-id"])]

    def __str__(self):
        return f"{self.reader_id} saw {self.paper_id}"


class SavedSearch(models.Model):
    """A search that a reader keeps under a name; without a reader it is the library's own."""

    reader = models.ForeignKey(Reader, models.CASCADE, null=True)
    name = models.CharField(max_length=80)
    asked = models.TextField()  # the parameters of the search page, as its address has them
    created = models.DateTimeField(auto_now_add=True)
    looked = models.DateTimeField()  # when it was last looked at
    number = models.BigIntegerField()  # that of the newest paper then

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint(fields=["reader", "name"], name="search_named_once"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(reader=None), name="own_search_named_once"
            ),
        ]

    def __str__(self):
        return f"{self.name}: {self.asked[:80]}"


class Unmatched(models.Model):
    """An entry of a reader's library whose paper is not here (yet), and why it is not."""

    reader = models.ForeignKey(Reader, models.CASCADE)
    digest = models.CharField(max_length=64)  # of its ids, else of its title and first author
    entry = models.JSONField()  # as `papertide.sources.libraries.LibraryEntry`
    reason = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "unmatched entries"
        constraints = [models.UniqueConstraint(fields=["reader", "digest"], name="unmatched_once")]
        indexes = [models.Index(fields=["reader", "id"])]

    def __str__(self):
        return f"{self.reader_id}: {self.reason}"
