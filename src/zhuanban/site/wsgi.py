"""The WSGI application, warmed up so that the first visitor waits no longer than the second."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhuanban.site.settings")


def warm_up() -> None:
    """Import every page and parse every template; what is made here is shared by all worker processes."""
    from django.conf import settings
    from django.template import engines
    from django.urls import get_resolver
    from django.utils import translation

    get_resolver().reverse_dict  # noqa: B018 - reads the property, which imports and indexes every URL
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("")
    for folder in (*settings.PACKAGE.glob("*/templates"), *settings.PACKAGE.glob("*/*/templates")):
        for template in folder.rglob("*.html"):
            engines["django"].get_template(str(template.relative_to(folder)))


application = get_wsgi_application()
warm_up()
gc.collect()
gc.freeze()
