"""Moving an index into Milvus while searches go on: a new generation is filled, catches up with
what changed meanwhile, and only then is served. Killed at any point, it goes on where it was."""

from collections.abc import Callable

from papertide.search import catch_up
from papertide.search.catch_up import Caught, Changes
from papertide.search.milvus_collections import Collection
from papertide.search.milvus_vectors import MilvusVectors, Stored


def migrate(
    index: Collection, changes: Changes, stored: Stored | None, note: Callable[[int], None],
    on_progress: Callable[[int, int], None] | None = None,
) -> Caught:  # fmt: skip
    """Make an index in Milvus anew from all papers, and from the vectors `stored` where there are
    some. `note` is told of the change from which on the log is to be kept."""
    with index.writing():
        # A vector may be that of an older text from the position of its index on: what changed
        # since then is embedded when the new generation catches up.
        position, oldest = changes.last(), changes.oldest()
        held = stored.position() if stored is not None else 0
        if held and oldest <= held + 1:
            position = min(position, held)
        else:
            stored = None
        made = index.unfinished(position, oldest)
        note(made.position())
        caught = Caught(rebuilt=True)
        documents = catch_up.counted(
            changes.all_documents(), caught, on_progress, changes.count()
        )
        if isinstance(made, MilvusVectors):
            made.stored = stored
            made.fill(documents)
            made.stored = None
        else:
            made.fill(documents)
        catch_up.catch_up(made, changes)
        made.serve()
        note(made.position())
        return caught
