"""Static files of a production server: collected, hashed and compressed again whenever the installed ones have changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

STAMP = ".collected"


def collect_if_changed() -> bool:
    """Bring STATIC_ROOT up to date; returns whether there was anything to do."""
    root = Path(settings.STATIC_ROOT)
    stamp, state = root / STAMP, installed()
    if (root / "staticfiles.json").exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return False
    call_command("collectstatic", interactive=False, clear=root.exists(), verbosity=0)
    stamp.write_text(state, encoding="utf-8")
    return True


def installed() -> str:
    """A digest over names, sizes and times of all static files of the installed packages."""
    total = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            total.update(f"{name}\0{storage.size(name)}\0{storage.get_modified_time(name).timestamp()}\n".encode())
    return total.hexdigest()
