from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class LedgerConfig(AppConfig):
    name = "zerotrip.ledger"
    label = "ledger"
    verbose_name = "台账"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load every room's kinds and readers, so that each entry has its sentence and each reader its cursor."""
        for room in apps.get_app_configs():
            for module in ("kinds", "readers"):
                if room.name.startswith("zerotrip.") and find_spec(f"{room.name}.{module}"):
                    import_module(f"{room.name}.{module}")
