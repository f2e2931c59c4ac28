from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "zerotrip.gateway"
    label = "gateway"
    verbose_name = "接口"
    default_auto_field = "django.db.models.BigAutoField"
