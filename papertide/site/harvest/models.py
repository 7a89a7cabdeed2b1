"""The tables of harvesting. Only this app writes them; others ask its `services`."""

from django.db import models


class State(models.Model):
    """How far a source has been harvested, and how its last run went."""

    source = models.CharField(max_length=50, unique=True)
    cursor = models.JSONField(default=dict)  # the source's own
    due = models.DateTimeField(null=True)
    attempted = models.DateTimeField(null=True)
    succeeded = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    error = models.TextField(blank=True)
    # of the last run, for as far as it came
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)

    def __str__(self):
        return self.source


class Told(models.Model):
    """How many records of a day had something new to tell: papers, or news of one."""

    source = models.CharField(max_length=50)
    day = models.DateField()
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "told"
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="told_once_a_day")]

    def __str__(self):
        return f"{self.source} {self.day}: {self.count}"


class Mailed(models.Model):
    """An alarm that was mailed, and when last: once a day is enough."""

    alarm = models.CharField(max_length=200, unique=True)
    day = models.DateField()

    def __str__(self):
        return f"{self.alarm} {self.day}"
