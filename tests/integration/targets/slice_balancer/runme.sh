#!/usr/bin/env bash
# A private HAProxy before small servers on loopback, and a client that counts what fails while servers come and go.
set -eu
work=$(mktemp -d)
finish() {
    for file in "$work"/*.pid; do
        kill "$(cat "$file")" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
ansible-playbook -i localhost, test.yml -e "work=$work" "$@"
ansible-playbook -i localhost, role.yml -e "work=$work" "$@"
