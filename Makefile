# The commands of this project. Everything they make goes under build/.
SHELL := /bin/bash
PYTHON ?= python3
VENV := build/venv
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/build/tree
export PYTHONPATH := $(CURDIR)/build/tree
TRACES ?= ../shared/traces
GROUP ?= public
INFLUXDB ?= auto
CORE ?= 2.16

.PHONY: help env packages tree docs demo test test-core test-unit test-sanity test-lint test-integration test-lab test-properties model ablations bench bench-forecast bench-peers bench-replay bench-calibration bench-covariates card report-shots surge faults shaping unattended test-image clean

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

env:  ## Python environment of tests, lab and demo in build/venv
	@tests/env $(VENV)

packages:  ## Debian packages of lab and demo (root)
	@tests/packages

tree: env
	@tests/tree build/tree >/dev/null

docs: tree  ## The site of reference and guides, in build/docs/html
	@ANSIBLE_COLLECTIONS_SCAN_SYS_PATH=false build/tree/ansible_collections/foresight/netslice/tests/docsite/build.sh build/docs

demo: packages tree  ## Private lab, real guests, a simulated day and a half; result in build/demo/
	@python tests/lab/demo.py --influxdb $(INFLUXDB) --out build/demo

test: packages env  ## Everything CI checks
	@tests/run all

test-unit test-sanity test-lint test-integration test-lab: packages env
	@tests/run $(@:test-%=%)

test-core: packages env  ## Units and one pass on another ansible-core, CORE=2.16
	@tests/run core $(CORE)

model: tree  ## Train the shipped forecaster again, into models/; the course of it into build/model/
	@python tests/bench/model.py --traces $(TRACES)/train --out models --curves build/model

ablations: tree  ## What each part of the forecaster is worth, into build/ablations.json; JOBS
	@python tests/bench/ablations.py --train $(TRACES)/train --traces $(TRACES)/$(GROUP) --out build/ablations.json --jobs $(or $(JOBS),1)

bench: packages tree  ## Figures of speed and memory into build/bench/*.json
	@python tests/bench/run.py --out build/bench

bench-forecast: tree  ## Forecasts of every trace of TRACES/GROUP into OUT; MODE=site (default) or shipped
	@python tests/bench/forecast.py --traces $(TRACES)/$(GROUP) --mode $(or $(MODE),site) --out $(or $(OUT),build/forecast.csv)

faults: packages tree  ## Kill modules and break hosts, and see that the next pass converges, into build/faults.json; KILLS, SEED, REAL
	@python tests/lab/faults.py --kills $(or $(KILLS),200) --seed $(or $(SEED),1) --real $(or $(REAL),0) --out build/faults.json

shaping: packages tree  ## What slices get of a link by iperf3 and ping, beside what they shall get, into build/shaping.json
	@python tests/lab/shaping.py --topologies routed nat bridged segment --out build/shaping.json

unattended: packages tree  ## Leave the reconciler alone with faults, PASSES=50, and see that nothing is lost, into build/unattended.json
	@python tests/lab/unattended.py --passes $(or $(PASSES),50) --out build/unattended.json

test-image:  ## A distribution image with cloud-init: built, booted in slices, refreshed, dissolved; build/image/result.json; five minutes
	@tests/packages mmdebstrap e2fsprogs
	@$(MAKE) --no-print-directory tree
	@python tests/lab/image_life.py --image build/image --out build/image

bench-peers: tree  ## The forecaster beside LightGBM and statsmodels on TRACES/GROUP, into build/bench/peers.json
	@python tests/bench/peers.py --traces $(TRACES)/$(GROUP) --out build/bench/peers.json

card: tree  ## Compare the model card with what bench-peers and ablations measured; WRITE=1 puts their figures in
	@python tests/bench/card.py --train $(TRACES)/train --peers build/bench/peers.json --ablations build/ablations.json $(if $(WRITE),--write)

bench-replay: tree  ## Decisions of the policy on every trace of TRACES/GROUP into OUT; MODE=site (default) or shipped; SILENCE=seed stops telemetry
	@SILENCE=$(SILENCE) python tests/bench/replay.py --traces $(TRACES)/$(GROUP) --mode $(or $(MODE),site) --out $(or $(OUT),build/decisions.csv)

report-shots: packages tree  ## Screenshots of the report's page, on a telephone and a desk, light and dark, into build/report/; PAGES for pages of your own
	@python tests/lab/browser.py --out build/report $(PAGES)

surge: packages tree  ## A surge through HAProxy, beside a reactive autoscaler of the same cost, into build/bench/surge.json
	@cd tests/bench && python surge.py --out $(CURDIR)/build/bench/surge.json

bench-calibration: tree  ## What calibration and drift are worth on TRACES/GROUP, into OUT; MODE=site (default) or shipped
	@python tests/bench/calibration.py --traces $(TRACES)/$(GROUP) --mode $(or $(MODE),site) --out $(or $(OUT),build/calibration.csv)

bench-covariates: tree  ## What known events and siblings are worth on TRACES/GROUP
	@python tests/bench/events.py --traces $(TRACES)/$(GROUP)
	@python tests/bench/joint.py --traces $(TRACES)/$(GROUP)

test-properties: tree  ## 2,000 examples for each property of the policy and of plans
	@cd build/tree/ansible_collections/foresight/netslice && NETSLICE_EXAMPLES=$(or $(EXAMPLES),2000) python -m pytest -q -n 2 -p no:cacheprovider \
		tests/unit/plugins/plugin_utils/manager/test_policy_properties.py tests/unit/plugins/plugin_utils/manager/test_plan_properties.py \
		tests/unit/plugins/plugin_utils/manager/test_placement_properties.py

clean:  ## Remove build/
	rm -rf build
