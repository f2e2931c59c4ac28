from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "zerotrip.web"
    label = "web"
    verbose_name = "页面"
