# Copyright (c) 2026, the foresight.netslice maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps lead from what there is to what shall be."""
from __future__ import annotations

import pytest

from ansible_collections.foresight.netslice.plugins.module_utils.errors import PoolError
from ansible_collections.foresight.netslice.plugins.module_utils.pool import changes, wishes

AS_OF, UNTIL, LATER = "2026-01-05T08:00:00Z", "2026-01-05T08:05:00Z", "2026-01-05T08:09:00Z"
CREATE = ("define", "disks", "probe", "start")
SHELVE = ("define", "disks", "shelve")
RELEASE = ("stop", "clean", "quarantine")


def present(lifecycle, running, until=None, active=None, since="2026-01-05T07:00:00Z"):
    return {
        "since": since,
        "name": "web-10-90-2-4", "vip": "10.90.2.4", "lifecycle": lifecycle, "running": running, "until": until,
        "active": running if active is None else active,
    }  # fmt: skip


def wish(want, until=None, xml="<domain/>", name="web-10-90-2-4", vip="10.90.2.4", action=None):
    made = want in ("active", "warm", "parked")
    return {"action": action, "name": name, "slice": "web", "vip": vip, "want": want, "until": until, "xml": xml if made else None}


def steps(current, wanted):
    found = changes.make_changes([current] if current else [], [wanted], AS_OF)
    return found[0].steps if found else ()


@pytest.mark.parametrize(
    ("current", "wanted", "expected"),
    [
        # A VM that shall serve.
        (None, wish("active"), CREATE),
        (present("reserved", False), wish("active"), CREATE),
        (present("reserved", True), wish("active"), ("verify",)),
        (present("starting", False), wish("active", xml=None), ("probe", "start")),
        (present("verifying", True), wish("active"), ()),
        (present("active", True), wish("active"), ()),
        (present("active", False), wish("active"), CREATE),
        (present("active", False), wish("active", xml=None), ("probe", "start")),
        (present("active", False, active=True), wish("active"), ("probe", "start")),
        (present("draining", True, UNTIL), wish("active"), ("verify",)),
        (present("stopping", True), wish("active"), ("stop",) + CREATE),
        (present("stopping", False), wish("active"), CREATE),
        (present("quarantined", False, UNTIL), wish("active"), CREATE),
        (dict(present("quarantined", False, UNTIL), reason="retained"), wish("active"), ("clean",) + CREATE),
        (dict(present("quarantined", False, UNTIL), reason="retained"), wish("warm"), ("clean",) + SHELVE),
        # One that never answered is begun anew, once in a pass; one that answered is not.
        (present("verifying", True), wish("active", action="heal"), ("destroy",) + CREATE),
        (present("verifying", True), wish("active", xml=None, action="heal"), ("destroy", "probe", "start")),
        (present("verifying", True, since=AS_OF), wish("active", action="heal"), ()),
        (present("active", True), wish("active", action="heal"), ("destroy",) + CREATE),
        (present("active", True, since=AS_OF), wish("active", action="heal"), ()),
        # What a plan keeps is not touched, be it dead.
        (present("active", False), wish("active", action="keep"), ()),
        (present("stopping", True), wish("quarantined", UNTIL, action="keep"), ()),
        # On its way out.
        (None, wish("draining", UNTIL), ()),
        (present("active", True), wish("draining", UNTIL), ("drain",)),
        (present("active", False), wish("draining", UNTIL), ("drain",)),
        (present("draining", True, UNTIL), wish("draining", UNTIL), ()),
        (present("draining", True, UNTIL), wish("draining", "2026-01-05T09:05:00+01:00"), ()),
        (present("draining", True, UNTIL), wish("draining", LATER), ("drain",)),
        (present("stopping", True), wish("draining", UNTIL), ()),
        (present("quarantined", False, UNTIL), wish("draining", UNTIL), ()),
        # Released.
        (None, wish("quarantined", UNTIL), ()),
        (present("active", True), wish("quarantined", UNTIL), RELEASE),
        (present("draining", True, UNTIL), wish("quarantined", UNTIL), RELEASE),
        (present("active", True), dict(wish("quarantined", UNTIL), retain=True), ("stop", "quarantine")),
        (present("active", False), dict(wish("quarantined", UNTIL), retain=True), ("quarantine",)),
        (present("active", False, active=True), wish("quarantined", UNTIL), RELEASE),
        (present("stopping", False), wish("quarantined", UNTIL), RELEASE[1:]),
        (present("reserved", False), wish("quarantined", UNTIL), RELEASE[1:]),
        (present("quarantined", False, UNTIL), wish("quarantined", UNTIL), ()),
        (present("quarantined", False, UNTIL), wish("quarantined"), ()),
        (present("quarantined", False, UNTIL), wish("quarantined", LATER), ("quarantine",)),
        (present("quarantined", True, UNTIL), wish("quarantined", UNTIL), ("stop", "quarantine")),
        # Of the warm pool, shut off: defined and its disks made.
        (None, wish("warm"), SHELVE),
        (present("warming", False), wish("warm"), SHELVE),
        (present("warm", False), wish("warm"), ()),
        (present("warm", True), wish("warm"), ("stop", "shelve")),
        (present("parked", True), wish("warm"), ("stop", "shelve")),
        (present("parked", False), wish("warm"), ("shelve",)),
        (present("active", True), wish("warm"), ("stop", "shelve")),
        (present("draining", True, UNTIL), wish("warm"), ("stop", "shelve")),
        (present("stopping", True), wish("warm"), ("stop",) + SHELVE),
        (present("warm", True), wish("warm", action="keep"), ()),
        # Of the warm pool, started: it waits, as what shall serve does.
        (None, wish("parked"), CREATE),
        (present("warming", False), wish("parked"), CREATE),
        (present("warming", True), wish("parked"), ()),
        (present("warming", True), wish("parked", action="heal"), ("destroy",) + CREATE),
        (present("warming", True, since=AS_OF), wish("parked", action="heal"), ()),
        (present("parked", True), wish("parked"), ()),
        (present("parked", False), wish("parked"), CREATE),
        (present("warm", False), wish("parked"), ("probe", "start")),
        (present("warm", True), wish("parked"), ("start",)),
        (present("verifying", True), wish("parked"), ("start",)),
        (present("active", True), wish("parked"), ("park",)),
        (present("draining", True, UNTIL), wish("parked"), ("park",)),
        # Out of it: what is shut off is booted as it is, what is parked serves at once.
        (present("warm", False), wish("active"), ("probe", "start")),
        (present("warm", True), wish("active"), ("verify",)),
        (present("parked", True), wish("active"), ("verify",)),
        (present("parked", False), wish("active"), CREATE),
        (present("warming", True), wish("active"), ("verify",)),
        (present("warming", False), wish("active"), CREATE),
        (present("parked", True), wish("absent"), ("stop", "clean", "forget")),
        (present("warm", False), wish("absent"), ("clean", "forget")),
        (present("warm", False), wish("quarantined", UNTIL), RELEASE[1:]),
        # A hook that ran is noted, whatever else there is to do.
        (present("active", True), dict(wish("active", action="keep"), hook="after_active"), ("note",)),
        (dict(present("active", True), hook="after_active"), dict(wish("active", action="keep"), hook="after_active"), ()),
        (present("draining", True, UNTIL), dict(wish("draining", LATER), hook="before_release"), ("drain", "note")),
        (None, dict(wish("absent", action="keep"), hook="after_release"), ()),
        # Gone.
        (None, wish("absent"), ()),
        (present("active", True), wish("absent"), ("stop", "clean", "forget")),
        (present("quarantined", False, UNTIL), wish("absent"), ("clean", "forget")),
    ],
)
def test_steps(current, wanted, expected):
    assert steps(current, wanted) == expected


