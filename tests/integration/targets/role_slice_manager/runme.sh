#!/usr/bin/env bash
# Whole passes over two hypervisors of the lab on libvirt's test driver; the first is the playbook of the README as printed.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-}
lab=$(mktemp -d)
mkdir "$lab/tmp"
export TMPDIR=$lab/tmp
trap 'python "$collection/tests/lab/lab.py" down --dir "$lab"; rm -rf "$lab"' EXIT
"$collection/tests/lab/start-lab.sh" "$lab" --hypervisors 2 --influxdb auto --driver test

pass() { # NAME RECAP PLAYBOOK ARGUMENTS...: the run must end well, with RECAP in the lines of both hosts
    local name=$1 recap=$2
    shift 2
    timeout 900 ansible-playbook -i "$lab/inventory.yml" "$@" >"$lab/$name.log" 2>&1 || { cat "$lab/$name.log"; exit 1; }
    [ "$(grep -Ec "^kvm[12] .*$recap" "$lab/$name.log")" = "${hosts:-2}" ] || { cat "$lab/$name.log"; exit 1; }
}

{ echo ---; awk '/^```/ {n++; next} n == 1' "$collection/README.md"; } >"$lab/readme.yml"
pass readme changed=0 "$lab/readme.yml" --diff

enforce=(foresight.netslice.reconcile -e @slices.yml -e "slice_manager_plan_path=$lab/plan.json")
pass check 'changed=[1-9]' "${enforce[@]}" --check --diff
python passed.py "$lab/plan.json" feasible 2
pass enforce 'changed=[1-9]' "${enforce[@]}" --diff
pass again changed=0 "${enforce[@]}"
python passed.py "$lab/plan.json" feasible 0

skipped() { # NAME TASK: hosts on which the run did not need the task
    grep -A2 "^TASK .*$2" "$lab/$1.log" | grep -Ec '^skipping: \[kvm[12]\]' || true
}
modules=('Make the networks of the slices' 'Release, define and start' 'Make the trees equal')
for task in "${modules[@]}"; do # what stands is told by slice_info alone
    [ "$(skipped enforce "$task") $(skipped again "$task")" = '0 2' ]
done
python "$collection/tests/lab/lab.py" exec --dir "$lab" kvm1 -- tc qdisc del dev up0 root
hosts=1 pass mended 'changed=2 ' "${enforce[@]}"
[ "$(skipped mended "${modules[0]}") $(skipped mended "${modules[2]}")" = '2 1' ]
hosts=1 pass partial changed=0 "${enforce[@]}" --limit kvm1

# A host whose libvirt does not answer leaves the pass; the others go on, and nothing of its slices is touched.
printf 'all: {hosts: {kvm1: {netslice_libvirt_uri: "test:///no/such/file.xml"}}}\n' >"$lab/broken.yml"
rc=0
timeout 900 ansible-playbook -i "$lab/inventory.yml" -i "$lab/broken.yml" "${enforce[@]}" >"$lab/broken.log" 2>&1 || rc=$?
if [ $rc != 2 ] || ! grep -Eq '^kvm1 .*failed=1' "$lab/broken.log" || ! grep -Eq '^kvm2 .*changed=0 .*failed=0' "$lab/broken.log"; then
    cat "$lab/broken.log"
    exit 1
fi
grep -A1 '"unknown_hosts": \[' "$lab/plan.json" | grep -q kvm1

# The slices in a file alone are found by every playbook.
python - "$lab/slices.json" "$lab/inventory.yml" <<'END'
import json, sys, yaml
document, inventory = (yaml.safe_load(open(path)) for path in ("slices.yml", sys.argv[2]))
document["netslice_slices"][0]["vm"]["image"] = inventory["all"]["vars"]["lab_guest_image"]
json.dump(document, open(sys.argv[1], "w"))
END
in_file=(-e "netslice_slices_path=$lab/slices.json")
hosts=1 pass explain changed=0 foresight.netslice.explain "${in_file[@]}"
grep -q 'Slice web in the pass of' "$lab/explain.log"
rc=0
timeout 300 ansible-playbook -i "$lab/inventory.yml" foresight.netslice.dissolve "${in_file[@]}" -e '{"netslice_dissolve": ["webb"]}' >"$lab/webb.log" 2>&1 || rc=$?
if [ $rc != 2 ] || ! grep -q 'Cannot dissolve webb: netslice_slices has web' "$lab/webb.log"; then
    cat "$lab/webb.log"
    exit 1
fi
pass dissolve 'changed=[1-9]' foresight.netslice.dissolve "${in_file[@]}" -e '{"netslice_dissolve": ["web"]}'
pass forget 'changed=[1-9]' foresight.netslice.dissolve "${in_file[@]}" -e '{"netslice_dissolve": ["web"], "netslice_dissolve_wait": true}'
pass forgotten changed=0 foresight.netslice.dissolve "${in_file[@]}" -e '{"netslice_dissolve": ["web"], "netslice_dissolve_wait": true}'
pass gone changed=0 "${enforce[@]}" -e '{"netslice_slices": []}'
python passed.py "$lab/plan.json" feasible 0

# A slice whose VMs cannot be defined fails the host, but the guests of the other slice are verified in the same pass.
echo '<domain type="test"/>' >"$lab/no-interface.xml.j2"
cat >"$lab/two.json" <<END
{"netslice_slices": [
 {"name": "sound", "vm": {"memory_mib": 64, "serves": {"requests": 50}, "image": "{{ lab_guest_image }}"},
  "scaling": {"mode": "enforce", "min": 2, "max": 2}, "network": {"range": "10.90.4.0/24"}},
 {"name": "broken", "vm": {"memory_mib": 64, "serves": {"requests": 50}, "image": "{{ lab_guest_image }}", "template": "$lab/no-interface.xml.j2"},
  "scaling": {"mode": "enforce", "min": 2, "max": 2}, "network": {"range": "10.90.5.0/24"}}]}
END
rc=0
timeout 900 ansible-playbook -i "$lab/inventory.yml" foresight.netslice.reconcile -e "@$lab/two.json" -v >"$lab/two.log" 2>&1 || rc=$?
if [ $rc != 2 ] || ! grep -q 'Cannot define broken-10-90-5-.*gives no interface' "$lab/two.log" || ! grep -q 'activate.*sound-10-90-4-' "$lab/two.log"; then
    cat "$lab/two.log"
    exit 1
fi
[ -z "$(find "$TMPDIR" -name 'netslice-curves-*')" ] # no pass leaves its curves, neither one that fails
