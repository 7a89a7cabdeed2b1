"""Finding papers by word in Milvus, from 2.5 on: BM25 by its function, all else by expressions."""

import datetime
from typing import Any

from papertide.search import lexical_query, milvus_text, tree
from papertide.search.engine import Candidates, Document
from papertide.search.milvus import expression
from papertide.search.milvus_collections import MOST, Collection, none_found
from papertide.search.milvus_server import pymilvus
from papertide.search.query import as_tree
from papertide.search.tree import Tree

MAX_OFFSET = 10_000  # as the other engine has it
_MAX_LIMIT = 10_000  # MOST, less the offset at most
_FEW = 1000  # papers that are read to be sorted by date, or four times as many as are needed
_EVERYTHING = "id > 0"
_TEXTS = ("text", "spelt", "venue")


class MilvusWords(Collection):
    """The word index of one catalogue in Milvus. See `Engine`, `milvus_text`."""

    kind = "words"
    arrays = ("categories", "sources", "has", "identities")

    def words(
        self, query: str | Tree | None, where: Tree | None = None, *, limit: int = 20,
        offset: int = 0, by_date: bool = False,
    ) -> Candidates:  # fmt: skip
        """See `Engine.words`. Papers that match without any of the words, as in `robots OR
        venue:icml`, come after the others, the newest first."""
        asked = tree.every(as_tree(query), where)
        said = self._expression(asked)
        if asked is None and not (isinstance(query, str) and query.strip()):
            said = _EVERYTHING
        offset = max(offset, 0)
        limit = min(limit, _MAX_LIMIT, MOST - offset)
        if not said or offset > MAX_OFFSET or limit < 1 or self._served() is None:
            return none_found()
        total = self._counted(said)
        terms = "" if by_date else milvus_text.scored(asked)
        if not terms:
            ids, dates = self._newest(said, total, limit, offset)
            return Candidates(ids=ids, scores=dates, total=total)
        ids, scores = self._ranked(terms, asked, said, limit, offset)
        if len(ids) < limit and offset + len(ids) < total:
            matching = milvus_text.match_any(terms)
            before = offset + len(ids) if ids else self._counted(f"({said}) and ({matching})")
            others, left = f"({said}) and not ({matching})", max(0, total - before)
            more, _ = self._newest(others, left, limit - len(ids), max(0, offset - before))
            ids, scores = ids + more, scores + [0.0] * len(more)
        return Candidates(ids=ids, scores=scores, total=total)

    def facets(self, *asked: object, **more: object) -> None:
        """See `Engine.facets`: Milvus cannot count the values of arrays."""

    def vocabulary(self) -> None:
        """See `Engine.vocabulary`: Milvus does not tell the words it has."""

    def terms(self, query: str | Tree | None) -> frozenset[str]:
        """See `Engine.terms`."""
        return lexical_query.terms(as_tree(query))

    def is_author(self, text: str) -> bool:
        """See `Engine.is_author`."""
        said = milvus_text.author(text)
        if not said or self._served() is None:
            return False
        return len(self._ask("query", filter=said, output_fields=["id"], limit=1)) > 0

    def _expression(self, where: Tree | None) -> str:
        served = self._served()
        if where is None or served is None:
            return ""
        return expression(where, served[1].categories, milvus_text.said)

    def _ranked(
        self, terms: str, asked: Tree | None, said: str, limit: int, offset: int
    ) -> tuple[list[int], list[float]]:
        # What has a score has one of the words: plain words need no expression beside it.
        words = tree.plain(asked)
        if words and milvus_text.said(words) == milvus_text.match_any(terms):
            rest = tree.without(asked, words)
            said = self._expression(rest) if rest else ""
        [hits] = self._ask(
            "search", data=[terms], anns_field="sparse", filter=said, limit=limit, offset=offset,
            output_fields=["id"], search_params={"metric_type": "BM25"},
        )  # fmt: skip
        # Milvus Lite gives scores below zero, the best the lowest.
        found = [(int(hit["id"]), abs(float(hit["distance"]))) for hit in hits]
        return [i for i, _ in found], [score for _, score in found]

    # --- by date -----------------------------------------------------------------------------

    def _newest(
        self, said: str, total: int, limit: int, offset: int
    ) -> tuple[list[int], list[float]]:
        """Of all papers that an expression lets through, the newest first, of a day those that
        came last first; and their dates. Milvus cannot sort: papers are counted by their dates
        until there are as many as are needed and few more, and these are sorted here."""
        needed = offset + limit
        since, held = self._bound(said, total, "date", _tomorrow(), needed, MOST)
        inside = f"({said}) and date >= {since}"
        if held > MOST:  # so many are of one day: those of later days, and the last of it
            later = self._counted(f"({said}) and date > {since}")
            of_day = f"({said}) and date == {since}"
            room = MOST - later
            first, _ = self._bound(of_day, held - later, "id", 2**40, needed - later, room)
            inside = f"({said}) and (date > {since} or (date == {since} and id >= {first}))"
        rows = self._ask("query", filter=inside, output_fields=["id", "date"], limit=MOST)
        found = sorted(((int(row["date"]), int(row["id"])) for row in rows), reverse=True)
        page = found[offset:needed]
        return [i for _, i in page], [float(date) for date, _ in page]

    def _bound(
        self, said: str, total: int, field: str, beyond: int, needed: int, room: int
    ) -> tuple[int, int]:
        """A value of a field from which on there are as many of all papers as are needed, and
        not many more, in the room there is, where that can be; and how many there are. Looked for
        from `beyond` down."""
        few = min(room, max(_FEW, 4 * needed))
        low, high, held, step = 0, beyond, total, 1  # from `low` on there are enough
        while held > few and high - low > 1:
            middle = max((low + high) // 2, beyond - step)
            step *= 4
            there = self._counted(f"({said}) and {field} >= {middle}")
            if there >= needed:
                low, held = middle, there
            else:
                high = middle
        return low, held

    # --- writing -----------------------------------------------------------------------------

    def generation(self, name: str) -> "MilvusWords":
        return MilvusWords(self.server, self._folder, self._catalog, None, name)

    def rows(self, documents: list[Document]) -> list[dict[str, Any]]:
        return [milvus_text.texts(document) for document in documents]

    def add_fields(self, schema: Any, indexes: Any, types: Any) -> None:
        made, light = pymilvus(), self.server.light
        # Texts come as terms between spaces; Lite has no such analyzer, and none that harms less.
        matched = {
            "enable_analyzer": True,
            "enable_match": True,
            "analyzer_params": {"tokenizer": "standard" if light else "whitespace"},
        }
        for field in _TEXTS:
            more = matched if field != "spelt" else {}
            schema.add_field(field, types.VARCHAR, max_length=milvus_text.LONGEST, **more)
        schema.add_field(
            "names", types.ARRAY, element_type=types.VARCHAR,
            max_capacity=milvus_text.MOST_NAMES, max_length=milvus_text.LONGEST_NAME,
        )  # fmt: skip
        schema.add_field("sparse", types.SPARSE_FLOAT_VECTOR)
        schema.add_function(made.Function(
            name="bm25", function_type=made.FunctionType.BM25, input_field_names=["text"],
            output_field_names=["sparse"],
        ))  # fmt: skip
        indexes.add_index("sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
        if not light:
            indexes.add_index("names", index_type="INVERTED")


def _tomorrow() -> int:
    day = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=2)
    return day.year * 10_000 + day.month * 100 + day.day
