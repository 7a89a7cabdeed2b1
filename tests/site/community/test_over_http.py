"""Votes cast at once through HTTP, on a running site: none is lost, none doubled."""

from bench.votes import compare, environment, plan, prepare, send
from tests.serving import running


def test_votes_at_once(library):
    sessions, papers = prepare(library, 20, 11)
    jobs, wanted = plan(sessions, papers, 10)
    with running(library.folder, "--offline", **environment()) as (_, site):
        cast = send(site, jobs, 8)
    assert len(wanted) == 200 and not cast.wrong
    assert compare(wanted) == (0, 0, True)
    assert not compare(set(list(wanted)[:-1]))[0] and compare(wanted | {("none", "x")})[0] == 1
