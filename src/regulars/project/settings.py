"""Django's settings: what the product always wants, with what `env.py` found.

Nothing here is to be edited by a shop; see docs and `regulars doctor`.
"""

import os
from pathlib import Path

import dj_database_url

from regulars.base.failpoints import check_environment
from regulars.project.env import env as ENV  # noqa: N812 - a setting

check_environment()
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = ENV.secret_key
DEBUG = False
ALLOWED_HOSTS = ["*"]  # links are made from REGULARS_PUBLIC_URL, never from the Host that arrived
USE_X_FORWARDED_HOST = False

REGULARS_DSN = ENV.database_url or ""
POOL_SIZE = int(os.environ.get("REGULARS_POOL", "16"))
_GIVEN = dj_database_url.parse(REGULARS_DSN or "postgresql:///regulars")
DATABASES = {
    "default": {
        **_GIVEN,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **_GIVEN.get("OPTIONS", {}),  # what the URL asks for, sslmode above all
            "pool": {"min_size": 0, "max_size": POOL_SIZE, "timeout": 5, "max_idle": 60},
            "application_name": "regulars web",
            "connect_timeout": 5,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30000,
            "options": "-c TimeZone=UTC -c statement_timeout=5s -c jit=off -c idle_in_transaction_session_timeout=60s",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "regulars.base",
    "regulars.shop",
    "regulars.events",
    "regulars.catalog",
    "regulars.staff",
    "regulars.people",
    "regulars.talks",
    "regulars.orders",
    "regulars.promises",
    "regulars.outbox",
    "regulars.desk",
    "regulars.loyalty",
    "regulars.feedback",
    "regulars.segments",
    "regulars.intake",
    "regulars.journeys",
    "regulars.reports",
    "regulars.project",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "regulars.project.urls"
WSGI_APPLICATION = "regulars.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates", PACKAGE / "public" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "builtins": ["regulars.web.tags"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

AUTH_USER_MODEL = "staff.Account"
LOGIN_URL = "web:login"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = (ENV.public_url or "").startswith("https://")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
CSRF_TRUSTED_ORIGINS = [ENV.public_url] if ENV.public_url else []

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "Русский")]
LOCALE_PATHS = [PACKAGE / "project" / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [p for p in [PACKAGE / "web" / "static", PACKAGE / "public" / "static"] if p.is_dir()]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_IMMUTABLE_FILE_TEST = r"/built/.+-[0-9A-Za-z]{8,12}\.\w+$"  # their names carry a hash of the content
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "img-src": ["'self'", "data:"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

LOGGING_CONFIG = None  # base/logs.py sets structlog up for every process
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W020"]  # TLS ends at the owner's proxy
REGULARS_EMAIL_URL = ENV.email_url
REGULARS_PUBLIC_URL = ENV.public_url
REGULARS_TELEGRAM_API = ENV.telegram_api
REGULARS_DATA = ENV.data_dir
REGULARS_LAN = ENV.lan
