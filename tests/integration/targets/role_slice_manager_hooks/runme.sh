#!/usr/bin/env bash
# Hooks of a slice over the lives of its VMs, on one hypervisor of the lab on libvirt's test driver: each runs once, and what fails is given up or retained.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-}
lab=$(mktemp -d)
trap 'python "$collection/tests/lab/lab.py" down --dir "$lab"; rm -rf "$lab"' EXIT
"$collection/tests/lab/start-lab.sh" "$lab" --hypervisors 1 --influxdb auto --driver test

play() { # NAME MINUTE STATE LEAST [ARGUMENTS...]: a pass at a minute, with so many VMs of the slice
    local name=$1
    shift
    timeout 900 ansible-playbook -i "$lab/inventory.yml" foresight.netslice.reconcile -e @slices.yml -e "hooked=$lab/ran" -e "hook_files=$PWD/files" \
        -e "netslice_as_of=2026-01-14T08:$1:00Z" -e "hooked_state=$2" -e "hooked_least=$3" -e "slice_manager_plan_path=$lab/plan.json" "${@:4}" >"$lab/$name.log" 2>&1
}

pass() { # the same, which must end well
    play "$@" || { cat "$lab/$1.log"; exit 1; }
}

ran() { # HOOK COUNT [VIP]: so many lines
    [ "$(grep -c "^$1 .*${3:-}\$" "$lab/ran")" = "$2" ] || { cat "$lab/ran"; exit 1; }
}

# A file that is not there is refused before anything changes.
play refused 00 present 2 -e hook_active=none.yml && exit 1
grep -q 'hooks.after_active.tasks: Cannot find .*none.yml' "$lab/refused.log"
grep -Eq '^kvm1 .*changed=0 ' "$lab/refused.log"

# So is one that would end the whole playbook where it is included.
echo '- no_such_module: {}' >"$lab/broken.yml"
play broken 00 present 2 -e "hook_active=$lab/broken.yml" && exit 1
grep -q "Cannot load the tasks of $lab/broken.yml: .*no_such_module" "$lab/broken.log"
grep -Eq '^kvm1 .*changed=0 ' "$lab/broken.log"

touch "$lab/ran"
pass check 00 present 2 --check --diff
[ ! -s "$lab/ran" ]
grep -q 'active (create, hook before_start, hook after_active)' "$lab/check.log"

# A page that cannot be written fails the pass, and keeps no hook from running.
play first 00 present 2 -e "netslice_report_path=$lab/none/page.html" && exit 1
grep -q 'Cannot write the report' "$lab/first.log"
ran before_start 2
ran after_active 2
ran failed 1
pass again 00 present 2
grep -Eq '^kvm1 .*changed=0 .*failed=0' "$lab/again.log"
[ "$(wc -l <"$lab/ran")" = 5 ]
# Nor does a balancer that is down keep the page from being written.
play page 00 present 2 -e "netslice_report_path=$lab/page.html" \
    -e "{netslice_balancer_hosts: [kvm1], netslice_balancer_slices: [{slice: hooked}], netslice_balancer_directory: '', netslice_balancer_socket: $lab/none}" &&
    exit 1
grep -q 'Cannot reach HAProxy' "$lab/page.log"
[ -s "$lab/page.html" ]

# Both drain; the hook of the first takes longer than it may, and its VM is kept for a person.
pass drain 10 absent 2
ran before_release 2
grep -q 'Hook before_release of hooked-10-90-6-2 failed (retain)' "$lab/drain.log"
pass back 20 present 1 --diff
ran before_release 2
ran after_release 1 10.90.6.2
# The other one is taken back before it is released: it serves anew.
ran after_active 3

# It goes with the slice by way of a drain; what is retained stays until its time is over, and then nothing is left.
pass gone 22 absent 1
ran before_release 3
pass released 24 absent 1
ran after_release 2
pass forget 30 absent 1
pass nothing 31 absent 1
grep -Eq '^kvm1 .*changed=0 .*failed=0' "$lab/nothing.log"
grep -A1 '"forget": \[' "$lab/plan.json" | grep -q hooked && exit 1
ran after_release 2
