#!/usr/bin/env bash
# A hypervisor of the lab on libvirt's test driver, and the module against its daemon.
set -eu
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-}
lab=$(mktemp -d)
trap 'python "$collection/tests/lab/lab.py" down --dir "$lab"; rm -rf "$lab"' EXIT
python "$collection/tests/lab/lab.py" up --dir "$lab" --hypervisors 1 --influxdb none --driver test >"$lab/lab.log" 2>&1 &
for _ in $(seq 300); do
    grep -q '^lab: ready' "$lab/lab.log" && break
    kill -0 $! 2>/dev/null || { cat "$lab/lab.log"; exit 1; }
    sleep 0.2
done
timeout 300 ansible-playbook -i "$lab/inventory.yml" test.yml "$@"
