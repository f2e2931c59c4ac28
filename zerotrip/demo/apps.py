from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "zerotrip.demo"
    label = "demo"
    verbose_name = "演示"
