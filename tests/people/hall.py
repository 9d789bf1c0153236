"""The people of a small city hall: how they get a role and how they sign in."""

from datetime import date

from django.test import Client

from zhuanban.domains.people.models import RoleGrant, User

PASSWORD = "Changchun-2022"


def give(user, role, *, area=None, organisation=None, **fields):
    asker = User.objects.get_or_create(username="asker", defaults={"name": "申请人", "robot": True})[0]
    approver = User.objects.get_or_create(username="approver", defaults={"name": "批准人", "robot": True})[0]
    fields = {"state": "approved", "from_day": date(2020, 1, 1), "reason": "任职"} | fields
    grant = RoleGrant.objects.create(
        user=user, role=role, area=area, organisation=organisation, requested_by=asker, approved_by=approver, **fields
    )
    fresh(user)
    return grant


def fresh(user):
    """The same row, without what it remembered of its grants."""
    for name in ("grants", "verbs", "principal_keys", "_principals", "roles"):
        user.__dict__.pop(name, None)
    return user


def signed_in(user, **options) -> Client:
    client = Client(**options)
    answer = client.post("/signin/", {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client
