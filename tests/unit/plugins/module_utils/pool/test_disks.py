# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Overlay and seed of a VM: made once, whole or not at all, and deleted with it."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import types

import pytest

libvirt = pytest.importorskip("libvirt", reason="libvirt-python is not installed")

from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError, PoolError  # noqa: E402
from ansible_collections.foresight.netslice.plugins.module_utils.pool import definition, disks  # noqa: E402
from ansible_collections.foresight.netslice.plugins.module_utils.vips import process  # noqa: E402

NAME = "web-10-90-2-4"


class Pool:
    """A directory pool, as libvirt's connection, pool and volume show it."""

    def __init__(self, directory, volumes=("base.qcow2",)):
        self.directory, self.handle, self.is_test_driver = directory, self, False
        self.volumes = set(volumes)

    def storagePoolLookupByName(self, _name):
        return self

    def refresh(self, _flags):
        self.volumes = set(os.listdir(self.directory))

    def storageVolLookupByName(self, name):
        if name not in self.volumes:
            raise libvirt.libvirtError("no storage vol with matching name")
        return types.SimpleNamespace(path=lambda: str(self.directory / name))

    def XMLDesc(self, _flags):
        return f"<pool type='dir'><target><path>{self.directory}</path></target></pool>"

    def name(self):
        return "default"


def really(argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def wanted(**more):
    return {"name": NAME, "slice": "web", "vip": "10.90.2.4", "image": {"volume": "base.qcow2", "format": "qcow2"}, **more}


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="qemu-img is not installed")
def test_overlay(tmp_path):
    base, overlay = tmp_path / "base.qcow2", tmp_path / definition.overlay_name(NAME)
    assert really(["qemu-img", "create", "-q", "-f", "qcow2", str(base), "1M"])[0] == 0
    maker = disks.Disks(Pool(tmp_path), really, str(tmp_path))
    maker.make(wanted())
    assert '"backing-filename-format": "qcow2"' in really(["qemu-img", "info", "--output=json", str(overlay)])[1]
    made = overlay.stat().st_ino
    maker.make(wanted())
    assert overlay.stat().st_ino == made
    machine = types.SimpleNamespace(
        name=NAME, handle=types.SimpleNamespace(XMLDesc=lambda _flags: f"<d><source file='{overlay}'/><source file='{base}'/></d>")
    )
    killed = tmp_path / f"{overlay.name}.partial"
    killed.write_text("half of an overlay")
    maker.delete(machine)
    maker.delete(machine)
    assert base.exists() and not overlay.exists() and not killed.exists()


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="qemu-img is not installed")
def test_an_overlay_of_an_earlier_image_is_made_anew(tmp_path):
    names, overlay = ("base.qcow2", "later.qcow2"), tmp_path / definition.overlay_name(NAME)
    for name in names:
        assert really(["qemu-img", "create", "-q", "-f", "qcow2", str(tmp_path / name), "1M"])[0] == 0
    maker = disks.Disks(Pool(tmp_path, names), really, str(tmp_path))
    for name in names:
        maker.make(wanted(image={"volume": name}))
        assert json.loads(really(["qemu-img", "info", "--output=json", str(overlay)])[1])["backing-filename"] == str(tmp_path / name)
    made = overlay.stat().st_ino
    (tmp_path / "base.qcow2").unlink()
    (tmp_path / "base.qcow2").symlink_to("later.qcow2")
    maker.make(wanted())
    assert overlay.stat().st_ino == made
    assert really(["qemu-img", "create", "-q", "-f", "qcow2", str(overlay), "1M"])[0] == 0
    maker.make(wanted())
    assert json.loads(really(["qemu-img", "info", "--output=json", str(overlay)])[1])["backing-filename"] == str(tmp_path / "base.qcow2")
    overlay.write_bytes(b"QFI\xfb of nothing")
    with pytest.raises(PoolError, match="Cannot read the disk .*: qemu-img says .* Delete it by hand if it is damaged"):
        maker.make(wanted(image={"volume": "later.qcow2"}))


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="qemu-img is not installed")
def test_an_image_that_came_since_libvirt_last_looked(tmp_path):
    maker = disks.Disks(Pool(tmp_path, volumes=()), really, str(tmp_path))
    with pytest.raises(PoolError, match="Cannot find the volume base.qcow2 of pool default for web-10-90-2-4: .*Put it into the pool, or correct image"):
        maker.make(wanted())
    assert really(["qemu-img", "create", "-q", "-f", "qcow2", str(tmp_path / "base.qcow2"), "1M"])[0] == 0
    maker.make(wanted())
    assert (tmp_path / definition.overlay_name(NAME)).exists()


