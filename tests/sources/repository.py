"""A generated OAI-PMH repository of arXiv's shape, for `Server.handle`, and a server of one.

    python -m tests.sources.repository 20000  # prints its address and serves until it is ended
"""

import random
import sys
from datetime import date, timedelta
from xml.sax.saxutils import escape

from tests.fixtures import WORDS
from tests.sources.loopback import Answered, Asked, Server

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation='
    '"http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">\n'
    "<responseDate>{now}T10:00:00Z</responseDate>\n"
)
_FORMATS = {"arXiv": "http://arxiv.org/OAI/arXiv/", "arXivRaw": "http://arxiv.org/OAI/arXivRaw/"}
FIRST = date(2020, 1, 1)


class Repository:
    """`count` records, `per_day` of them a day; numbers in `deleted` are deleted records.

    `expire` names offsets whose tokens are forgotten once, `repeat` offsets whose page comes with
    its own token again, `twice` has each page begin with the last record of the one before.
    `now` is the server's date, `first` that of the first record.
    """

    def __init__(
        self, count: int, page: int = 1000, *, per_day: int = 500, deleted=(), expire=(), repeat=(),
        twice: bool = False, now: str = "2026-11-20", first: date = FIRST, seed: int = 0,
    ):  # fmt: skip
        self.count, self.page, self.per_day, self.now = count, page, per_day, now
        self.deleted, self.expire, self.repeat = set(deleted), set(expire), set(repeat)
        self.twice, self.first, self._seed = twice, first, seed

    def __call__(self, asked: Asked) -> Answered:
        answer = getattr(self, "_" + asked.params.get("verb", "").lower(), None)
        body = answer(asked.params) if answer else _error("badVerb", "no such verb")
        request = f'<request verb="{escape(asked.params.get("verb", ""))}">http://x/oai2</request>\n'
        return Answered((_HEAD.format(now=self.now) + request + body + "</OAI-PMH>").encode(),
                        headers={"Content-Type": "text/xml; charset=utf-8"})  # fmt: skip

    def stamp(self, number: int) -> str:
        return str(self.first + timedelta(days=number // self.per_day))

    def identifier(self, number: int) -> str:
        years, months = divmod(number // 9999, 12)
        return f"{20 + years}{months + 1:02}.{number % 9999 + 1:05}"

    # --- verbs -------------------------------------------------------------------------------

    def _identify(self, _) -> str:
        return ("<Identify><repositoryName>arXiv</repositoryName><baseURL>http://x/oai2</baseURL>"
                "<protocolVersion>2.0</protocolVersion><adminEmail>a@b</adminEmail>"
                f"<earliestDatestamp>{self.first}</earliestDatestamp><deletedRecord>persistent"
                "</deletedRecord><granularity>YYYY-MM-DD</granularity></Identify>")  # fmt: skip

    def _listsets(self, _) -> str:
        return "<ListSets><set><setSpec>cs</setSpec><setName>CS</setName></set></ListSets>"

    def _listrecords(self, params: dict[str, str]) -> str:
        token = params.get("resumptionToken")
        if token:
            parts = token.split("|")
            if len(parts) != 4:
                return _error("badResumptionToken", "not a token")
            prefix, first, last, offset = *parts[:1], *map(int, parts[1:])
            if offset in self.expire:
                self.expire.discard(offset)
                return _error("badResumptionToken", "expired")
        else:
            prefix = params.get("metadataPrefix", "")
            if prefix not in _FORMATS:
                return _error("cannotDisseminateFormat", "arXiv and arXivRaw only")
            if params.get("set", "cs") != "cs":
                return _error("noRecordsMatch", "")
            first, last = self._range(params.get("from"), params.get("until"))
            offset = 0
        numbers = range(first + offset, min(first + offset + self.page, last))
        if not numbers:
            return _error("noRecordsMatch", "")
        before = [numbers[0] - 1] if self.twice and offset else []
        records = "".join(self.record(n, prefix) for n in [*before, *numbers])
        following = offset if offset in self.repeat else offset + self.page
        end = "" if first + following >= last else f"{prefix}|{first}|{last}|{following}"
        resume = ""
        if end or offset:
            resume = (f'<resumptionToken cursor="{offset}" completeListSize="{last - first}">'
                      f"{end}</resumptionToken>")  # fmt: skip
        return f"<ListRecords>{records}{resume}</ListRecords>"

    def _range(self, since: str | None, until: str | None) -> tuple[int, int]:
        def days(day: str) -> int:
            return (date.fromisoformat(day) - self.first).days

        first = max(0, days(since) * self.per_day) if since else 0
        last = (days(until) + 1) * self.per_day if until else self.count
        return first, min(last, self.count)

    # --- records -----------------------------------------------------------------------------

    def record(self, number: int, prefix: str = "arXiv") -> str:
        name, stamp = self.identifier(number), self.stamp(number)
        deleted = ' status="deleted"' if number in self.deleted else ""
        header = (f"<header{deleted}><identifier>oai:arXiv.org:{name}</identifier>"
                  f"<datestamp>{stamp}</datestamp><setSpec>cs</setSpec></header>")  # fmt: skip
        if deleted:
            return f"<record>{header}</record>\n"
        chance = random.Random(self._seed * 1_000_003 + number)
        words = chance.choices(WORDS, k=125)
        title = f"{' '.join(words[:5]).capitalize()} {number}"
        people = [("Author", str(chance.randrange(5000))) for _ in range(3)]
        if prefix == "arXiv":
            about = f"<id>{name}</id><created>2020-01-{number % 28 + 1:02}</created><authors>"
            about += "".join(f"<author><keyname>{n}</keyname><forenames>{f}</forenames></author>"
                             for f, n in people) + "</authors>"  # fmt: skip
        else:
            about = (f"<id>{name}</id><submitter>A B</submitter><version version=\"v1\"><date>Thu, "
                     f"{number % 28 + 1} Jan 2020 10:00:00 GMT</date><size>1kb</size></version>"
                     f"<authors>{', '.join(' '.join(p) for p in people)}</authors>")  # fmt: skip
        return (
            f'<record>{header}<metadata><{prefix} xmlns="{_FORMATS[prefix]}">{about}'
            f"<title>{title}</title><categories>cs.LG stat.ML</categories><comments>{number % 40} "
            "pages &amp; figures</comments><license>http://arxiv.org/licenses/nonexclusive-distrib/"
            f"1.0/</license><abstract>  {' '.join(words[5:])}.\n</abstract></{prefix}>"
            "</metadata></record>\n"
        )


def _error(code: str, message: str) -> str:
    return f'<error code="{code}">{message}</error>'


if __name__ == "__main__":
    with Server() as server:
        server.handle("/oai2", Repository(int(sys.argv[1])))
        print(server.address, flush=True)
        sys.stdin.read()  # until whoever started it goes
