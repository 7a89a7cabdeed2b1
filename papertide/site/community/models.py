"""The tables of the community. Only this app writes them; others ask its modules."""

from django.conf import settings
from django.db import models
from django.utils import timezone

_USER = settings.AUTH_USER_MODEL


class VoteCase(models.Model):
    """A group of votes that a moderator decided about: `key` tells the same group again."""

    class Decision(models.TextChoices):
        DISCOUNTED = "discounted"  # its votes do not count
        RESTORED = "restored"  # they count again
        DISMISSED = "dismissed"  # nothing is wrong with them

    key = models.CharField(max_length=64)
    decision = models.CharField(max_length=10, choices=Decision)
    about = models.TextField()  # the figures that were shown
    reason = models.TextField(blank=True)
    by = models.ForeignKey(_USER, models.SET_NULL, null=True)
    at = models.DateTimeField(default=timezone.now)
    votes = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["key"]), models.Index(fields=["-at"])]

    def __str__(self):
        return f"{self.decision}: {self.about[:80]}"


class Vote(models.Model):
    """One a reader and paper. `discount` is the case for which it does not count."""

    user = models.ForeignKey(_USER, models.CASCADE)
    paper = models.ForeignKey("catalog.Paper", models.CASCADE)
    at = models.DateTimeField()
    day = models.DateField()  # of `at`, in UTC: where it stands in the tally
    discount = models.ForeignKey(VoteCase, models.PROTECT, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "paper"], name="vote_once")]
        indexes = [models.Index(fields=["at"])]

    def __str__(self):
        return f"{self.user_id} for {self.paper_id}"


class Tally(models.Model):
    """How many votes and comments that count came to a paper on a day. Whatever changes those
    changes this by as much, in the same transaction."""

    paper = models.ForeignKey("catalog.Paper", models.CASCADE)
    day = models.DateField(db_index=True)
    votes = models.IntegerField(default=0)
    comments = models.IntegerField(default=0)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["paper", "day"], name="tally_once")]

    def __str__(self):
        return f"{self.paper_id} on {self.day}: {self.votes}, {self.comments}"


class Comment(models.Model):
    """What somebody wrote under a paper, as Markdown.

    `path` orders a paper's comments as threads: the numbers of those it answers and its own, of
    twelve digits each. One that was deleted stays, empty, while others answer it.
    """

    class State(models.TextChoices):
        SHOWN = ""
        HIDDEN = "hidden"
        DELETED = "deleted"

    # Without a way back: a paper has a field `comment`.
    paper = models.ForeignKey("catalog.Paper", models.CASCADE, related_name="+")
    author = models.ForeignKey(_USER, models.SET_NULL, null=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    path = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    mentions = models.JSONField(default=list)  # handles that lead to a person
    at = models.DateTimeField(default=timezone.now)
    day = models.DateField()
    edited = models.DateTimeField(null=True)
    key = models.CharField(max_length=64)  # of the form it was sent with
    state = models.CharField(max_length=7, blank=True, choices=State)
    reason = models.TextField(blank=True)  # why it is hidden
    watch = models.CharField(max_length=200, blank=True)  # why a moderator may want to look

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "key"], name="comment_once")]
        indexes = [
            models.Index(fields=["paper", "path"]),
            models.Index(fields=["author", "-at"]),
            models.Index(
                fields=["at"], condition=~models.Q(watch=""), name="comment_to_look_at"
            ),
        ]

    def __str__(self):
        return f"comment {self.pk} on {self.paper_id}"


class Mention(models.Model):
    """That a comment names another paper."""

    comment = models.ForeignKey(Comment, models.CASCADE)
    paper = models.ForeignKey("catalog.Paper", models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "paper"], name="mention_once")]

    def __str__(self):
        return f"{self.comment_id} mentions {self.paper_id}"


class Notice(models.Model):
    """What somebody is told: that they were answered or mentioned, or what a moderator decided."""

    class Kind(models.TextChoices):
        REPLY = "reply"
        MENTION = "mention"
        DECISION = "decision"

    user = models.ForeignKey(_USER, models.CASCADE)
    kind = models.CharField(max_length=8, choices=Kind)
    comment = models.ForeignKey(Comment, models.CASCADE, null=True)
    text = models.TextField(blank=True)  # of a decision
    at = models.DateTimeField(default=timezone.now)
    seen = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "comment"], condition=~models.Q(kind="decision"),
                name="notice_once_a_comment",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["user", "-id"]),
            models.Index(fields=["user"], condition=models.Q(seen=False), name="notice_unseen"),
        ]

    def __str__(self):
        return f"{self.kind} for {self.user_id}"


class Report(models.Model):
    """That somebody finds something wrong with a thing, such as "comment:12"."""

    class Decision(models.TextChoices):
        HIDDEN = "hidden"
        DISMISSED = "dismissed"

    reporter = models.ForeignKey(_USER, models.CASCADE)
    target = models.CharField(max_length=120)
    reason = models.CharField(max_length=20)
    text = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)
    decision = models.CharField(max_length=9, blank=True, choices=Decision)
    decided_by = models.ForeignKey(_USER, models.SET_NULL, null=True, related_name="+")
    decided = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "target"], condition=models.Q(decision=""),
                name="report_open_once",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["target"]),
            models.Index(fields=["at"], condition=models.Q(decision=""), name="report_open"),
        ]

    def __str__(self):
        return f"{self.target}: {self.reason}"
