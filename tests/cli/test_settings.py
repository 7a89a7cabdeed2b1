"""papertide settings."""

import json

from papertide.config import PREFIX, SETTINGS
from tests.fixtures import papertide


def test_every_setting_its_value_and_where_it_is_from(tmp_path):
    done = papertide("settings", "--json", data=tmp_path, env={"PAPERTIDE_WORKERS": "5"})
    found = json.loads(done.stdout)
    assert list(found) == [PREFIX + setting.name for setting in SETTINGS]
    assert found["PAPERTIDE_WORKERS"] == {"value": "5", "origin": "environment", "error": ""}
    assert found["PAPERTIDE_DEBUG"] == {"value": "no", "origin": "default", "error": ""}
    shown = papertide("settings", data=tmp_path, env={"FORCE_COLOR": "1"}).stdout
    for setting in SETTINGS:
        assert PREFIX + setting.name in shown
        assert setting.help.split(".")[0][:30] in " ".join(shown.split())
    done = papertide("--data", str(tmp_path / "b"), "settings", "--json", data=tmp_path)
    held = json.loads(done.stdout)["PAPERTIDE_DATA"]
    assert (held["value"], held["origin"]) == (str(tmp_path / "b"), "--data")


def test_secrets_stay_secret(tmp_path):
    for address in (
        "postgres://user:hush%40@host/name", "postgres://user:hu@sh@host/name",
        "postgres://host/name?user=me&password=hush", "mysql://user:hush@host/x",
    ):  # fmt: skip
        environment = {"PAPERTIDE_SECRET_KEY": "hushhush", "PAPERTIDE_DATABASE_URL": address}
        for arguments in (["settings"], ["settings", "--json"]):
            done = papertide(*arguments, data=tmp_path, env=environment)
            assert "PAPERTIDE_DATABASE_URL" in done.stdout
            for secret in ("hush", "sh@host"):
                assert secret not in done.stdout + done.stderr


def test_what_cannot_be_used_is_said_beside_the_rest(tmp_path):
    environment = {"PAPERTIDE_WORKERS": "many", "PAPERTIDE_WROKERS": "2"}
    done = papertide("settings", data=tmp_path, env=environment)
    assert done.returncode == 1
    assert "PAPERTIDE_DEBUG" in done.stdout
    assert "PAPERTIDE_WROKERS is not a setting; the nearest one is PAPERTIDE_WORKERS" in done.stderr
    assert "PAPERTIDE_WORKERS: expected a whole number from 1, found 'many'" in done.stderr
    other = papertide("today", data=tmp_path, env={"PAPERTIDE_WORKERS": "many"})
    assert "papertide settings" in other.stderr
