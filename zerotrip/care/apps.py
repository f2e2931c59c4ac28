from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "zerotrip.care"
    label = "care"
    verbose_name = "异常与告知"
    default_auto_field = "django.db.models.BigAutoField"
