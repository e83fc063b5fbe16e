"""The deployment says what the code says: every service there is started, checked, scalable and without a default secret."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.routes import HEARS, SERVICE_OF
from shared.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVERS = {"rabbitmq", "postgis"}
SERVED = {SERVICE_OF[stat] for stat in Settings.model_fields["served_stats"].default}
OURS = {"gateway", "staging", "uploader", "tracker"} | SERVED


def service(name: str) -> dict[str, Any]:
    """The entry of one service."""
    return dict(COMPOSE["services"][name])


def test_every_served_service_and_nothing_else_is_in_the_compose_file() -> None:
    assert set(COMPOSE["services"]) == OURS | SERVERS | {"migrate"}


def test_every_queue_of_a_served_service_has_a_container_that_hears_it() -> None:
    assert set(HEARS) - (set(SERVICE_OF.values()) - SERVED) <= set(COMPOSE["services"])


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_runs_the_package_of_its_name(name: str) -> None:
    assert service(name)["command"] == [name]
    assert (ROOT / "services" / name / "__main__.py").is_file()


@pytest.mark.parametrize("name", sorted(SERVERS))
def test_a_server_has_a_health_check(name: str) -> None:
    assert service(name)["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_keeps_the_health_check_of_the_image(name: str) -> None:
    assert "healthcheck" not in service(name)
    assert re.search(r'^HEALTHCHECK .*CMD \["python", "/opt/plotproof/deploy/healthy.py"\]', DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(OURS - {"gateway"}))
def test_a_service_can_be_scaled(name: str) -> None:
    assert not {"container_name", "ports", "hostname"} & set(service(name))


def test_services_wait_for_the_schema_the_broker_and_the_database() -> None:
    waits = {name: {each: way["condition"] for each, way in service(name)["depends_on"].items()} for name in OURS}
    expected = {"migrate": "service_completed_successfully", "rabbitmq": "service_healthy", "postgis": "service_healthy"}
    assert all(wait == expected for wait in waits.values())


def test_every_variable_of_a_service_is_a_setting() -> None:
    known = {field.upper() for field in Settings.model_fields}
    assert {variable for name in OURS for variable in service(name)["environment"]} <= known


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|KEY)\w*)([^}]*)\}", text)
    assert {name for name, _ in secrets} == {"RABBITMQ_PASSWORD", "POSTGRES_PASSWORD", "JWT_KEY"}
    assert all(rule.startswith(":?") for _, rule in secrets)
    assert re.findall(r"(?i)(?:pass|password|key): +(?!\$\{)\S+", text) == []


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["plotproof"]


def test_everything_the_image_copies_exists_and_is_let_in() -> None:
    copied = {word.split("/")[0] for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()}
    admitted = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == admitted
    assert all((ROOT / name).exists() for name in copied)


def pins(name: str) -> dict[str, str]:
    """Package → version of a lock, which must have a hash for each."""
    text = (ROOT / name).read_text()
    assert not re.search(r"https?://|--(?:index|extra-index|find-links)", text)
    entries = re.findall(r"^(\S+)==(\S+).*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^\S+==", text, re.MULTILINE))
    return dict(entries)


def test_the_image_is_locked_to_what_was_tested() -> None:
    image, tested = pins("deploy/image.lock"), pins("requirements.lock")
    assert image.items() <= tested.items()
    assert not {"pytest", "mypy", "moto"} & set(image)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["staging"], "-m services.staging"),
        (["migrate"], "-m shared.db.migrate"),
        (["plotproof", "user", "add", "a b"], "-m cli.main user add a b"),
        ([], "-m services.local"),
    ],
)
def test_the_command_of_a_container_picks_what_runs(arguments: list[str], expected: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@"\n')
    python.chmod(0o755)
    script = ["/bin/sh", str(ROOT / "deploy" / "start.sh"), *arguments]
    done = subprocess.run(script, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected
