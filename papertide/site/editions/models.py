"""The tables of editions. Only this app writes them; others ask its `services`."""

from django.db import models


class Edition(models.Model):
    """The edition of a day, from when it is published on. Its papers stay what they are."""

    day = models.DateField(unique=True)
    published = models.DateTimeField()

    def __str__(self):
        return str(self.day)


class Entry(models.Model):
    """A paper of an edition; it is in no other."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="entries")
    paper = models.OneToOneField("catalog.Paper", models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "entries"

    def __str__(self):
        return f"{self.paper_id} in {self.edition_id}"