def test_after_its_steps_nothing_is_left_to_do():
    for want in ("active", "draining", "quarantined", "warm", "parked"):
        for lifecycle in ("reserved", "verifying", "active", "warming"):
            change = changes.make_changes([present(lifecycle, False)], [wish(want, UNTIL if want in ("draining", "quarantined") else None)], AS_OF)[0]
            after = dict(change.after, name=change.name, active=change.after["running"])
            assert changes.make_changes([after], [change.wanted], AS_OF) == []


def test_all_stop_before_one_is_made():
    other = wish("active", name="web-10-90-2-5", vip="10.90.2.5")
    todo = changes.make_changes([present("active", True)], [other, wish("quarantined", UNTIL)], AS_OF)
    assert changes.commands(todo) == [
        ["stop", "web-10-90-2-4"], ["clean", "web-10-90-2-4"], ["quarantine", "web-10-90-2-4"],
        ["define", "web-10-90-2-5"], ["disks", "web-10-90-2-5"], ["probe", "web-10-90-2-5"], ["start", "web-10-90-2-5"],
    ]  # fmt: skip
    assert changes.diff(todo) == {
        "before": "web-10-90-2-4: active, running\nweb-10-90-2-5: absent\n",
        "after": f"web-10-90-2-4: quarantined until {UNTIL}\nweb-10-90-2-5: verifying, running\n",
    }


def test_quarantine_without_an_end_gets_one():
    change = changes.make_changes([present("active", True)], [wish("quarantined")], AS_OF)[0]
    assert change.after["until"] == "2026-01-05T08:05:00Z"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([wish("active", name="web-1")], "name it web-10-90-2-4"),
        ([dict(wish("active", name="../web-10-90-2-4"), slice="../web")], "'../web' is no name of a slice"),
        ([dict(wish("active"), slice="web\n")], "is no name of a slice"),
        ([wish("draining", vip="10.90.2")], "its VIP .*10.90.2.* Write it like 10.90.2.4"),
        ([dict(wish("active"), vip6="fd00:90:2::a5a:205")], "its vip6 fd00:90:2::a5a:205 ends in 10.90.2.5 and not in its VIP 10.90.2.4"),
        ([dict(wish("active"), vip6="10.90.2.4")], "its vip6 .* Write it like fd00:90:2::a5a:204"),
        ([dict(wish("active"), vcpus=0)], "its vcpus is 0. Give it at least 1"),
        ([dict(wish("active"), memory_mib=-512)], "its memory_mib is -512. Give it at least 1"),
        ([wish("active"), wish("absent")], "wanted more than once"),
    ],
)
def test_wishes_that_are_none(wanted, message):
    with pytest.raises(PoolError, match=message):
        changes.make_changes([], wanted, AS_OF)


@pytest.mark.parametrize(("wanted", "foreign", "message"), [
    (wish("active"), {"web-10-90-2-4"}, "without our metadata"), (wish("active", xml=None), set(), "no definition of its domain"),
])
def test_wishes_that_cannot_be_met_are_told_and_keep_no_other(wanted, foreign, message):
    todo = changes.make_changes([], [wanted, wish("active", name="web-10-90-2-5", vip="10.90.2.5")], AS_OF)
    ((name, text),) = wishes.impossible(todo, foreign)
    assert name == "web-10-90-2-4" and message in text
