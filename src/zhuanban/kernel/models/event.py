"""The append-only timeline and its seals."""

from django.db import models


class Event(models.Model):
    """One thing that happened to a dossier, chained by hash to the one before it.

    An event names its dossier and actor by plain values, without foreign keys that a deletion could break, and carries no
    private values. `hash` is SHA-256 over the canonical event and the previous hash (see `kernel.timeline`).
    """

    dossier = models.ForeignKey("kernel.Dossier", on_delete=models.DO_NOTHING, db_constraint=False, related_name="events", db_index=False)
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=80)
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=60)
    subject = models.CharField(max_length=80, blank=True)
    data = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dossier", "seq"], name="events_are_numbered_per_dossier")]

    def __str__(self) -> str:
        return f"{self.dossier_id}#{self.seq} {self.verb}"


class Checkpoint(models.Model):
    """A Merkle root over the heads of all chains at an instant; the root can be printed or kept elsewhere."""

    at = models.DateTimeField()
    leaves = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    heads = models.JSONField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.root[:12]}"
