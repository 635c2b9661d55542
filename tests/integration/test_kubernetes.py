"""The manifests of conf/kubernetes: rendered by kubectl, judged by the API's own schemas, and true to the program that they start."""

import copy
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from server import BINARY

SOURCE = Path(__file__).parents[2]
# Unpacked by scripts/setup, from the package that has it in this release of Debian.
KUBECTL = next((path for path in (SOURCE / "build/tools").glob("kube*/usr/bin/kubectl")), Path("kubectl"))
VERSIONS = ["1.25", kubernetes_validate.latest_version()]
MOUNTED = "/run/secrets/turnpike"


@pytest.fixture(scope="module")
def manifests() -> dict[str, dict]:
    """By their kind."""
    rendered = subprocess.run([KUBECTL, "kustomize", SOURCE / "conf/kubernetes"], check=True, capture_output=True, text=True).stdout
    return {manifest["kind"]: manifest for manifest in yaml.safe_load_all(rendered)}


@pytest.fixture(scope="module")
def container(manifests) -> dict:
    (only,) = manifests["DaemonSet"]["spec"]["template"]["spec"]["containers"]
    return only


@pytest.mark.parametrize("version", VERSIONS)
def test_each_is_what_the_api_takes(manifests, version):
    assert sorted(manifests) == ["ConfigMap", "DaemonSet", "Secret"]
    for manifest in manifests.values():
        kubernetes_validate.validate(manifest, version, strict=True)
    misspelt = copy.deepcopy(manifests["DaemonSet"])
    misspelt["spec"]["template"]["spec"]["hostNetworking"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(misspelt, version, strict=True)


def test_the_configuration_is_right_and_without_a_secret_nobody_is_granted_anything(manifests, tmp_path):
    secrets = tmp_path / "rest_secrets"
    secrets.write_text(manifests["Secret"]["stringData"]["rest_secrets"])
    configuration = tmp_path / "turnpike.yaml"
    configuration.write_text(manifests["ConfigMap"]["data"]["turnpike.yaml"].replace(f"{MOUNTED}/", f"{tmp_path}/"))
    checked = subprocess.run([BINARY, "check", "--config", configuration, "--control.listen", "", "--control.socket", ""], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    assert "credentials: there are none" in checked.stderr


def test_commands_of_the_manifest_are_commands_of_the_program(container):
    hooks = [hook["exec"]["command"] for hook in container.get("lifecycle", {}).values()]
    for command, *options in [container["args"], *(words for program, *words in hooks)]:
        told = subprocess.run([BINARY, command, "--help"], check=True, capture_output=True, text=True).stdout
        assert all(flag in told for flag in options if flag.startswith("--"))
    assert all(program == "/usr/bin/turnpike" for program, *_ in hooks)


def test_pods_are_given_the_time_that_they_drain(manifests):
    drains_s = yaml.safe_load(manifests["ConfigMap"]["data"]["turnpike.yaml"])["shutdown_grace_s"]
    pod = manifests["DaemonSet"]["spec"]["template"]["spec"]
    command = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert command[:3] == ["/usr/bin/turnpike", "drain", "--wait"]
    assert pod["terminationGracePeriodSeconds"] > int(command[3]) + drains_s


def test_the_secret_is_mounted_where_the_configuration_reads_it(manifests, container):
    configuration = yaml.safe_load(manifests["ConfigMap"]["data"]["turnpike.yaml"])
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert configuration["credentials"]["rest_secrets_file"] == f"{MOUNTED}/rest_secrets"
    volumes = {volume["name"]: volume for volume in manifests["DaemonSet"]["spec"]["template"]["spec"]["volumes"]}
    assert volumes[mounts[MOUNTED]]["secret"]["secretName"] == manifests["Secret"]["metadata"]["name"]
