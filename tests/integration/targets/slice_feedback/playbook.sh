#!/usr/bin/env bash
# The playbook, where no hypervisor answers: it says what telemetry tells, and names what is unknown.
set -eux
cat > "$FEEDBACK_FOLDER/own.yml" <<'VARS'
ansible_connection: local
ansible_python_interpreter: "{{ ansible_playbook_python }}"
netslice_libvirt_uri: test:///nonexistent
netslice_hypervisors: [kvm1]
netslice_as_of: "2026-01-05T08:00:00Z"
feedback_replay_seconds: 0
VARS
told=$(ANSIBLE_CALLBACK_RESULT_FORMAT=yaml ansible-playbook -i kvm1, foresight.netslice.feedback -e netslice_hosts=all -e @slices.yml \
    -e @"$FEEDBACK_FOLDER/own.yml" -e feedback_path="$FEEDBACK_FOLDER/own_proposals.yml")
grep "0 boots are known" <<< "$told"
grep "PROPOSAL vm.serves.requests: 50 -> 38" <<< "$told"
grep "key: vm.serves.requests" "$FEEDBACK_FOLDER/own_proposals.yml"
