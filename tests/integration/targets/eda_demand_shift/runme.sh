#!/usr/bin/env bash
# The event source on a private InfluxDB of each version at hand; then its rulebook, by ansible-rulebook, over a hypervisor of a lab.
set -eux
root=${ANSIBLE_COLLECTIONS_PATH%%:*}
export collection=$root/ansible_collections/foresight/netslice PYTHONPATH=$root:${PYTHONPATH:-}
for version in 1 2; do
    timeout 300 python "$collection/tests/lab/influx.py" --version $version python source.py || [ $? = 77 ]
done
if ! command -v java >/dev/null || ! command -v ansible-rulebook >/dev/null; then
    echo "skipped: ansible-rulebook, or the Java it needs, is not at hand"
    exit 0
fi
lab=$(mktemp -d)
trap 'python "$collection/tests/lab/lab.py" down --dir "$lab"; rm -rf "$lab"' EXIT
python "$collection/tests/lab/lab.py" up --dir "$lab" --hypervisors 1 --influxdb auto --driver test >"$lab/lab.log" 2>&1 &
for _ in $(seq 300); do
    grep -q '^lab: ready' "$lab/lab.log" && break
    kill -0 $! 2>/dev/null || { cat "$lab/lab.log"; exit 1; }
    sleep 0.2
done
timeout 400 python rulebook.py "$lab"
