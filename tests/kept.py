"""What is worked out once in a run, for all its processes: results of work that hangs on what it is given alone."""

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path

FOLDER = "TESTS_KEPT_IN"  # the variable that names the run's folder: .ci/run_tests sets it for both databases


def folder() -> Path:
    return Path(os.environ[FOLDER])


def kept(asked: object, work: Callable[[], object]) -> object:
    """What `work` gives, worked out once for everything that `asked` says: so `asked` must say all that it hangs on."""
    place = folder() / hashlib.sha256(pickle.dumps(asked)).hexdigest()
    if place.exists():
        return pickle.loads(place.read_bytes())
    done = work()
    half_way = place.with_suffix(f".{os.getpid()}")
    half_way.write_bytes(pickle.dumps(done))
    half_way.rename(place)
    return done
