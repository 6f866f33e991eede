"""Where settings come from, and what is said about wrong ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from service.errors import ConfigError
from service.layers import load
from service.settings import Settings, groups, known_keys


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PLASTREAM_"):
            monkeypatch.delenv(name)


def config_file(folder: Path, text: str) -> Path:
    path = folder / "plastream.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(config_file(folder, text))
    return str(caught.value)


def test_without_anything_the_defaults_hold() -> None:
    loaded = load()
    assert loaded.settings == Settings()
    assert set(loaded.origins) == set(known_keys())
    assert set(loaded.origins.values()) == {"default"}


def test_each_layer_overrides_those_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config_file(tmp_path, "core: {neurons: 32, width: 32, seed: 5}\ninput: {topic: plant}\n")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "core__seed").write_text("6\n", encoding="utf-8")
    monkeypatch.setenv("PLASTREAM_SECRETS_DIR", str(secrets))
    monkeypatch.setenv("PLASTREAM_CORE__WIDTH", "48")
    monkeypatch.setenv("PLASTREAM_CORE__NEURONS", "48")
    loaded = load(path, {"core.neurons": 64, "core.rule": None})
    assert (loaded.settings.core.neurons, loaded.settings.core.width, loaded.settings.core.seed) == (64, 48, 6)
    assert loaded.settings.input.topic == "plant"
    assert loaded.origins["core.neurons"] == "flag"
    assert loaded.origins["core.width"] == "environment"
    assert loaded.origins["core.seed"].startswith("secrets file")
    assert loaded.origins["input.topic"] == f"file {path}"
    assert loaded.origins["core.rule"] == "default"


def test_a_mapping_is_one_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config_file(tmp_path, "input: {fields: {speed: number, state: category}}")
    monkeypatch.setenv("PLASTREAM_INPUT__FIELDS", '{"speed": "category"}')
    assert load(path).settings.input.fields == {"speed": "category"}


def test_the_file_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLASTREAM_CONFIG", str(config_file(tmp_path, "core: {neurons: 7}")))
    assert load().settings.core.neurons == 7


@pytest.mark.parametrize("text", ["", "# nothing set\n", "log:\n", "core: {}\n"])
def test_files_that_set_nothing(tmp_path: Path, text: str) -> None:
    assert load(config_file(tmp_path, text)).settings == Settings()


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("log: {brokrs: a}", "log.brokrs", "log.brokers"),
        ("worker: {count: 2}", "worker.count", "workers.count"),
        ("log: {neurons: 2}", "log.neurons", "core.neurons"),
        ("neurons: 2", "neurons", "core.neurons"),
        ("snapshots: {every: 2}", "snapshots.every", "snapshots.every_s"),
    ],
)
def test_unknown_keys_name_the_nearest(tmp_path: Path, text: str, unknown: str, nearest: str) -> None:
    line = refusal(tmp_path, text)
    assert unknown in line
    assert f"did you mean {nearest}?" in line
    assert "plastream.yaml" in line


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("PLASTREAM_LOG__BROKRES", "PLASTREAM_LOG__BROKERS"),
        ("PLASTREAM_WORKER__COUNT", "PLASTREAM_WORKERS__COUNT"),
        ("PLASTREAM_NEURONS", "PLASTREAM_CORE__NEURONS"),
    ],
)
def test_unknown_variables_name_the_nearest(monkeypatch: pytest.MonkeyPatch, name: str, nearest: str) -> None:
    monkeypatch.setenv(name, "3")
    with pytest.raises(ConfigError, match=f"{name} .*did you mean {nearest}"):
        load()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("log: {kind: rabbit}", "log.kind"),
        ("core: {neurons: many}", "core.neurons"),
        ("workers: {count: 0, standby: -1}", "workers.count"),
        ("input: {topic: 'a b'}", "input.topic"),
        ("input: {fields: {speed: fast}}", "input.fields"),
        ("[1, 2]", "sections"),
        ("log: [", "not YAML"),
    ],
)
def test_wrong_values_are_told_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    line = refusal(tmp_path, text)
    assert told in line
    assert "\n" not in line


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load(tmp_path / "nowhere.yaml")


def test_secrets_are_not_shown_by_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLASTREAM_LOG__SASL_PASSWORD", "hunter2")
    settings = load().settings
    assert settings.log.sasl_password is not None
    assert settings.log.sasl_password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings) + str(settings.model_dump()) + settings.model_dump_json()
    monkeypatch.delenv("PLASTREAM_LOG__SASL_PASSWORD")
    assert "hunter3" not in refusal(tmp_path, "log: {sasl_password: [hunter3]}")


def test_nothing_can_be_changed_afterwards() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.core.neurons = 3  # type: ignore[misc]  # the very thing that must fail


def test_settings_read_nothing_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLASTREAM_CORE__NEURONS", "7")
    assert Settings().core.neurons == 128


def test_every_setting_says_what_it_means() -> None:
    for section, group in groups().items():
        for key, field in group.model_fields.items():
            assert field.description, f"{section}.{key}"


def test_names_that_follow_from_others() -> None:
    settings = Settings.model_validate({"input": {"topic": "plant"}, "log": {"directory": "/data"}})
    assert settings.percepts_topic == "plant.percepts"
    assert settings.dead_letter_topic == "plant.dlq"
    assert settings.snapshot_directory == Path("/data/snapshots")
    elsewhere = Settings.model_validate({"output": {"prefix": "mind"}, "snapshots": {"directory": "/copies"}})
    assert (elsewhere.percepts_topic, elsewhere.snapshot_directory) == ("mind.percepts", Path("/copies"))


def test_the_documentation_tells_of_every_setting_and_its_default() -> None:
    text = (Path(__file__).parents[2] / "docs" / "config.md").read_text(encoding="utf-8")
    for section, group in groups().items():
        for key, field in group.model_fields.items():
            default = field.get_default(call_default_factory=True, validated_data={})
            shown = "" if default is None else f"`{default}`"
            assert f"| `{section}.{key}` | {shown} | {field.description} |" in text
