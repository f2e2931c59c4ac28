from django.apps import AppConfig


class CourierConfig(AppConfig):
    name = "zerotrip.courier"
    label = "courier"
    verbose_name = "揽投"
    default_auto_field = "django.db.models.BigAutoField"
