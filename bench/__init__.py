"""Speed and memory, against named peers in the same run. Print all: python -m bench"""

import os

# numpy's products on one thread: a second one goes on spinning, and the next way that is asked in
# turn would have half of the machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
