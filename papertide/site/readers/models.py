"""The tables of readers. Only this app writes them; others ask its `services`."""

from django.db import models


class Reader(models.Model):
    """Somebody who saved a paper; known by the key in a cookie, of which only a digest is kept."""

    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the key, in hexadecimal
    since = models.DateField(auto_now_add=True)

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
