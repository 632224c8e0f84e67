#!/usr/bin/env bash
# The module against the libvirt of a hypervisor of the lab, and against libvirt's test driver.
set -eu
play=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice/tests/lab/play-in-lab.sh
for driver in qemu test; do
    "$play" "$driver" "$driver.yml" "$@"
done
