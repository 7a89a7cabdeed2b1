"""papertide listings, listing, author, category, open; and lists of papers in all their forms."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys

import pytest
from rich.cells import cell_len

from tests.fixtures import papertide, write_rows

LONG = "A" * 400
WIDE = "注意力机制就是你所需要的一切：大型语言模型的深度学习方法研究与应用 🚀"
HOSTILE = "Evil \x1b]0;owned\x07 \x9b2J [bold]title[/bold]"


def _row(number: int, **fields) -> dict:
    return {
        "id": f"2102.{number:05}", "title": f"Paper {number}", "abstract": "What we did.",
        "authors": "Jürgen Müller, Wei Wang", "date": "2021-02-03", "categories": ["cs.LG"],
        "primary_cat": "cs.LG", "comments": "", "doi": "",
    } | fields  # fmt: skip


ROWS = [
    _row(1, title=HOSTILE),
    _row(2, title=LONG),
    _row(3, title=WIDE),
    _row(4, authors=", ".join(f"Author Number{n}" for n in range(3000))),
    _row(5, abstract="One way.", title="Twins"),
    _row(6, abstract="Another way altogether.", title="Twins"),
]


@pytest.fixture(scope="module")
def data(migrated_sqlite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browsed") / "data"
    shutil.copytree(migrated_sqlite, folder)
    done = papertide("import", str(write_rows(folder / "rows", ROWS)), data=folder)
    assert done.returncode == 0, done.stderr
    page = [{"paper": {"id": row["id"], "title": row["title"], "summary": "", "upvotes": 7 * n,
                       "authors": [{"name": "Jürgen Müller"}]}}
            for n, row in enumerate(ROWS[3:5], start=1)]  # fmt: skip
    (folder / "2021-02-04.json").write_text(json.dumps(page))
    done = papertide("import", str(folder / "2021-02-04.json"), data=folder)
    assert done.returncode == 0, done.stderr
    return folder


def run(*arguments, data, code=0, **named):
    done = papertide(*arguments, data=data, **named)
    assert done.returncode == code, done.stderr
    return done


def in_terminal(*arguments, data, columns: int, **environment) -> str:
    """What a command prints on a terminal of so many columns."""
    leader, follower = pty.openpty()
    held = {**os.environ, "PAPERTIDE_DATA": str(data), "TERM": "xterm", "COLUMNS": str(columns)}
    held.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "papertide", *arguments], stdout=follower, stderr=follower,
        stdin=subprocess.DEVNULL, env=held | environment,
    )  # fmt: skip
    os.close(follower)
    shown = b""
    try:
        while part := os.read(leader, 65536):
            shown += part
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(leader)
    assert process.wait(timeout=60) == 0
    return shown.decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    """Text without the sequences that Papertide itself prints."""
    return re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", text)


@pytest.mark.parametrize("columns", [80, 40])
def test_a_terminal_is_never_overflown_or_commanded(data, columns):
    for arguments in (["today"], ["show", "2102.00001"], ["show", "2102.00002"], ["listings"],
                      ["search", "evil"], ["author", "jurgen", "muller"]):  # fmt: skip
        shown = plain(in_terminal(*arguments, data=data, columns=columns))
        for line in shown.splitlines():
            assert cell_len(line) <= columns or line.startswith("https://"), line
            assert line.isprintable(), line
    shown = plain(in_terminal("today", data=data, columns=columns))
    together = "".join(shown.split())
    assert LONG in together
    assert WIDE.replace(" ", "") in together
    assert "[bold]title[/bold]" in together
    assert "Number2etal." in together


def test_links_and_colours_are_for_terminals_that_have_them(data):
    assert "\x1b]8;" in in_terminal("show", "2102.00004", data=data, columns=80)
    for environment in ({"TERM": "dumb"},):
        shown = in_terminal("show", "2102.00004", data=data, columns=80, **environment)
        assert "\x1b" not in shown
    colourless = in_terminal("show", "2102.00004", data=data, columns=80, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", colourless)
    assert "\x1b" not in run("show", "2102.00004", data=data).stdout


def test_in_a_pipe_a_paper_is_a_line(data):
    lines = run("today", data=data).stdout.splitlines()
    assert len(lines) == len(ROWS)
    for line in lines:
        identifier, date, title, authors, *note = line.split("\t")
        assert identifier.startswith("2102.")
        assert date == "2021-02-03"
        assert title
        assert authors
        assert len(note) <= 1, "votes, where there are any"
    assert LONG in lines[4]


def test_bibtex_of_a_list_has_each_key_once(data):
    entries = run("today", "--bibtex", data=data).stdout
    keys = re.findall(r"@misc\{([^,]+),", entries)
    assert len(keys) == len(set(keys)) == len(ROWS)
    assert run("search", "twins", "--bibtex", data=data).stdout.count("@misc{") >= 2


def test_an_encoding_without_our_letters(data):
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    for arguments in (["today"], ["show", "2102.00003"], ["search", "注意力"], ["--help"]):
        assert run(*arguments, data=data, env=ascii_only).stdout.isascii()
    assert "Jurgen Muller" in run("show", "2102.00003", data=data, env=ascii_only).stdout
    found = json.loads(run("show", "2102.00003", "--json", data=data, env=ascii_only).stdout)
    assert found["title"] == WIDE


def test_a_pipe_that_is_closed_is_quiet(data):
    command = f"{sys.executable} -m papertide today | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "PAPERTIDE_DATA": str(data)})  # fmt: skip
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")


def test_listings_and_their_papers(data):
    [info] = json.loads(run("listings", "--json", data=data).stdout)["listings"]
    assert (info["date"], info["papers"]) == ("2021-02-04", 2)
    assert run("listings", data=data).stdout.split("\t")[:2] == [info["slug"], "2021-02-04"]
    found = json.loads(run("listing", info["slug"], "--json", data=data).stdout)
    assert found["listing"] == info
    assert [entry["votes"] for entry in found["entries"]] == [14, 7]
    assert "14 votes" in run("listing", info["slug"], data=data).stdout
    assert "14 votes" in run("listing", f"http://host/listing/{info['slug']}", data=data).stdout
    unknown = run("listing", info["slug"][:-2] + "x", data=data, code=1).stderr
    assert f"Did you mean {info['slug']}?" in unknown
    assert "papertide listings" in unknown


def test_no_listings_say_where_they_come_from(tmp_path):
    assert "papertide import" in run("listings", data=tmp_path).stderr


def test_author(data):
    for name in (["Jürgen", "Müller"], ["jurgen-muller"], ["http://host/author/jurgen-muller"]):
        found = json.loads(run("author", *name, "--json", "-n", "2", data=data).stdout)
        assert (found["name"], found["slug"]) == ("Jürgen Müller", "jurgen-muller")
        assert found["total"] == 5
        assert len(found["papers"]) == 2
    assert "3 more: --limit 5" in run("author", "Jürgen Müller", "-n", "2", data=data).stderr
    for name in ("Muller", "Jürgen Müler"):  # a part, a mistake
        assert "Did you mean Jürgen Müller" in run("author", name, data=data, code=1).stderr
    assert "Did you mean" not in run("author", "zzz", data=data, code=1).stderr


def test_category(data):
    found = json.loads(run("category", "cs.LG", "--json", data=data).stdout)
    assert (found["category"], found["total"]) == ("cs.LG", 6)
    assert json.loads(run("category", "cs.lg", "--json", data=data).stdout)["total"] == 6
    assert "Did you mean cs.LG" in run("category", "cs.LGG", data=data, code=1).stderr
    advice = run("search", "twins", "--category", "cs.LGG", "--by", "words", data=data).stderr
    assert "Did you mean cs.LG" in advice


def test_open(data):
    opened = run("open", "2102.00004", data=data, env={"BROWSER": "echo"})
    assert "https://arxiv.org/abs/2102.00004" in opened.stdout
    failed = run("open", "2102.00004", data=data, code=1, env={"BROWSER": "false", "PATH": ""})
    assert "https://arxiv.org/abs/2102.00004" in failed.stderr
