#!/usr/bin/env bash
# A hypervisor of the lab on libvirt's test driver, and the module against its daemon.
set -eu
play=${ANSIBLE_COLLECTIONS_PATH%%:*}/ansible_collections/foresight/netslice/tests/lab/play-in-lab.sh
"$play" test test.yml "$@"
