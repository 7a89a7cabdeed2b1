"""The living page of the design, for staff."""

from django.contrib.auth.models import User

from papertide.site import design
from tests.site.helpers import read


def test_for_staff_only(library, client):
    answer = client.get("/design")
    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]
    client.force_login(User.objects.create_user("reader"))
    assert client.get("/design").status_code == 302


def test_every_component_is_there(library, client):
    client.force_login(User.objects.create_user("staff", is_staff=True))
    text = client.get("/design").content.decode()
    page = read(text)
    assert len(page.ids) == len(set(page.ids))
    for name in (*design.COLOURS, *design.SIZES, *design.SPACES):
        assert f"--{name}</code>" in text
    for css in ("card", "facet", "pager", "toolbar", "empty", "toast", "dialog", "field", "chip",
                "choice", "menu"):  # fmt: skip
        assert f'class="{css}' in text or f" {css}" in text, css
    assert "<mark>looked</mark>" in text
