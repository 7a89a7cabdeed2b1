"""Papers for the browser: enough of them for long pages, and those that break layouts."""

import json
from pathlib import Path

from tests.fixtures import rows_of_papers, write_rows

# What no page may run, load or take for markup, whichever field it came in.
MARKUP = (
    "<script>window.owned = true</script><img src=//example.org/x.png onerror='owned=1'>"
    "\"'><iframe src=//example.org></iframe><a href=javascript:owned=1>link</a></p></bdi>"
)
OVERRIDE = "\u202e"  # shows what follows it from right to left

HARD = {
    "1901.00001": {
        "title": "x" * 400,
        "abstract": "y" * 2_000,
        "authors": ["z" * 200],
        "comment": "c" * 300,
        "venue": "v" * 300,
    },
    "1901.00002": {
        "title": "Many hands",
        "authors": [f"Person {n} of many" for n in range(3_000)],
    },
    "1901.00003": {
        "title": r"Bounds of $O(n \log n)$ and $\mathcal{O}(\sqrt{n})$, again",
        "abstract": " ".join(
            rf"For $n={n}$ there is $\sum_{{i=1}}^{{{n}}} \frac{{x_i^2}}{{\sqrt{{\lambda_i}}}}$."
            for n in range(200)
        ),
    },
    "1901.00004": {
        "title": "🤖 Robots 👩‍🔬 who read 🏳️‍🌈 papers 🧠",
        "abstract": "🧪" * 300 + " an abstract of emoji",
        "authors": ["🦊 Fox", "José Ñandú"],
    },
    "1901.00005": {
        "title": f"{OVERRIDE}gnitteg tsrif eht fo evitcepsrep",
        "abstract": f"Before {OVERRIDE}after it, and never closed.",
        "authors": [f"{OVERRIDE}ecalevoL adA"],
    },
    "1901.00006": {
        "title": "تعلم الآلة العميق لمعالجة اللغة العربية",
        "abstract": "نقدم نموذجا جديدا يتعلم من النصوص. " * 20,
        "authors": ["محمد الأمين", "שרה כהן"],
    },
    "1901.00007": {
        "title": MARKUP,
        "abstract": MARKUP * 3,
        "authors": [MARKUP],
        "categories": [MARKUP],
        "comment": MARKUP,
        "venue": MARKUP,
        "licence": MARKUP,
        "description": MARKUP,
        "links": [
            {"kind": MARKUP, "url": "https://example.org/?" + MARKUP},
            {"kind": "page", "url": "javascript:owned=1"},
        ],
    },
    "1901.00008": {"title": "Only a title"},
    "1901.00009": {"title": "Once believed", "status": "retracted", "status_note": MARKUP},
}
DAY, HARD_DAY = "2020-01-01", "2019-01-02"


def write_papers(place: Path) -> list[Path]:
    """Files to import: 120 made papers, a listing with votes, the hard ones."""
    rows = rows_of_papers(120)
    for row in rows[:15]:
        row["date"] = DAY
    rows[1]["authors"] = "Ada Lovelace"
    hard = [
        {
            "identities": [f"arxiv:{arxiv}"],
            "published": HARD_DAY,
            "categories": ["cs.LG", "cs.CL"],
            "authors": ["Grace Hopper"],
            "abstract": "A robot reads what it can.",
        }
        | fields
        for arxiv, fields in HARD.items()
    ]
    listed = [
        {
            "list_date": "2020-01-02",
            "id": row["id"],
            "title": row["title"],
            "abstract": row["abstract"],
            "authors": ["Ada Lovelace"],
            "upvotes": 90 - n,
            "comments": n,
        }
        for n, row in enumerate(rows[60:75])
    ]
    return [
        write_rows(place / name, held)
        for name, held in (("rows", rows), ("hard", hard), ("listed", listed))
    ]


def imported(output: str) -> dict[str, int]:
    """The counts that `papertide import --json` printed."""
    return json.loads(output)