@pytest.mark.skipif(not any(map(shutil.which, disks.SEED_MAKERS)), reason="genisoimage is not installed")
def test_seed(tmp_path):
    vm = wanted(image={}, user_data="#cloud-config\n")
    maker = disks.Disks(Pool(tmp_path), really, str(tmp_path))
    maker.make(vm)
    seed = tmp_path / "seeds" / definition.seed_name(NAME)
    assert maker.paths(vm) == {definition.SEED: str(seed)}
    assert b"cidata" in seed.read_bytes() and seed.stat().st_mode & 0o777 == 0o600
    assert seed.parent.stat().st_mode & 0o777 == 0o711


@pytest.mark.parametrize("more", [{}, {"image": {}, "user_data": "#cloud-config\n"}], ids=["overlay", "seed"])
def test_no_one_else_reads_a_disk_while_it_is_made(tmp_path, monkeypatch, more):
    modes = []

    def maker_that_looks(argv):
        path = argv[-1] if argv[0] == "qemu-img" else argv[argv.index("-output") + 1]
        with open(path, "w", encoding="utf-8") as file:
            file.write("secret")
        modes.append(os.stat(path).st_mode & 0o777)
        return 0, "", ""

    monkeypatch.setattr(shutil, "which", lambda name: name)
    before = os.umask(0o022)
    try:
        disks.Disks(Pool(tmp_path), maker_that_looks, str(tmp_path)).make(wanted(**more))
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert modes == [0o600]


def test_a_full_disk_is_a_refusal_of_this_vm(tmp_path):
    def vanishing(_argv):
        return 0, "", ""

    with pytest.raises(PoolError, match="Cannot make the disks of web-10-90-2-4: .*No such file"):
        disks.Disks(Pool(tmp_path), vanishing, str(tmp_path)).make(wanted())


def test_a_missing_program_is_a_refusal_of_this_vm(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "SEARCH", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(HostError, match="Cannot run qemu-img: it is not installed on this host. Install the package qemu-utils"):
        disks.Disks(Pool(tmp_path), process.run, str(tmp_path)).make(wanted())


def test_what_the_seed_says():
    files = disks.seed_files(wanted(user_data="#cloud-config\n"))
    assert files["user-data"] == "#cloud-config\n"
    assert files["meta-data"].endswith("local-hostname: web-10-90-2-4\n")
    assert 'macaddress: "02:5c:0a:5a:02:04"' in files["network-config"] and "addresses" not in files["network-config"]
    dual = disks.seed_files(wanted(user_data="#cloud-config\n", vip6="fd00:90:2::a5a:204"))["network-config"]
    assert dual == files["network-config"] + '    accept-ra: true\n    addresses: ["fd00:90:2::a5a:204/128"]\n'


@pytest.mark.parametrize("gateway, routes", [("192.0.2.1", "    routes: [{to: 0.0.0.0/0, via: 192.0.2.1}]\n"), (None, "")])
def test_the_seed_of_a_guest_in_a_lan_states_all(gateway, routes):
    vm = wanted(user_data="#cloud-config\n", vip="192.0.2.130", lan={"lan": "192.0.2.0/25", "gateway": gateway, "mtu": 1400})
    assert disks.seed_files(vm)["network-config"].endswith(
        f'      macaddress: "02:5c:c0:00:02:82"\n    addresses: ["192.0.2.130/25"]\n    mtu: 1400\n{routes}    accept-ra: false\n')


def test_refusals(tmp_path, monkeypatch):
    failing = disks.Disks(Pool(tmp_path), lambda argv: (1, "", "no space"), str(tmp_path))
    with pytest.raises(PoolError, match="Cannot make the disk .*: qemu-img says 'no space'"):
        failing.make(wanted())
    monkeypatch.setattr(disks, "SEED_MAKERS", ("no-such-program",))
    with pytest.raises(PoolError, match="Cannot make the seed of web-10-90-2-4: none of no-such-program is installed"):
        failing.make(wanted(image={}, user_data="#cloud-config\n"))


def test_a_ready_seed_is_used_as_it_is(tmp_path):
    vm = wanted(image={"seed": "/seeds/own.iso"}, user_data="#cloud-config\n")
    maker = disks.Disks(Pool(tmp_path), lambda argv: pytest.fail("nothing is to be made"), str(tmp_path))
    maker.make(vm)
    assert maker.paths(vm) == {definition.SEED: "/seeds/own.iso"}
