from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "zerotrip.portal"
    label = "portal"
    verbose_name = "市民门户"
    default_auto_field = "django.db.models.BigAutoField"
