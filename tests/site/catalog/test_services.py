"""What the catalogue answers, on each database."""

import datetime

from tests.fixtures import make_record
from tests.site.helpers import add

FUTURE = "2999-12-31"


def test_days_lead_no_further_than_today(library):
    today = datetime.datetime.now(datetime.UTC).date()
    add(library, [make_record("Of the future", published=FUTURE)])
    assert library.latest_day() is None
    assert library.day(today).following is None
    add(library, [make_record("Of today", published=str(today)),
                  make_record("Of the past", published="2024-01-03")])  # fmt: skip
    assert library.latest_day() == today
    assert library.day(datetime.date(2024, 1, 3)).following == today
    assert library.day(today).following is None
    assert library.day(datetime.date.fromisoformat(FUTURE)).count == 1


def test_a_paper_of_the_future_is_found_but_not_the_newest(library):
    add(library, [make_record("Of the future", published=FUTURE),
                  make_record("Of the past", published="2024-01-03")])  # fmt: skip
    hits = library.search("of the", by_date=True).hits
    assert [hit.paper.title for hit in hits] == ["Of the past", "Of the future"]
