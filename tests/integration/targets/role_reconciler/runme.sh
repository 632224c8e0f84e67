#!/usr/bin/env bash
# The role in a mount namespace whose /etc, /usr/local and /var/lib are a layer over the real ones, so that the machine keeps its own; then passes
# over a hypervisor of a lab on libvirt's test driver, with InfluxDB of each version at hand.
set -eux
export collection=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice PYTHONPATH=${ANSIBLE_COLLECTIONS_PATH%%:*}:${PYTHONPATH:-} work
if ! unshare --mount true 2>/dev/null; then
    echo "skipped: no mount namespace can be made here"
    exit 0
fi
work=$(mktemp -d /tmp/netslice-role-reconciler.XXXXXX)
trap 'rm -rf "$work"' EXIT
for version in 1 2; do
    if ! python "$collection/tests/lab/influx.py" --version $version true; then
        echo "skipped: no InfluxDB $version is at hand"
        continue
    fi
    timeout 2000 unshare --mount ./inside.sh $version "$@"
done
