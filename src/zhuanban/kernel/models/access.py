"""Who may see which dossier: one flat, indexed table."""

from django.db import models


class Principal(models.Model):
    """Somebody or some scope that access is given to, by a key such as `user:17`, `area:220174` or `org:5`."""

    key = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.key


class Access(models.Model):
    """A principal may see a dossier (SEE) or see and act on it (ACT, as far as the role's verbs go)."""

    class Level(models.IntegerChoices):
        SEE = 1
        ACT = 2

    principal = models.ForeignKey(Principal, on_delete=models.CASCADE, db_index=False)
    dossier = models.ForeignKey("kernel.Dossier", on_delete=models.CASCADE)
    level = models.PositiveSmallIntegerField(choices=Level.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["principal", "dossier"], name="one_access_per_principal_and_dossier")]

    def __str__(self) -> str:
        return f"{self.principal_id} {self.get_level_display()} {self.dossier_id}"
