#!/usr/bin/env bash
# play-in-lab.sh DRIVER PLAYBOOK [ARGUMENT...]: a playbook against a new lab of one hypervisor without InfluxDB, for the integration
# targets. DRIVER: qemu (real guests) or test (libvirt's test driver). The lab ends with the playbook, whatever comes of it.
set -eu
driver=$1 playbook=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-}
lab=$(mktemp -d)
trap 'python "$here/lab.py" down --dir "$lab"; rm -rf "$lab"' EXIT
"$here/start-lab.sh" "$lab" --hypervisors 1 --influxdb none --driver "$driver"
timeout 900 ansible-playbook -i "$lab/inventory.yml" "$playbook" "$@"
