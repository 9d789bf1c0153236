"""A text column whose content is encrypted with a key that is not in the database."""

import base64
import hashlib
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _cipher(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))


class EncryptedText(models.TextField):
    """Reads and writes plain text; the column holds a Fernet token (AES-128-CBC with HMAC-SHA-256). It cannot be searched."""

    def get_prep_value(self, value: Any) -> str:
        if not value:
            return ""
        return _cipher(settings.FIELD_KEY).encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        if not value:
            return ""
        return _cipher(settings.FIELD_KEY).decrypt(value.encode()).decode()
