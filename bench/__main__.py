"""Every benchmark, one after the other.

python -m bench             # all
python -m bench api labels  # some
python -m bench mail --json # what follows the names is passed on
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ALL = sorted(path.stem for path in HERE.glob("[a-z]*.py") if path.stem != "common")


def main(arguments: list[str]) -> int:
    """Run the benchmarks named first, or all, with the options after them. Returns 1 when one of them failed."""
    names = next((n for n, each in enumerate(arguments) if each.startswith("-")), len(arguments))
    wanted, options = arguments[:names], arguments[names:]
    unknown = sorted(set(wanted) - set(ALL))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    failed = 0
    for name in wanted or ALL:
        print(f"\n── {name}", file=sys.stderr if "--json" in options else sys.stdout, flush=True)
        failed |= subprocess.run([sys.executable, "-m", f"bench.{name}", *options], cwd=HERE.parent).returncode
    return int(failed != 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
