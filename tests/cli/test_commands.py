"""The command line as programs and people use it."""

import json
import shutil

import pytest

from tests.fixtures import papertide, rows_of_papers, write_rows
from tests.serving import free_port


@pytest.fixture(scope="module")
def data(migrated_sqlite, tmp_path_factory):
    """A data folder with 300 papers, for commands that only read."""
    folder = tmp_path_factory.mktemp("filled") / "data"
    shutil.copytree(migrated_sqlite, folder)
    rows = write_rows(folder / "rows", rows_of_papers(300))
    assert papertide("import", str(rows), data=folder).returncode == 0
    return folder


def run(*arguments, data, code=0, **named):
    done = papertide(*arguments, data=data, **named)
    assert done.returncode == code, done.stderr
    return done


def test_import_prints_one_object_of_totals(tmp_path, shared):
    pages = sorted(map(str, (shared / "data" / "pages").glob("*.txt")))
    for new, unchanged in ((358, 115), (0, 473)):
        found = {"found_by": {"title and abstract": unchanged}, "absorbed": 0, "to_review": 0}
        done = run("import", *pages, "--json", data=tmp_path)
        assert json.loads(done.stdout) == {
            "entries": 473, "new": new, "changed": 0, "unchanged": unchanged, "rejected": 0,
            **found,
        }  # fmt: skip
    found = run("search", "preference learning", "--json", data=tmp_path)
    assert json.loads(found.stdout)["hits"]
    # A page's date has no year unless one is given; then the same listings get it.
    listing = json.loads(run("today", "--json", data=tmp_path).stdout)
    assert listing["title"] == "Daily Papers, Apr 16"
    done = run("import", *pages, "--year", "2025", "--json", data=tmp_path)
    assert json.loads(done.stdout)["changed"] == 0
    title = json.loads(run("today", "--json", data=tmp_path).stdout)["title"]
    assert title == "Daily Papers, 16 April 2025"


def test_import_says_how_it_found_papers_and_doctor_what_is_open(tmp_path):
    one = {"public_id": "x", "title": "One title of two works", "authors": ["Ada Lovelace"]}
    rows = [one | {"identities": [f"arxiv:2503.0000{n}"]} for n in (1, 2, 2)] + [one]
    done = run("import", str(write_rows(tmp_path / "rows", rows)), data=tmp_path / "data")
    assert "found by: arXiv id 1; 2 pairs to review" in done.stderr
    done = run("doctor", data=tmp_path / "data")
    assert "2 pairs to look at: /admin/catalog/possibleduplicate/" in done.stdout


def test_import_from_standard_input(tmp_path):
    rows = write_rows(tmp_path / "rows", rows_of_papers(20))
    with rows.open("rb") as file:
        done = run("import", "-", "--json", data=tmp_path / "data", stdin=file)
    assert json.loads(done.stdout)["new"] == 20


def test_import_says_what_it_could_not_read(tmp_path):
    rows = rows_of_papers(5)
    rows[2] = {"hello": "world"}
    file = str(write_rows(tmp_path / "rows", rows))
    done = run("import", file, "/does/not/exist", "--json", data=tmp_path / "data", code=1)
    assert json.loads(done.stdout)["rejected"] == 1
    assert json.loads(done.stdout)["new"] == 4
    assert "/does/not/exist: No such file" in done.stderr
    assert "rejected" in done.stderr


def test_import_loads_no_landmarks(tmp_path):
    file = str(write_rows(tmp_path / "rows", rows_of_papers(5)))
    run("import", file, data=tmp_path / "data")
    held = json.loads(run("index", "status", "--json", data=tmp_path / "data").stdout)
    assert (held["papers"], held["indexed"], held["behind"]) == (5, 5, 0)


def test_search(data):
    done = run("search", "robot", "graph", "-n", "3", data=data)
    assert "robot" in done.stdout.lower()
    found = json.loads(run("search", "robot graph", "-n", "3", "--json", data=data).stdout)
    assert len(found["hits"]) == 3
    assert {"score", "paper"} <= set(found["hits"][0])
    assert "No paper found" in run("search", "zzzz", data=data).stderr


