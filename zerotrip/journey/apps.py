from django.apps import AppConfig


class JourneyConfig(AppConfig):
    name = "zerotrip.journey"
    label = "journey"
    verbose_name = "办事路线"
    default_auto_field = "django.db.models.BigAutoField"
