from django.apps import AppConfig


class CounterConfig(AppConfig):
    name = "zerotrip.counter"
    label = "counter"
    verbose_name = "柜台"
    default_auto_field = "django.db.models.BigAutoField"
