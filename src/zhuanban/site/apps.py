"""The composition root: registers every domain's verbs, roles, figures, listings, notices and jobs."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig

DOMAINS = (
    "people",
    "portfolio",
    "enterprises",
    "plans",
    "responsibility",
    "problems",
    "approvals",
    "factors",
    "statistics",
    "policies",
    "dispatch",
    "campaigns",
    "cockpit",
)
REGISTERS = ("roles", "actions", "figures", "pages", "notices", "jobs")


class SiteConfig(AppConfig):
    name = "zhuanban.site"
    label = "site"

    def ready(self) -> None:
        import_module("zhuanban.kernel.verbs")
        for register in REGISTERS:
            for domain in DOMAINS:
                module = f"zhuanban.domains.{domain}.{register}"
                if find_spec(module):
                    import_module(module)
        import_module("zhuanban.site.jobs")
        import_module("zhuanban.site.factor_sources")
