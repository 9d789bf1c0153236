"""Settings. Everything comes from the environment; an unsafe production start is refused.

ZHUANBAN_MODE is `production` (default), `demo` or `test`. See README, "Configuration".
"""

import os
import secrets
import sys
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

MODE = os.environ.get("ZHUANBAN_MODE") or ("test" if "pytest" in sys.modules else "production")
if MODE not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"ZHUANBAN_MODE={MODE!r}: use production, demo or test.")
PRODUCTION = MODE == "production"
DEMO = MODE == "demo"
DEBUG = False

PACKAGE = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("ZHUANBAN_DATA", Path.cwd() / "var")).resolve()


def _secret(name: str) -> str:
    """The key from the environment, or in demo and test one made once and kept in the data folder."""
    value = os.environ.get(name, "")
    if value:
        if PRODUCTION and (len(value) < 40 or len(set(value)) < 12):
            raise ImproperlyConfigured(f"{name} is too short or too regular: give at least 40 random characters.")
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set. Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'")
    if MODE == "test":
        return f"test-only-{name}-" + "0" * 40
    path = DATA_DIR / f"{name.lower()}.key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    return path.read_text(encoding="utf-8")


SECRET_KEY = _secret("ZHUANBAN_SECRET_KEY")
FIELD_KEY = _secret("ZHUANBAN_FIELD_KEY")
if PRODUCTION and FIELD_KEY == SECRET_KEY:
    raise ImproperlyConfigured(
        "ZHUANBAN_FIELD_KEY equals ZHUANBAN_SECRET_KEY: give each its own, so that one can be changed without the other."
    )

ALLOWED_HOSTS = [host for host in os.environ.get("ZHUANBAN_HOSTS", "").split(",") if host]
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ZHUANBAN_HOSTS is not set: name the hosts that this site answers to, separated by commas.")
if PRODUCTION and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ZHUANBAN_HOSTS=* would answer to any name: list the hosts.")
if not PRODUCTION:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, "127.0.0.1", "localhost", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if PRODUCTION else []

CITY = {
    "name": os.environ.get("ZHUANBAN_CITY", "长春市"),
    "name_en": os.environ.get("ZHUANBAN_CITY_EN", os.environ.get("ZHUANBAN_CITY", "Changchun")),
    "area": os.environ.get("ZHUANBAN_CITY_AREA", "220100"),
    "ref": os.environ.get("ZHUANBAN_CITY_REF", "CC"),
}

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_cotton.apps.SimpleAppConfig",
    "django_tasks",
    "zhuanban.kernel.apps.KernelConfig",
    "zhuanban.domains.people.apps.PeopleConfig",
    "zhuanban.domains.portfolio.apps.PortfolioConfig",
    "zhuanban.domains.responsibility.apps.ResponsibilityConfig",
    "zhuanban.domains.enterprises.apps.EnterprisesConfig",
    "zhuanban.domains.plans.apps.PlansConfig",
    "zhuanban.domains.problems.apps.ProblemsConfig",
    "zhuanban.domains.approvals.apps.ApprovalsConfig",
    "zhuanban.domains.factors.apps.FactorsConfig",
    "zhuanban.domains.statistics.apps.StatisticsConfig",
    "zhuanban.domains.policies.apps.PoliciesConfig",
    "zhuanban.domains.dispatch.apps.DispatchConfig",
    "zhuanban.domains.campaigns.apps.CampaignsConfig",
    "zhuanban.domains.cockpit.apps.CockpitConfig",
    "zhuanban.site.apps.SiteConfig",
]
MIDDLEWARE = [
    "zhuanban.kernel.middleware.SecurityHeaders",
    "zhuanban.kernel.middleware.StorageFailure",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "zhuanban.kernel.middleware.ReadOnce",
    "zhuanban.domains.people.middleware.SignedIn",
    "zhuanban.kernel.middleware.WordsForErrors",
]
ROOT_URLCONF = "zhuanban.site.urls"
WSGI_APPLICATION = "zhuanban.site.wsgi.application"
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["zhuanban.domains.people.signin.Backend"]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.PBKDF2PasswordHasher"] if MODE != "test" else ["django.contrib.auth.hashers.MD5PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name")},
    },
    {"NAME": "zhuanban.domains.people.passwords.ThreeClasses"},
    {"NAME": "zhuanban.domains.people.passwords.NotRecent"},
]
LOGIN_URL = "signin"
TOTP_REQUIRED = PRODUCTION
IDLE_LOGOUT_SECONDS = int(os.environ.get("ZHUANBAN_IDLE_MINUTES", "30")) * 60
ABSOLUTE_LOGOUT_SECONDS = int(os.environ.get("ZHUANBAN_SESSION_HOURS", "12")) * 3600

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "site" / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "zhuanban.site.context.frame",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "zhuanban.kernel.templatetags.zhuanban",
            ],
        },
    }
]

_database_url = os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'zhuanban.sqlite3'}"
DATABASES = {"default": dj_database_url.parse(_database_url, conn_max_age=None)}
EMBEDDED = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if EMBEDDED:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;",
    }
    if MODE == "test":
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / f"test-{os.getpid()}.sqlite3")}
        DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
        "connect_timeout": 5,
        "options": "-c statement_timeout=30000 -c lock_timeout=10000",
        "tcp_user_timeout": 15000,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "site" / "locale"]
USE_I18N = True
USE_THOUSAND_SEPARATOR = False
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("ZHUANBAN_STATIC", DATA_DIR / "static"))
STATICFILES_DIRS = [PACKAGE / "site" / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
UPLOAD_MAX_BYTES = 30 * 1024 * 1024

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = ABSOLUTE_LOGOUT_SECONDS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "zhuanban.kernel.middleware.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = PRODUCTION and os.environ.get("ZHUANBAN_TLS_REDIRECT", "1") == "1"
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if os.environ.get("ZHUANBAN_BEHIND_PROXY") == "1" else None
X_FRAME_OPTIONS = "DENY"

TASKS = {"default": {"BACKEND": "zhuanban.kernel.jobs.Backend", "QUEUES": []}}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("ZHUANBAN_LOG", "WARNING")},
}
# X-Frame-Options comes from our own first middleware; HSTS for subdomains and the preload list are the operator's choice at the proxy.
SILENCED_SYSTEM_CHECKS = ["security.W002", "security.W005", "security.W021"]