def test_a_mistake_in_a_query_goes_to_standard_error(data):
    done = run("search", "robot date:2020-13", data=data)
    assert "robot" in done.stdout.lower()
    assert "date: wants 2024" in done.stderr
    assert "  robot date:2020-13\n             ^\n" in done.stderr
    found = json.loads(run("search", "robot )", "--json", data=data).stdout)
    assert found["mistakes"] == [{"text": "This parenthesis was never opened.", "position": 6}]


def test_search_with_conditions(data):
    def total(text, *options):
        done = run("search", text, "-n", "1", "--json", *options, data=data)
        return json.loads(done.stdout)["total"]

    assert total("cat:stat.ML") == 300
    assert total("date:2020-01") + total("NOT date:2020-01") == 300
    assert total("date:2020-02", "--since", "2020-02-10") < total("date:2020-02")


def test_search_in_another_order_with_numbers_and_reasons(data):
    done = run("search", "robot", "--sort", "date", "--facets", "--explain", "-n", "3", data=data)
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert [line[1] for line in lines] == sorted((line[1] for line in lines), reverse=True)
    assert all("words score" in line[-1] for line in lines)
    facets = [line.split("\t") for line in done.stderr.splitlines()]
    assert all(len(line) == 3 and line[2].isdigit() for line in facets)
    assert {line[0] for line in facets} == {"years", "categories", "sources", "has"}
    found = json.loads(run("search", "robot", "--facets", "--explain", "--json", data=data).stdout)
    assert sum(found["facets"]["years"].values()) == found["total"]
    assert found["sort"] == "relevance"
    assert {"matched", "words", "meaning", "boosts"} <= set(found["hits"][0]["why"])
    assert "facets" not in json.loads(run("search", "robot", "--json", data=data).stdout)
    wrong = run("search", "robot", "--has", "cake", data=data, code=2)
    assert "--has cake: there are abstract, code" in " ".join(wrong.stderr.split())


def test_another_spelling_is_told(data):
    asked = run("search", "robot difusion", data=data)
    assert "Did you mean 'robot diffusion'?" in asked.stderr
    found = run("search", "ti:difusion", data=data)
    assert found.stdout
    assert "these are for 'ti:diffusion'" in " ".join(found.stderr.split())
    assert not run("search", "ti:difusion", "--as-typed", data=data).stdout


def test_search_with_filters(data):
    done = run("search", "robot", "--since", "2020-03-01", "--until", "2020-03-31", "--json",
               "-n", "100", data=data)  # fmt: skip
    hits = json.loads(done.stdout)["hits"]
    assert hits
    assert all(hit["paper"]["published"].startswith("2020-03") for hit in hits)
    assert "Invalid value" in run("search", "x", "--since", "soon", data=data, code=2).stderr


def test_show(data):
    assert "2001.00007" in run("show", "2001.00007", data=data).stdout
    shown = json.loads(run("show", "arXiv:2001.00007v2", "--json", data=data).stdout)
    assert shown["public_id"] == "2001.00007"
    unknown = run("show", "nothing", data=data, code=1).stderr
    assert "No paper 'nothing' here" in unknown
    assert "papertide search" in unknown
    assert "@misc{" in run("show", "2001.00007", "--bibtex", data=data).stdout


def test_what_show_prints_can_be_imported(data, tmp_path):
    line = run("show", "2001.00007", "--json", data=data).stdout
    (tmp_path / "one.json").write_text(line)
    done = run("import", str(tmp_path / "one.json"), "--json", data=tmp_path / "data")
    assert json.loads(done.stdout)["new"] == 1
    again = run("show", "2001.00007", "--json", data=tmp_path / "data").stdout
    assert json.loads(again) == json.loads(line)


