"""Where the library's methods run: Django's database is not for every thread."""

import asyncio
import functools
from collections.abc import Callable
from typing import TypeVar

_Method = TypeVar("_Method", bound=Callable)


def with_database(method: _Method) -> _Method:
    """Run a method where Django's database may be used.

    Django refuses synchronous queries in a thread with a running event loop, as every cell of
    a Jupyter notebook is; there the work is done on the library's own thread.
    """

    @functools.wraps(method)
    def run(self, *arguments, **named):
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return method(self, *arguments, **named)
        return self._thread.submit(method, self, *arguments, **named).result()

    return run
