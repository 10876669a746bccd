"""What deploy/ names is there: settings, commands, paths; and the tools that read these files accept them."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
import yaml

from bot.settings import Settings
from tests.live import COMMAND

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted(file.name for file in DEPLOY.glob("hocvuso*.*"))
OURS = "/opt/hocvuso/.venv/bin/hocvuso"
OTHERS = {"FORWARDED_ALLOW_IPS"}
"""Read by the web server, not by us."""


def unit(name: str) -> ConfigParser:
    found = ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(DEPLOY / name, encoding="utf-8")
    return found


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_a_unit_starts_a_command_there_is(name: str) -> None:
    started = unit(name)["Service"]["ExecStart"].split()
    assert started[0] == OURS
    subprocess.run([COMMAND, *started[1:], "--help"], check=True, capture_output=True)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        written = (DEPLOY / name).read_text(encoding="utf-8").replace(OURS, COMMAND)
        (tmp_path / name).write_text(written.replace("/opt/hocvuso", str(tmp_path)), encoding="utf-8")
    files = [str(tmp_path / name) for name in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if "hocvuso" in line]
    assert (done.returncode, complaints) == (0, [])


def test_the_timer_has_its_service_and_the_units_stand_in_one_folder() -> None:
    assert UNITS == ["hocvuso-backup.service", "hocvuso-backup.timer", "hocvuso.service"]
    for name in ("hocvuso.service", "hocvuso-backup.service"):
        assert unit(name)["Service"]["WorkingDirectory"] == "/opt/hocvuso"
        assert Settings.model_fields["backup_dir"].default.parts[0] == "data"
        assert unit(name)["Service"]["ReadWritePaths"] == "/opt/hocvuso/data"


def test_the_compose_file_names_settings_volumes_and_ports_there_are() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    ours = services["hocvuso"]
    assert {name for name in ours["environment"] if name.lower() not in Settings.model_fields} <= OTHERS
    assert ours["expose"] == [str(Settings.model_fields["web_port"].default)]
    assert (DEPLOY / ours["build"]["context"] / ours["build"]["dockerfile"]).is_file()
    used = {volume.partition(":")[0] for service in services.values() for volume in service["volumes"]}
    assert used == set(compose["volumes"])
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert {name.lower() for name in re.findall(r"\$\{(\w+)", text)} <= set(Settings.model_fields)
    assert "http://127.0.0.1:8000/health'" in text


def test_nothing_secret_goes_into_the_image() -> None:
    left_out = (DEPLOY.parent / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".env", "deploy/.env", "data", ".git"} <= set(left_out)


def test_caddy_leads_to_the_port_we_listen_on() -> None:
    port = Settings.model_fields["web_port"].default
    assert f"reverse_proxy 127.0.0.1:{port}\n" in (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
