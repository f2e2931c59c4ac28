"""Mail at speed: scans taken in, memory, a province-year, tracking by number; each beside its ceiling of the same run.

    python -m bench.mail [--scans 1000000] [--pieces 420000] [--full] [--years N] [--json]

The usual run takes two to three minutes. `--full` also loads a whole province-year (4.8 million scans by `make-year`);
`--years 10` stores nine more years of the size of `--scans` and measures ingest and tracking again.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from bench import _mail_ingest, _mail_tracking
from bench.common import Figure, installation, report

LASTING = 1_000_000
"""So many scans take longer than the measuring beside them."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=1_000_000, help="scans to take in (default 1,000,000)")
    parser.add_argument("--pieces", type=int, default=420_000, help="over so many pieces (default 420,000)")
    parser.add_argument("--rounds", type=int, default=2, help="turns of ceiling and ours (default 2)")
    parser.add_argument("--full", action="store_true", help="also load a province-year into an empty database")
    parser.add_argument("--years", type=int, default=0, metavar="N", help="measure again with N years stored")
    parser.add_argument("--no-tracking", action="store_true", help="leave tracking by number out")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    options = parser.parse_args()
    options.scans = min(options.scans, options.pieces * 10) // 2 * 2
    notes = [f"load before the run {os.getloadavg()[0]:.1f}; best of {options.rounds} runs on both sides"]
    with installation() as folder:
        files = _mail_ingest.make(folder, options.pieces, options.scans)
        figures = _mail_ingest.figures(files, options.pieces, options.scans, options.rounds)
        first = figures[0].value
        if options.full:
            figures += _mail_ingest.full(folder)
        lasting = files.scans if options.scans >= LASTING else None
        if not options.no_tracking:
            _mail_ingest.forget()
            figures += _tracking(lasting)
        if options.years > 1:
            figures += _mail_ingest.years(files, options.years, options.scans, options.pieces, first)
            if not options.no_tracking:
                figures += _tracking(None, f" with {options.years} years stored")
        report("Mail", figures, as_json=options.json, notes=notes)


def _tracking(scans: Path | None, when: str = "") -> list[Figure]:
    """`scans` is the file that is taken in meanwhile; without one a larger is made."""
    command = [sys.executable, "-m", "zerotrip", "ingest", str(scans), "--json"] if scans else []
    found = _mail_tracking.figures(ingest=command)
    return [
        Figure(f"tracking by number, one worker{when}", found["requests_per_second"], "requests/s",
               found["bare_requests_per_second"], 0.7, "the ceiling is a bare view with the same SELECT"),
        Figure(f"tracking, p50 at 200/s while ingest runs{when}", found["p50_ms"], "ms"),
        Figure(f"tracking, p99 at 200/s while ingest runs{when}", found["p99_ms"], "ms", goal=-50),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
