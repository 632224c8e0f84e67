# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps between the servers of a backend and a plan, the file of backends, and what HAProxy says, in its own words."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.balancer import difference, pass_of_backends, runtime, section
from ansible_collections.foresight.netslice.plugins.module_utils.errors import HostError

STATE = """1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result \
srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port
3 netslice_web 1 web-10-90-2-2 10.90.2.2 2 0 100 100 0 8 2 0 6 0 0 0 - 80
3 netslice_web 2 web-10-90-2-3 10.90.2.3 2 8 50 100 0 1 0 2 6 0 0 0 - 80
3 netslice_web 3 spare 192.0.2.7 0 1 1 1 0 1 0 2 6 0 0 0 - 8080"""
STAT = """# pxname,svname,qcur,qmax,scur,smax
netslice_web,web-10-90-2-2,1,0,4,0
netslice_web,web-10-90-2-3,,0,2,0
netslice_web,spare,0,0,0,0"""


def server(name="web-10-90-2-2", want="ready", **more):
    return {"name": name, "address": name[4:].replace("-", "."), "port": 80, "weight": 100, "want": want} | more


def backend(*servers, **more):
    return {"name": "netslice_web", "slice": "web", "mode": "http", "balance": "leastconn", "lines": [], "bind": [], "check_milliseconds": 1000,
            "slowstart_seconds": 10, "max_connections": 0, "prune": True, "servers": list(servers), **more}


def steps(one, present):
    return difference.steps(one, one["servers"], present)


@pytest.fixture(name="present")
def _present():
    return runtime.parse_state(STATE, runtime.parse_sessions(STAT))


def test_what_haproxy_says(present):
    assert present["web-10-90-2-2"] == runtime.Server("10.90.2.2", 80, 100, "ready", 5)
    assert present["web-10-90-2-3"] == runtime.Server("10.90.2.3", 80, 50, "drain", 2)
    assert present["spare"].want == "maint"


def test_nothing_where_all_is_well(present):
    assert steps(backend(server(), server("web-10-90-2-3", "drain")), present) == []


def test_releases_come_first_and_additions_last(present):
    found = steps(backend(server("web-10-90-2-2", "drain"), server("web-10-90-2-3", "absent"), server("web-10-90-2-4")), present)
    assert [(step.verb, step.server) for step in found] == [("remove", "web-10-90-2-3"), ("drain", "web-10-90-2-2"), ("add", "web-10-90-2-4")]
    assert found[2].commands[0] == "add server netslice_web/web-10-90-2-4 10.90.2.4:80 check inter 1000ms weight 100 slowstart 10s"


def test_a_server_comes_back_with_its_weight(present):
    (step,) = steps(backend(server(), server("web-10-90-2-3")), present)
    assert step.commands == ("set server netslice_web/web-10-90-2-3 weight 100", "set server netslice_web/web-10-90-2-3 state ready")


def test_what_the_plan_does_not_mention(present):
    assert [step.server for step in steps(backend(), present)] == ["web-10-90-2-2", "web-10-90-2-3"]
    assert steps(backend(prune=False), present) == []


def test_servers_of_somebody_else_stay(present):
    assert not difference.is_ours("spare", "web", "192.0.2.7") and not difference.is_ours("web-10-90-2-2", "web", "10.90.2.9")
    assert "spare" not in {step.server for step in steps(backend(), present)}


def test_the_file_says_what_the_runtime_api_is_told():
    text = section.render([backend(lines=["option httpchk"], bind=[":80"])], {"netslice_web": [server("web-10-90-2-3"), server()]})
    assert text.splitlines()[2:] == [
        "listen netslice_web", "    bind :80", "    mode http", "    balance leastconn", "    option httpchk",
        "    server web-10-90-2-2 10.90.2.2:80 check inter 1000ms weight 100 slowstart 10s",
        "    server web-10-90-2-3 10.90.2.3:80 check inter 1000ms weight 100 slowstart 10s"]
    assert section.heads(text) == {"netslice_web": ["bind :80", "mode http", "balance leastconn", "option httpchk"]}


class Haproxy:
    """A runtime whose backends are given."""

    path = "/run/haproxy/admin.sock"

    def __init__(self, backends):
        self.backends = backends

    def servers(self, name):
        return self.backends.get(name)


def test_a_partial_view_keeps_what_serves_in_the_file_too(present, tmp_path):
    todo = pass_of_backends.plan(Haproxy({"netslice_web": present}), [backend(prune=False)], str(tmp_path / "b.cfg"), 0.1)
    assert "server web-10-90-2-2 " in todo.text and "web-10-90-2-3" not in todo.text and "spare" not in todo.text


def test_a_backend_that_is_not_there():
    with pytest.raises(HostError, match="has no backend netslice_web. Add it"):
        pass_of_backends.plan(Haproxy({}), [backend()], None, 0.1)


def test_a_new_server_that_does_not_answer_waits():
    # 192.0.2.0/24 is of documentation: nothing answers there
    one = backend(server("web-192-0-2-254", port=9))
    todo = pass_of_backends.plan(Haproxy({"netslice_web": {}}), [one], None, 0.1)
    assert todo.waiting == ["web-192-0-2-254"] and not todo.changed


@pytest.mark.parametrize("bad, says", [
    (backend(name="a b"), "no name of a backend"),
    (backend(lines=["server evil 192.0.2.9:80"]), "does not belong into lines"),
    (backend(lines=["option x\nfrontend y"]), "does not belong into lines"),
    (backend(server(address="web.example")), "Give its VIP"),
    (backend(server(port=0)), "A port is"),
    (backend(server(name="x; shutdown", address="10.90.2.2")), "bad name"),
], ids=["name", "server", "two lines", "address", "port", "command"])
def test_refusals(bad, says):
    with pytest.raises(HostError, match=says):
        pass_of_backends.check([bad])
