"""The tables of curation. Only this app writes them; others ask its `services`."""

from django.conf import settings
from django.db import models

STATES = {
    "waiting": "Waiting for the source",
    "review": "Waiting for a moderator",
    "accepted": "Accepted",
    "refused": "Not taken",  # by a rule or the source: may be submitted again
    "declined": "Declined",  # by a moderator
}


class Submission(models.Model):
    """A paper that somebody brought for an edition, and what became of it.

    `name` is what it was asked by: "arxiv:2503.00001", "doi:10.1000/x", or "id:…" of a paper that
    was here. What its source told is kept in `record` while a moderator decides: nothing of it is
    in the catalogue before.
    """

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=400)
    paper = models.ForeignKey("catalog.Paper", models.CASCADE, null=True, related_name="+")
    state = models.CharField(max_length=8, default="waiting", choices=list(STATES.items()))
    note = models.CharField(max_length=500, blank=True)  # why it waits, or was not taken
    at = models.DateTimeField()
    tries = models.IntegerField(default=0)  # times that its source was asked in vain
    again = models.DateTimeField(null=True)  # when it is asked again
    record = models.JSONField(null=True)  # as `papertide.papers.Record`
    day = models.DateField(null=True)  # of its edition
    closed = models.BooleanField(default=False)  # that edition is published

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "name"], name="submitted_once"),
            models.UniqueConstraint(fields=["by", "paper"], name="paper_submitted_once"),
        ]
        indexes = [
            models.Index(fields=["state", "closed", "day"]),
            models.Index(fields=["by", "-at"]),
        ]

    def __str__(self):
        return f"{self.name} by {self.by_id} ({self.state})"


class Draft(models.Model):
    """A curator's part of an edition, drawn up ahead; readers see it once it is `shown`."""

    curator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    day = models.DateField()
    introduction = models.CharField(max_length=2000, blank=True)
    shown = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)  # the edition is published

    class Meta:
        constraints = [models.UniqueConstraint(fields=["curator", "day"], name="one_draft_a_day")]
        indexes = [models.Index(fields=["day"])]

    def __str__(self):
        return f"{self.day} by {self.curator_id}"


class Pick(models.Model):
    """A paper that a curator picked for the edition of a day, and why. Without a draft it is shown
    at once."""

    curator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    paper = models.ForeignKey("catalog.Paper", models.CASCADE, related_name="+")
    draft = models.ForeignKey(Draft, models.CASCADE, null=True, related_name="picks")
    line = models.CharField(max_length=300, blank=True)
    day = models.DateField()
    position = models.IntegerField(default=0)  # among the curator's of that day
    shown = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["curator", "paper"], name="picked_once")]
        indexes = [
            models.Index(fields=["curator", "-day"]),
            models.Index(fields=["closed", "day"]),
            models.Index(fields=["day"]),
        ]

    def __str__(self):
        return f"{self.paper_id} for {self.day} by {self.curator_id}"
