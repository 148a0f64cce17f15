"""Loading the product's code without the garbage collector, which would go over all of it hundreds of times.

What code consists of is made once and stays. Must not know what is loaded.
"""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def staying() -> Iterator[None]:
    """Within the block nothing is collected; what is there at its end is never looked at again, so that forks go on
    sharing it.

    A block within another one leaves all of this to the outer one.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        # A load leaves some six thousand objects in circles; to look for them would add a sixth to its time.
        gc.freeze()
        gc.enable()
