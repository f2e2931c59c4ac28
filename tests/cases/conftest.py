from tests.town import divisions, town

__all__ = ["divisions", "town"]
