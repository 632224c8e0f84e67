#!/usr/bin/env bash
# The playbook against a lab of one hypervisor on libvirt's test driver: before any pass, well, and with one fault after another, with both versions of
# InfluxDB as far as they differ.
set -eux
collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-}
doctor=foresight.netslice.doctor

play() { # NAME RC WORDS PLAYBOOK ARGUMENTS...: the run must end with status RC, and its output have WORDS
    local name=$1 rc=$2 words=$3 ended=0
    shift 3
    timeout 900 ansible-playbook -i "$lab/inventory.yml" -e @slices.yml "$@" >"$lab/$name.log" 2>&1 || ended=$?
    if [ $ended != "$rc" ] || ! grep -Eq "$words" "$lab/$name.log"; then
        cat "$lab/$name.log"
        exit 1
    fi
}

for version in 1 2; do
    python "$collection/tests/lab/influx.py" --version $version true || continue
    lab=$(mktemp -d)
    trap 'python "$collection/tests/lab/lab.py" down --dir "$lab"; rm -rf "$lab"' EXIT
    "$collection/tests/lab/start-lab.sh" "$lab" --hypervisors 1 --influxdb $version --driver test
    play none 2 'passes last pass: none within 60 minutes' $doctor
    grep -Eq 'FAILED +telemetry slice web: missing: requests: no point of field' "$lab/none.log"
    play pass 0 'failed=0' foresight.netslice.reconcile
    play telemetry 0 'failed=0' telemetry.yml
    play well 0 '[0-9]+ checks are well, [0-9]+ with a warning, 0 failed' $doctor
    play secret 2 'FAILED +influxdb bucket .*refuses the credentials' $doctor -e netslice_influxdb_token=wrong -e netslice_influxdb_password=wrong
    play nowhere 2 'FAILED +influxdb connection: Cannot .*127.0.0.1:9' $doctor -e netslice_influxdb_url=http://127.0.0.1:9
    play bucket 2 'FAILED +influxdb bucket nowhere' $doctor -e netslice_influxdb_bucket=nowhere
    [ $version = 2 ] || { python "$collection/tests/lab/lab.py" down --dir "$lab"; rm -rf "$lab"; continue; }
    play roster 2 'FAILED +hypervisor kvm2: did not answer' $doctor -e '{"netslice_hypervisors": ["kvm1", "kvm2"]}'
    play slices 2 'FAILED +controller netslice_slices: .*serves' $doctor -e '{"netslice_slices": [{"name": "web", "vm": {"memory_mib": 96, "serves": {}}}]}'
    play libvirt 2 'FAILED +hypervisor kvm1: Cannot ' $doctor -e netslice_libvirt_uri=test+unix:///nothing
    play balancer 2 'FAILED +balancer kvm1: Cannot reach HAProxy at /run/haproxy/no.sock' $doctor \
        -e '{"netslice_balancer_hosts": ["kvm1"], "netslice_balancer_slices": [{"slice": "web"}], "netslice_balancer_socket": "/run/haproxy/no.sock"}'
    play late 2 'FAILED +passes last pass: (was at|none within)' $doctor -e netslice_as_of="$(date -u -d '+30 minutes' +%FT%TZ)"
    python "$collection/tests/lab/lab.py" down --dir "$lab"
    rm -rf "$lab"
done
trap - EXIT
