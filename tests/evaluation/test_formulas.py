"""What is counted about formulas."""

import json

import pytest

from evaluation import formulas


def test_counts():
    found = [r"About $x$ and $\foo$, \(\unknown{y}\)", "plain", "costs $5", r"$$z\text{ $$"]
    measured = formulas.measure(found)
    assert (measured.texts, measured.with_formulas, measured.formulas) == (4, 2, 4)
    assert measured.reasons == {"unknown": 2, "braces do not match": 1}
    shown = formulas.table(measured)
    assert "| shown as MathML | 1 (25.0%) |" in shown
    assert "| not: unknown | 2 |" in shown


@pytest.mark.parametrize(("every", "expected"), [(1, 10), (2, 6)])
def test_texts_of_a_folder(tmp_path, every, expected):
    rows = [
        {"id": f"2401.0000{n}", "title": f"T{n}", "abstract": "$x$", "authors": "A. B",
         "date": "2024-01-02", "categories": ["cs.LG"], "primary_cat": "cs.LG"}
        for n in range(5)
    ]  # fmt: skip
    (tmp_path / "some.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert len(list(formulas.texts(tmp_path, every))) == expected


def test_nothing_measured():
    assert "| shown as MathML | 0 (0.0%) |" in formulas.table(formulas.measure([]))
