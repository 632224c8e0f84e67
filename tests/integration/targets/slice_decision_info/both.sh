#!/usr/bin/env bash
# What was decided is read back with the module, and with the playbook of the collection as an operator would.
set -eux
ansible-playbook -i hosts test.yml "$@"
explain() { local at=$1; shift; ansible-playbook -i hosts foresight.netslice.explain -e '{"netslice_explain": ["web", "gone"]}' -e netslice_as_of="$at" "$@"; }
shown=$(explain 2026-01-05T08:04:00Z --limit kvm2)
grep -q 'Slice web in the pass of 2026-01-05T08:00:00Z: it has 0 VMs and gets 2 VMs' <<<"$shown"
grep -q 'Slice gone: no pass before 2026-01-05T08:04:00Z recorded a decision' <<<"$shown"
[ "$(grep -c 'Slice web' <<<"$shown")" = 1 ]
shown=$(explain 2026-01-05T08:05:00Z)
grep -q 'Slice web in the pass of 2026-01-05T08:05:00Z: .* Rule max made 4 of 10: scaling.max is 4' <<<"$shown"
