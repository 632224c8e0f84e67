#!/usr/bin/env bash
# The role in a mount namespace whose /etc, /usr/local and /var/lib are a layer over the real ones, so that the host keeps its own;
# its collector then measures domains of libvirt's test driver, and writes to a private InfluxDB.
set -eux
root=${ANSIBLE_COLLECTIONS_PATH%%:*}
LAYERS=$(mktemp -d)
export PYTHONPATH=$root:${PYTHONPATH:-} LAYERS
trap 'rmdir "$LAYERS"' EXIT
if ! unshare --mount mount -t tmpfs none "$LAYERS" 2>/dev/null; then
    echo "skipped: no mount namespace can be made here"
    exit 0
fi
for version in 1 2; do
    timeout 900 python "$root/ansible_collections/foresight/netslice/tests/lab/influx.py" --version $version \
        unshare --mount ./inside.sh "$@" || [ $? = 77 ]
done
