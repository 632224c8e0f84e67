#!/usr/bin/env bash
# The event source on a private InfluxDB of each version at hand; then its rulebook, by ansible-rulebook, over a hypervisor of a lab.
set -eux
root=${ANSIBLE_COLLECTIONS_PATH%%:*}
export collection=$root/ansible_collections/foresight/netslice PYTHONPATH=$root:${PYTHONPATH:-}
for version in 1 2; do
    timeout 900 python "$collection/tests/lab/influx.py" --version $version python source.py || [ $? = 77 ]
done
if ! command -v java >/dev/null || ! command -v ansible-rulebook >/dev/null; then
    echo "skipped: ansible-rulebook, or the Java it needs, is not at hand"
    exit 0
fi
lab=$(mktemp -d)
trap 'python "$collection/tests/lab/lab.py" down --dir "$lab"; rm -rf "$lab"' EXIT
"$collection/tests/lab/start-lab.sh" "$lab" --hypervisors 1 --influxdb auto --driver test
timeout 1500 python rulebook.py "$lab"
