#!/usr/bin/env bash
# The kit for AWX: its playbook run twice by the modules of awx.awx against the interface of AWX in api.py, and its execution environments.
set -eux
root=${ANSIBLE_COLLECTIONS_PATH%%:*}
export kit=$root/ansible_collections/foresight/netslice/extensions/awx PYTHONPATH=$root:${PYTHONPATH:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for definition in execution-environment execution-environment-training; do
    ansible-builder create --file "$kit/$definition.yml" --context "$work/$definition"
    grep -q 'foresight.netslice' "$work/$definition/_build/requirements.yml"
done
grep -q '^torch>=' "$work/execution-environment-training/_build/requirements.txt"
[ ! -e "$work/execution-environment/_build/requirements.txt" ] # no torch without being asked
ansible-builder introspect --sanitize "$root" >"$work/introspected"
sed -n '/^[a-z]/s/>.*//p' "$kit/../../requirements.txt" | while read -r library; do grep -q "$library>=" "$work/introspected"; done

if ! ansible-doc --type module awx.awx.workflow_job_template_node >/dev/null; then
    echo "skipped: the collection awx.awx is not at hand"
    exit 0
fi
cat >"$work/twice.sh" <<'END'
set -eux
setup() { ansible-playbook -i localhost, "$kit/setup.yml" -e @kit.yml "$@"; }
setup
setup | tee "$work/again.log"
grep -q '^localhost .*changed=0 ' "$work/again.log"
setup -e netslice_awx_schedule=false -e netslice_awx_interval_minutes=10 | tee "$work/changed.log"
grep -q '^localhost .*changed=1 ' "$work/changed.log"
END
export work NETSLICE_INFLUXDB_URL=http://192.0.2.5:8086 NETSLICE_INFLUXDB_ORG=example NETSLICE_INFLUXDB_TOKEN=a-secret-token
python api.py "$work/dump.json" bash "$work/twice.sh" 2>&1 | tee "$work/all.log"
python check.py "$work/dump.json"
[ "$(grep -c a-secret-token "$work/all.log")" = 0 ]

# A connection of which only the URL is said has its certificate validated: AWX takes a boolean that is left out for false.
python api.py "$work/short.json" ansible-playbook -i localhost, "$kit/setup.yml" -e @kit.yml -e '{"netslice_awx_influxdb": {"url": "https://192.0.2.5"}}'
[ "$(jq -c '[.lists.credentials[] | select(.name == "netslice InfluxDB").inputs][0]' "$work/short.json")" = '{"url":"https://192.0.2.5","validate_certs":true}' ]

# Without a URL nothing is made.
if NETSLICE_INFLUXDB_URL='' python api.py "$work/none.json" ansible-playbook -i localhost, "$kit/setup.yml" -e @kit.yml >"$work/none.log" 2>&1; then
    exit 1
fi
grep -q 'Cannot make the credential of InfluxDB' "$work/none.log"
[ "$(jq '.lists.job_templates' "$work/none.json")" = null ]
