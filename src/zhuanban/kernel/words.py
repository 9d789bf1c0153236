"""The type of words that are shown: a text, or one that is translated when it is printed."""

from typing import TypeAlias

from django.utils.functional import Promise

Words: TypeAlias = str | Promise
