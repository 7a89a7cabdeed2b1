"""Papers like one another, on their pages."""

from tests.test_meaning import some_papers  # noqa: F401


def test_on_pages(some_papers, client):  # noqa: F811
    page = client.get("/papers/2503.00001").content.decode()
    assert page.index("Similar papers") < page.index("/papers/2503.00005")
    assert "?papers=2503.00001" in page
    found = client.get("/similar", {"papers": "2503.00001", "text": ""}).content.decode()
    assert found.index("2503.00005") < found.index("2503.00002")
    assert "hide" in client.get("/similar", {"text": "hide records"}).content.decode()
    assert "no paper" in client.get("/similar", {"papers": "9999.99999"}).content.decode()
    assert client.get("/similar").status_code == 200
    assert client.get("/similar", {"papers": "\0", "text": "\0<b>"}).status_code == 200
    assert client.post("/similar").status_code == 405
