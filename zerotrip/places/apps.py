from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "zerotrip.places"
    label = "places"
    verbose_name = "区划与场所"
    default_auto_field = "django.db.models.BigAutoField"
