"""Print all benches, or those named: python -m bench importing search vectors"""

import importlib
import os
import sys
import time

# numpy's products on one thread: a second one goes on spinning, and the next way that is asked in
# turn would have half of the machine. Before numpy is imported, and only here: what a test
# imports of the benches changes nothing for it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ALL = (
    "importing", "search", "vectors", "known_items", "kills", "pages", "typing", "harvest",
    "harvest_kills", "scale", "load", "api", "topic_map", "editions", "votes",
    "taste",
)  # fmt: skip

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        if name not in ALL:
            sys.exit(f"no bench {name!r}; there are: {', '.join(ALL)}")
        started = time.perf_counter()
        print(f"\n## {name}\n")
        importlib.import_module(f"bench.{name}").main()
        print(f"\n({time.perf_counter() - started:.0f} s)")
