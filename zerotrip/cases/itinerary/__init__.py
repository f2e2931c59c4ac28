"""How a case carries the itinerary it was opened with: what it means for the case, its legs, its forecast."""

from zerotrip.cases.itinerary.meaning import Meaning, carried_by, legs_of, meaning_of, version_of

__all__ = ["Meaning", "carried_by", "legs_of", "meaning_of", "version_of"]
