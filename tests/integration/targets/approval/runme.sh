#!/usr/bin/env bash
# A plan is approved and applied later, and is refused where it expired, was changed, or the hypervisor is not as it was. One hypervisor of the lab
# on libvirt's test driver, with an InfluxDB.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-} ANSIBLE_SHOW_CUSTOM_STATS=1
lab=$(mktemp -d)
trap 'python "$collection/tests/lab/lab.py" down --dir "$lab"; rm -rf "$lab"' EXIT
"$collection/tests/lab/start-lab.sh" "$lab" --hypervisors 1 --influxdb auto --driver test

play() { # NAME RC WORDS PLAYBOOK ARGUMENTS...: the run must end with status RC, and its output have WORDS
    local name=$1 rc=$2 words=$3 ended=0
    shift 3
    timeout 900 ansible-playbook -i "$lab/inventory.yml" -e @slices.yml "$@" >"$lab/$name.log" 2>&1 || ended=$?
    if [ $ended != "$rc" ] || ! grep -Eq "$words" "$lab/$name.log"; then
        cat "$lab/$name.log"
        exit 1
    fi
}
plan=foresight.netslice.plan
reconcile=foresight.netslice.reconcile

# The plan node shows a table, hands the artifact on, and makes nothing.
play first 0 'web +enforce +preparing +0 -> 1 +feasible +min: scaling.min is 1' $plan -e "slice_manager_artifact_path=$lab/first.json"
grep -q 'netslice_artifact' "$lab/first.log"
[ "$(stat -c %a "$lab/first.json")" = 600 ]
play shown 0 'Slice web in the pass of .*: it has 0 VMs and gets 1 VM ' foresight.netslice.explain
play expiring 0 'applicable until' $plan -e "slice_manager_artifact_path=$lab/expiring.json" -e netslice_approval_seconds=1

# Refused before anything is made.
python tamper.py "$lab/first.json" "$lab/tampered.json"
play tampered 2 'its content does not match its sha256' $reconcile -e "@$lab/tampered.json"
play expired 2 'plan [0-9a-f]{16} expired at' $reconcile -e "@$lab/expiring.json"
play foreign 2 'kvm2 is new in netslice_hypervisors' $reconcile -e "@$lab/first.json" -e '{"netslice_hypervisors": ["kvm1", "kvm2"]}'
play untouched 0 'web +enforce +preparing +0 -> 1' $plan

# Approved: that very plan is applied, though a new one would make three VMs. Check mode shows a line for the slice and one for its VM.
play check 0 '^kvm1 .*changed=[1-9].*failed=0' $reconcile -e "@$lab/first.json" -e least=3 --check --diff
[ "$(grep -Ec '^\+slice web: 1 VM, ' "$lab/check.log")" = 1 ]
[ "$(grep -Ec '^\+  web-10-90-2-2 on kvm1: active \(create\)$' "$lab/check.log")" = 1 ]
[ "$(grep -Ec '^\+web-10-90-2-2: verifying, running$' "$lab/check.log")" = 1 ]
play apply 0 '^kvm1 .*changed=[1-9].*failed=0' $reconcile -e "@$lab/first.json" -e least=3
play again 2 'kvm1: web-10-90-2-2 is new. Make a new plan' $reconcile -e "@$lab/first.json"
play steady 0 'web +enforce +active +1 +feasible' $plan

# Another pass changes the hypervisor between the plan and its approval.
play second 0 'web +enforce +active +1 -> 2' $plan -e "slice_manager_artifact_path=$lab/second.json" -e least=2
play between 0 '^kvm1 .*changed=[1-9].*failed=0' $reconcile -e least=3
play changed 2 'what it was made from has changed since. kvm1: web-10-90-2-3, web-10-90-2-4 are new' $reconcile -e "@$lab/second.json"
play third 0 'web +enforce +active +3 +feasible' $plan -e least=3
