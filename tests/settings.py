"""Settings of the tests: those of the product, with a quick password hash and no connection pool."""

from zerotrip.web.settings import *  # noqa: F403
from zerotrip.web.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"]["OPTIONS"].pop("pool", None)
DATABASES["default"]["CONN_MAX_AGE"] = None
ALLOWED_HOSTS = ["*"]

ZEROTRIP_WARM = False  # tests load what they need themselves
