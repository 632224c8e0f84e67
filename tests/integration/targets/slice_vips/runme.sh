#!/usr/bin/env bash
# The module with real guests of the lab, and with those of libvirt's test driver.
set -eu
play=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice/tests/lab/play-in-lab.sh
for driver in qemu test; do
    "$play" "$driver" "$driver.yml" "$@"
done
