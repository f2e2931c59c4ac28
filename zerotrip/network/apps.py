from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "zerotrip.network"
    label = "network"
    verbose_name = "邮路网"
    default_auto_field = "django.db.models.BigAutoField"