def test_today(data):
    day = json.loads(run("today", "--json", "-n", "5", data=data).stdout)
    assert (day["edition"], day["published"]) == ("2020-12-28", None)
    assert len(day["papers"]) == min(5, day["total"])
    shown = run("today", data=data, env={"FORCE_COLOR": "1"}).stdout
    assert "28 December 2020" in shown
    assert "2020-12-28" in run("today", data=data).stdout


def test_an_edition(data):
    earlier = json.loads(run("edition", "2020-03-03", "--json", data=data).stdout)
    assert earlier["papers"][0]["paper"]["published"] == "2020-03-03"
    month = json.loads(run("edition", "2020-03", "--json", data=data).stdout)
    assert (month["first"], month["last"]) == ("2020-03-01", "2020-03-31")
    assert month["total"] > earlier["total"]
    some = run("edition", "2020-03", "--category", "cs.LG", "--order", "newest", data=data).stdout
    assert some and all(line.split("\t")[1].startswith("2020-03") for line in some.splitlines())
    none = run("edition", "2020-12-30", data=data, code=1)
    assert "papertide edition 2020-12-28" in none.stderr
    assert "not a day, week or month" in run("edition", "soon", data=data, code=1).stderr.lower()
    assert json.loads(run("editions", "--json", data=data).stdout) == {"editions": []}
    assert "papertide tick" in run("editions", data=data).stderr


def test_today_of_an_empty_library_says_what_to_do(tmp_path):
    assert "papertide import" in run("today", data=tmp_path, code=1).stderr


def test_index_rebuild(data):
    assert "300 papers" in run("index", "rebuild", data=data).stderr
    assert json.loads(run("index", "rebuild", "--json", data=data).stdout)["indexed"] == 300


def test_doctor(data, tmp_path):
    assert "FAIL" not in run("doctor", data=data).stdout
    checks = json.loads(run("doctor", "--json", data=data).stdout)
    assert checks["ok"]
    broken = shutil.copytree(data, tmp_path / "broken")
    for file in (broken / "index" / "words").glob("*/meta.json"):
        file.write_text("{")
    done = run("doctor", data=broken, code=1)
    assert "papertide index rebuild" in done.stdout
    done = run("search", "robot", data=broken, code=0)
    assert "papertide index rebuild" in done.stderr
    run("index", "rebuild", data=broken)
    run("doctor", data=broken)


def test_a_broken_database_is_a_sentence(tmp_path):
    (tmp_path / "papertide.sqlite3").write_bytes(b"this is no database" * 1000)
    done = run("today", data=tmp_path, code=1)
    assert "Traceback" not in done.stderr
    assert "file is not a database" in done.stderr


def test_an_unusable_setting_is_a_sentence(tmp_path):
    done = run("today", data=tmp_path, code=1, env={"PAPERTIDE_WORKERS": "many"})
    assert "PAPERTIDE_WORKERS" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["today", "doctor"])
def test_an_address_of_no_database_is_a_sentence(tmp_path, command):
    done = run(command, data=tmp_path, code=1, env={"PAPERTIDE_DATABASE_URL": "nonsense"})
    assert done.stderr.startswith("Error: PAPERTIDE_DATABASE_URL: expected postgres://")
    assert len(done.stderr.splitlines()) == 1


def test_a_database_server_that_is_down(tmp_path):
    environment = {"PAPERTIDE_DATABASE_URL": f"postgres://u:secret@127.0.0.1:{free_port()}/name"}
    found = run("doctor", data=tmp_path, code=1, env=environment).stdout
    assert "refused Is the server" in found  # two lines of psycopg's
    assert "Is the server running, and PAPERTIDE_DATABASE_URL its address?" in found
    assert "move it away" not in found
    errors = run("today", data=tmp_path, code=1, env=environment).stderr
    assert "The database answers" in errors
    assert "Traceback" not in errors
    assert "secret" not in found + errors


def test_manage(data):
    assert "no issues" in run("manage", "check", data=data).stdout
    done = run("manage", "makemigrations", "--check", "--dry-run", data=data)
    assert "No changes" in done.stdout
