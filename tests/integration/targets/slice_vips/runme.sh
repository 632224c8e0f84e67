#!/usr/bin/env bash
# The module with real guests of the lab, and with those of libvirt's test driver.
set -eu
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-}
lab=$(mktemp -d)
trap 'python "$collection/tests/lab/lab.py" down --dir "$lab"; rm -rf "$lab"' EXIT
for driver in qemu test; do
    python "$collection/tests/lab/lab.py" up --dir "$lab" --hypervisors 1 --influxdb none --driver "$driver" >"$lab.log" 2>&1 &
    for _ in $(seq 300); do
        grep -q '^lab: ready' "$lab.log" && break
        kill -0 $! 2>/dev/null || { cat "$lab.log"; exit 1; }
        sleep 0.2
    done
    timeout 300 ansible-playbook -i "$lab/inventory.yml" "$driver.yml" "$@"
    python "$collection/tests/lab/lab.py" down --dir "$lab"
    wait
    rm -rf "$lab" "$lab.log"
done
