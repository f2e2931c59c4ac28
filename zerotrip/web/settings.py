"""Settings. Everything that differs between installations comes from the environment; docs/operations lists it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from zerotrip.core import keys
from zerotrip.core.database import data_folder, django_settings

HERE = Path(__file__).resolve().parent
VAR = data_folder()
_KEYS = keys.load(VAR)

SECRET_KEY = _KEYS.web
ZEROTRIP_SEAL_KEYS = _KEYS.seal
ZEROTRIP_BLIND_KEY = _KEYS.blind
ZEROTRIP_DEMO = os.environ.get("ZEROTRIP_DEMO") == "1"
ZEROTRIP_CASE_PREFIX = os.environ.get("ZEROTRIP_CASE_PREFIX", "JX")
ZEROTRIP_PROVINCE = os.environ.get("ZEROTRIP_PROVINCE", "36")
ZEROTRIP_BASE_URL = os.environ.get("ZEROTRIP_BASE_URL", "http://127.0.0.1:8000").rstrip("/")

DEBUG = False
ALLOWED_HOSTS = os.environ.get("ZEROTRIP_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("ZEROTRIP_ORIGINS", "").split(",") if origin]

ROOMS = [
    "core", "ledger", "documents", "places", "people", "network", "catalog", "journey", "mail", "cases", "courier",
    "counter", "care", "portal", "gateway", "web", "demo",
]  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "ninja",
    "procrastinate.contrib.django",
    *[f"zerotrip.{room}" for room in ROOMS],
]
MIDDLEWARE = [
    "zerotrip.web.middleware.SizeLimit",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "zerotrip.web.middleware.SecurityHeaders",
    "zerotrip.gateway.express.Express",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "zerotrip.web.middleware.Problems",
    "zerotrip.people.middleware.ActingAs",
    "zerotrip.web.middleware.OnceOnly",
    "zerotrip.gateway.middleware.RateLimitHeaders",
]
ROOT_URLCONF = "zerotrip.web.urls"
WSGI_APPLICATION = "zerotrip.web.wsgi.application"
ASGI_APPLICATION = "zerotrip.web.asgi.application"
AUTH_USER_MODEL = "people.Account"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "zerotrip.web.context.everywhere",
            ],
            "builtins": ["zerotrip.web.templatetags.zt", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

ZEROTRIP_WARM = True
"""Load timetable and planner when a web process starts, rather than at the first question."""

DATABASES = {"default": django_settings() | {"CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": 0}}
DATABASES["default"]["OPTIONS"] |= {"pool": {"min_size": 1, "max_size": 16, "timeout": 15}}
DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ.get("ZEROTRIP_TEST_TEMPLATE")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "shared": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"},
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [HERE / "locale"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(VAR / "files")}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if os.environ.get("ZEROTRIP_S3_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": os.environ["ZEROTRIP_S3_BUCKET"],
            "endpoint_url": os.environ.get("ZEROTRIP_S3_ENDPOINT") or None,
            "default_acl": "private",
            "querystring_auth": True,
        },
    }
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 600

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ZEROTRIP_BASE_URL.startswith("https://")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "zerotrip.web.errors.csrf_failure"
LOGIN_URL = "/sign-in"

ZEROTRIP_IDLE_MINUTES = {"staff": 30, "citizen": 120}
"""Minutes without a request after which a session ends (GB/T 22239-2019 8.1.4.1: 15 to 30 is usual for staff)."""

ZEROTRIP_LARGEST_REQUEST = 60 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 40

ZEROTRIP_MAIL_RANGE = os.environ.get("ZEROTRIP_MAIL_RANGE", "1099000000001-1099999999999")
"""First and last mail number of this installation; the default is for demonstration."""

ZEROTRIP_SCAN_MONTHS = int(os.environ.get("ZEROTRIP_SCAN_MONTHS", "13"))
"""Months of scans kept in the database besides the present one; older ones are archived to files. Inquiries are
answered for a year (邮政法 49)."""
ZEROTRIP_ARCHIVE = os.environ.get("ZEROTRIP_ARCHIVE", str(VAR / "archive"))

ZEROTRIP_SEAL_NUMBER = re.compile(os.environ.get("ZEROTRIP_SEAL_NUMBER", "[0-9A-Z]{4,20}"))
"""What the number of a seal looks like, at most 20 characters. No official format is known: set your supplier's.
配置值，待核."""
ZEROTRIP_ESCALATE_HOURS = int(os.environ.get("ZEROTRIP_ESCALATE_HOURS", "24"))
"""Hours a difference of a hand-over list may stay open before it is escalated by itself. 配置值，待核."""

ZEROTRIP_SMS = os.environ.get("ZEROTRIP_SMS", "demo" if ZEROTRIP_DEMO else "outage")
"""Which adapter sends text messages: demo (shown on the demo inbox page), outage, or real."""

ZEROTRIP_PAYMENTS = os.environ.get("ZEROTRIP_PAYMENTS", "demo" if ZEROTRIP_DEMO else "outage")
"""Who takes money: real (WeChat Pay v3), demo (a sandbox page the demo serves), or outage: orders wait."""
ZEROTRIP_PAYMENT_ADAPTERS = {
    "real": "zerotrip.gateway.adapters.payment_real.Real",
    "demo": "zerotrip.gateway.adapters.payment_demo.Demo",
    "outage": "zerotrip.gateway.adapters.payment_outage.Outage",
}
ZEROTRIP_PAYEES = {
    "postage": os.environ.get("ZEROTRIP_PAYEE_POST", "邮政收入账户（配置值，待核）"),
    "insurance": os.environ.get("ZEROTRIP_PAYEE_POST", "邮政收入账户（配置值，待核）"),
    "state_fee": os.environ.get("ZEROTRIP_PAYEE_STATE", "财政专户（配置值，待核）"),
}
"""Whose account each kind of line belongs to; the state's money is never the post's."""
ZEROTRIP_COLLECT_STATE_FEES = os.environ.get("ZEROTRIP_COLLECT_STATE_FEES", "1" if ZEROTRIP_DEMO else "") == "1"
"""Collect the fees of an errand (工本费) for the state with the postage; needs the treasury's consent."""
ZEROTRIP_PAY_BEFORE_DELIVERY = os.environ.get("ZEROTRIP_PAY_BEFORE_DELIVERY", "") == "1"
"""Hand nothing over at the door whose postage the applicant still owes. Off: it is shown as due, nothing waits."""
ZEROTRIP_WECHAT = {
    name: os.environ.get(f"ZEROTRIP_WECHAT_{name.upper()}", "")
    for name in (
        "mchid", "appid", "serial", "private_key", "api_key", "public_key", "public_key_id", "certificates", "gateway",
        "kind",
    )
}  # fmt: skip
"""WeChat Pay v3; docs/concepts/money.md says what each holds."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("ZEROTRIP_LOG", "WARNING")},
}

ZEROTRIP_SMS_URL = os.environ.get("ZEROTRIP_SMS_URL", "")
ZEROTRIP_SMS_KEY = os.environ.get("ZEROTRIP_SMS_KEY", "")
ZEROTRIP_PROXIES = int(os.environ.get("ZEROTRIP_PROXIES", "0"))
"""How many trusted proxies stand before us: so many addresses of X-Forwarded-For are theirs."""

ZEROTRIP_ALLOW_PRIVATE_RECEIVERS = os.environ.get(
    "ZEROTRIP_ALLOW_PRIVATE_RECEIVERS", "127.0.0.0/8,::1" if ZEROTRIP_DEMO else ""
)
"""Hosts and networks, comma-separated, that webhooks and pushes may reach though private or without TLS."""

ZEROTRIP_WEBHOOK_DAYS = int(os.environ.get("ZEROTRIP_WEBHOOK_DAYS", "30"))
"""Days for which webhook messages are kept and can be sent or drawn again."""
ZEROTRIP_SIGNATURE_SECONDS = int(os.environ.get("ZEROTRIP_SIGNATURE_SECONDS", "300"))
"""How many seconds the time of a partner's signature may differ from ours, either way."""

ZEROTRIP_PORTAL = os.environ.get("ZEROTRIP_PORTAL", "demo" if ZEROTRIP_DEMO else "")
"""Which adapter tells the provincial portal of cases: demo, outage, real; empty: no portal is told anything."""
ZEROTRIP_PORTAL_URL = os.environ.get("ZEROTRIP_PORTAL_URL", "")
ZEROTRIP_PORTAL_BASIS = os.environ.get(
    "ZEROTRIP_PORTAL_BASIS", "个人信息保护法第十三条（履行法定职责）；国务院令第716号第七至十一条（配置值，待核）"
)
"""On what basis the portal is told personal data; sent with each row and recorded in the ledger."""
ZEROTRIP_SIGNING_KEY = os.environ.get("ZEROTRIP_SIGNING_KEY", "")
"""The key that signs what we send, as PEM; without one it follows from the installation's secrets."""
ZEROTRIP_EXPORT_DAYS = int(os.environ.get("ZEROTRIP_EXPORT_DAYS", "7"))
"""Days after which the file of an export is removed."""
