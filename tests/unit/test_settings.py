"""Settings: defaults, where values come from, and errors an operator can act on."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.accounts import Secret
from bot.errors import ConfigError
from bot.settings import load_settings


def test_needs_nothing_to_be_configured(tmp_path: Path) -> None:
    settings = load_settings({}, home=tmp_path)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.database_url is None
    assert settings.model_dir == tmp_path / "models"
    assert settings.shop_file.name == "shop.yml"


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "onecounter.toml").write_text('port = 9000\nhost = "0.0.0.0"\n')
    settings = load_settings({"ONECOUNTER_PORT": "9001"}, home=tmp_path)
    assert (settings.host, settings.port) == ("0.0.0.0", 9001)
    assert settings.public_url == "http://127.0.0.1:9001"


def test_home_comes_from_the_environment(tmp_path: Path) -> None:
    assert load_settings({"ONECOUNTER_HOME": str(tmp_path)}).home == tmp_path


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ONECOUNTER_PROT", "1", "did you mean ONECOUNTER_PORT"),
        ("ONECOUNTER_PORT", "eighty", "ONECOUNTER_PORT is 'eighty'; it must be a port number"),
        ("ONECOUNTER_PORT", "0", "from 1 to 65535"),
        ("ONECOUNTER_WORKERS", "-2", "number of worker processes"),
        ("ONECOUNTER_LOG_LEVEL", "loud", "one of DEBUG, INFO"),
        ("ONECOUNTER_WIDGET_ORIGINS", "https://a.example,shop", "origins of shop pages"),
        ("ONECOUNTER_PUBLIC_URL", "chat.example.com", "https://chat.example.com"),
    ],
)
def test_names_the_setting_and_what_would_be_right(
    tmp_path: Path, name: str, value: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        load_settings({name: value}, home=tmp_path)


def test_names_an_unknown_key_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "onecounter.toml").write_text("wrokers = 2\n")
    with pytest.raises(ConfigError, match=r"unknown setting 'wrokers'; did you mean workers\?"):
        load_settings({}, home=tmp_path)


def test_names_a_file_that_is_not_toml(tmp_path: Path) -> None:
    (tmp_path / "onecounter.toml").write_text("port: 80\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_settings({}, home=tmp_path)


def test_paths_of_the_file_start_at_the_file(tmp_path: Path) -> None:
    (tmp_path / "onecounter.toml").write_text('shop_file = "terms/shop.yml"\n')
    assert load_settings({}, home=tmp_path).shop_file == tmp_path / "terms" / "shop.yml"


def test_reads_origins_as_a_list_or_with_commas(tmp_path: Path) -> None:
    expected = ("https://www.example.com", "http://localhost:3000")
    env = {"ONECOUNTER_WIDGET_ORIGINS": "https://WWW.example.com/,http://localhost:3000"}
    assert load_settings(env, home=tmp_path).widget_origins == expected
    (tmp_path / "onecounter.toml").write_text(f"widget_origins = {list(expected)}\n")
    assert load_settings({}, home=tmp_path).widget_origins == expected


def test_a_secret_never_shows(tmp_path: Path) -> None:
    password = "pa55word"
    settings = load_settings(
        {"ONECOUNTER_DATABASE_URL": f"postgresql://shop:{password}@db/shop"}, home=tmp_path
    )
    assert password not in f"{settings} {settings!r} {settings.database_url}"
    assert settings.database == f"postgresql://shop:{password}@db/shop"
    with pytest.raises(ConfigError) as error:
        load_settings({"ONECOUNTER_DATABASE_URL": f"mysql://shop:{password}@db"}, home=tmp_path)
    assert password not in str(error.value)


def test_makes_its_widget_key_once_and_for_itself_alone(tmp_path: Path) -> None:
    first = load_settings({}, home=tmp_path).widget_token_key
    again = load_settings({}, home=tmp_path).widget_token_key
    assert first == again
    assert len(first.reveal()) >= 32
    path = tmp_path / "secrets" / "widget_token_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_refuses_a_short_widget_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least 32 characters") as error:
        load_settings({"ONECOUNTER_WIDGET_TOKEN_KEY": "hunter2"}, home=tmp_path)
    assert "hunter2" not in str(error.value)


def test_secrets_compare_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
