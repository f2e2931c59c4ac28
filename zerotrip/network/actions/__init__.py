"""What can be done to timetables and to what is known of them."""

from zerotrip.network.actions.feeds import activate, import_feed, retire
from zerotrip.network.actions.learning import Kept, add_outcomes, learn, observe, seed_lateness

__all__ = ["Kept", "activate", "add_outcomes", "import_feed", "learn", "observe", "retire", "seed_lateness"]
