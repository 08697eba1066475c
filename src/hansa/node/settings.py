"""Settings of one node. What differs between nodes stands in the home folder, named by HANSA_HOME."""

import os
import secrets
import tomllib
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from hansa.node import logs
from hansa.node.database import databases

PACKAGE = Path(__file__).resolve().parent.parent
CHECKOUT = PACKAGE.parent.parent
HANSA_HOME = Path(os.environ.get("HANSA_HOME") or "~/.hansa").expanduser()


def _configured() -> dict[str, Any]:
    """Return what `hansa init` and the node's staff wrote into hansa.toml."""
    named = HANSA_HOME / "hansa.toml"
    return tomllib.loads(named.read_text("utf-8")) if named.exists() else {}


def _secret() -> str:
    """Return the home's own secret for sessions and forms; one for this process alone where there is no home yet."""
    named = HANSA_HOME / "secret"
    return named.read_text("utf-8").strip() if named.exists() else secrets.token_urlsafe(48)


NODE = _configured()
SECRET_KEY = _secret()
DEBUG = False
DEMO = bool(NODE.get("demo", False)) and NODE.get("realm") == "exercise"
ALLOWED_HOSTS = [*NODE.get("hosts", []), "localhost", "127.0.0.1", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = list(NODE.get("origins", []))
ROOT_URLCONF = "hansa.node.urls"
ASGI_APPLICATION = "hansa.node.asgi.application"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "hansa.kernel",
    "hansa.kernel.seal",
    "hansa.kernel.roots",
    "hansa.kernel.witness",
    "hansa.kernel.sync",
    "hansa.pages",
    "hansa.pact",
    "hansa.aid",
    "hansa.aid.inventory",
    "hansa.aid.missions",
    "hansa.aid.planning",
    "hansa.aid.people",
    "hansa.aid.costs",
    "hansa.aid.tracking",
    "hansa.aid.exchange",
    "hansa.web",
    "hansa.api",
    "hansa.node",
]

MIDDLEWARE = [
    "hansa.node.requests.name_route",
    "django.middleware.security.SecurityMiddleware",
    "hansa.web.middleware.Squeeze",
    "hansa.web.middleware.Statics",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hansa.web.middleware.chair",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.template.context_processors.tz",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hansa.web.context.shell",
            ]
        },
    }
]

DATABASES = databases(HANSA_HOME, NODE)
CACHES = {"default": {"BACKEND": "hansa.web.cache.Table"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "hansa.web.accounts.NoOpenSignup"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Hansa"
# WebAuthn asks for a secure context; browsers grant it to localhost without TLS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not NODE.get("origins")

CSRF_FAILURE_VIEW = "hansa.web.errors.csrf_failed"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = bool(NODE.get("origins"))
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if NODE.get("origins") else None
# Behind the TLS proxy, the address that failed sign-ins are counted by is the one it passes on.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if NODE.get("origins") else 0
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if NODE.get("origins") else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = NODE.get("zone", "UTC")
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_COLLECTED = CHECKOUT / "build" / "static"
"""Where `hansa.node.statics` collects them for a serving process. Until it has, they are served from where they lie."""
STATIC_ROOT: Path | None = None
STATICFILES_DIRS = [path for path in [CHECKOUT / "build" / "assets"] if path.exists()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False

HANSA_LARGEST_FILE = 100 * 1024 * 1024
HANSA_LARGEST_FORM = 256 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

NOTICE_URLS = list(NODE.get("notices", []))
"""apprise addresses to which content-free notices go, besides each officer's own."""
NOTICE_SERVICES: dict[str, list[str]] = {"ntfys": ["ntfy.sh"], **NODE.get("notice_services", {})}
"""Schemes of apprise that officers may name for their own notices, each with the hosts that it may go to.
No hosts: the service has but one. Whoever names a host here lets officers make this node call it."""
NODE_URL = next(
    iter(CSRF_TRUSTED_ORIGINS), f"http://localhost:{os.environ.get('HANSA_PORT', '8000')}"
)
"""Where people find this node: the link in a notice."""
EMAIL_HOST_USER = NODE.get("mail_user", "")
EMAIL_HOST_PASSWORD = NODE.get("mail_password", "")
DEFAULT_FROM_EMAIL = NODE.get("mail_from", "hansa@localhost")
EMAIL_HOST = NODE.get("mail_host", "localhost")
EMAIL_PORT = NODE.get("mail_port", 25)

LOGGING = logs.config(NODE.get("log"), NODE.get("log_level"))
