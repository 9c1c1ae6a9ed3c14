# plataforma: `make help` lists the commands.
STACK ?= staging
PYTHON ?= python3
ENGINE ?= auto
VENV := .venv
RUN := $(VENV)/bin/python -m
APPS := api worker web
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
# Dependencies are installed again only when a lock file changes.
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
MODULES := $(APPS:%=%/node_modules/.package-lock.json)

nearest = $(shell $(PYTHON) -c 'import difflib, sys; names = {name.lower(): name for name in sys.argv[2:]}; print(*map(names.get, difflib.get_close_matches(sys.argv[1].lower(), names, 1)))' '$(1)' $(2))

# Without this `make preview STAK=prod` would show staging. A program's own variable stands before make.
GIVEN := $(strip $(foreach name,$(.VARIABLES),$(if $(filter command,$(origin $(name))),$(name))))
ifneq ($(GIVEN),)
READ := EDITS WALK SHELL $(shell grep -oE '[$$].(value )?[A-Z]+' Makefile | grep -oE '[A-Z]+' | sort -u)
UNREAD := $(firstword $(filter-out $(READ),$(GIVEN)))
endif
ifneq ($(UNREAD),)
$(error Nothing reads the variable $(UNREAD).$(foreach name,$(call nearest,$(UNREAD),$(READ)), Did you mean $(name)='$($(UNREAD))'?) A variable of the environment stands before make: $(UNREAD)='$($(UNREAD))' make)
endif

ifeq ($(strip $(STACK)),)
$(error STACK is empty: give it the name of a stack, or leave it out for staging)
endif

ifneq ($(filter-out fast servers engine,$(TIER)),)
$(error TIER is fast, servers or engine, not $(TIER))
endif

.DEFAULT_GOAL := help
.PHONY: help init environment doctor update rendered preview up refresh destroy taskdefs rules workflows layers limits limits-coverage mutate-limits dashboards dashboard-pictures pictures mutate-rules lifecycle test lint format reference lock secret rekey bootstrap github clean run logs exec status \
	test-apps test-browser try-migration test-containers test-edits test-workflow up-local down-local status-local roll-local up-tasks run-tasks down-tasks status-tasks bench bench-images bench-apps bench-pages

# A target is listed under the heading `##@` before it; a heading may come more than once.
HEADINGS := Look|Make it yours, go live|Run here, without AWS|Operate on AWS|Contribute

##@ Look

help: ## List the commands
	@awk -F ':.*## ' -v headings='$(HEADINGS)' \
		'/^##@ / { heading = substr($$0, 5) } \
		/^[a-z-]+:.*## / { lines[heading] = lines[heading] sprintf("  make %-18s %s\n", $$1, $$2) } \
		END { count = split(headings, order, "|"); \
			for (n = 1; n <= count; n++) printf "%s%s:\n%s", (n > 1 ? "\n" : ""), order[n], lines[order[n]] }' $(MAKEFILE_LIST)

##@ Make it yours, go live

init: $(RUNTIME) ## Make this clone yours: ten questions with defaults, or ANSWERS=init.yaml
	@$(RUN) commands.init $(if $(ANSWERS),--answers $(ANSWERS))

environment: given-NAME $(RUNTIME) ## Add an environment everywhere it must be known: NAME=qa AFTER=staging
	@$(RUN) commands.init.environment '$(NAME)' $(if $(AFTER),--after '$(AFTER)')

doctor: $(RUNTIME) ## Say what a stack still lacks before its first deployment: STACK=prod
	@$(RUN) commands.doctor --stack $(STACK)

update: $(DEV) ## Take the next version into a clone that you made your own: TO=upstream/main FROM=v0.1.0
	@$(RUN) commands.init.update $(TO) $(if $(FROM),--from $(FROM))

##@ Look

preview: $(if $(filter pulumi,$(ENGINE)),needs-pulumi) $(RUNTIME) ## Show what your edit would do and cost, without an account: STACK=prod ARGS="--against main"|--full ENGINE=process|pulumi
	@$(RUN) commands.preview --stack $(STACK) --engine $(ENGINE) $(ARGS)

##@ Run here, without AWS

up: needs-pulumi $(RUNTIME) ## SIMULATED: create a stack with the real Pulumi engine; nothing is created in AWS
	@$(RUN) commands.simulate up --stack $(STACK) $(ARGS)

refresh: needs-pulumi $(RUNTIME) ## SIMULATED: compare that stack's local state with its simulated resources
	@$(RUN) commands.simulate refresh --stack $(STACK) $(ARGS)

destroy: needs-pulumi $(RUNTIME) ## SIMULATED: destroy that stack; nothing is deleted in AWS
	@$(RUN) commands.simulate destroy --stack $(STACK) $(ARGS)

##@ Contribute

rendered: reference workflows taskdefs rules dashboards layers ## Render all that is rendered and committed

taskdefs: $(RUNTIME) ## Render infra/aws/ecs-taskdef-<service>.<stack>.json for both stacks
	@$(RUN) commands.render.taskdefs

rules: $(RUNTIME) ## Render the SLO rules and Alertmanager's files from monitoring/slo.yml and alertmanager/alerting.yml
	@$(RUN) commands.render.rules

workflows: $(RUNTIME) ## Render .github/workflows/promote.yml from the environments of bootstrap/Pulumi.account.yaml
	@$(RUN) commands.render.workflows

layers: $(RUNTIME) ## Draw docs/layers.md from the import contracts in pyproject.toml
	@$(RUN) commands.render.layers

limits: $(DEV) ## Render limits/aws.json, AWS's limits per property, from botocore's service models
	@$(RUN) tests.limits.render

limits-coverage: $(DEV) ## Count the properties of all plans that have a limit, by service
	@$(RUN) tests.limits.coverage

mutate-limits: $(DEV) ## Break each limit once, and count the broken values that are refused
	@$(RUN) tests.limits.mutations

mutate-rules: $(DEV) ## Change each rule, one place at a time, and count the changes that its unit tests detect
	@$(RUN) tests.rendering.rule_mutations $(ARGS)

lifecycle: $(DEV) ## Walk stacks from creation to destruction on simulated AWS, and print what it took: ARGS=platform|cdn|services|strategies|brokers|keys
	@$(RUN) tests.simulation.lifecycle $(ARGS)

dashboards: $(DEV) ## Render monitoring/grafana/dashboards/*.json
	@$(RUN) commands.render.dashboards

dashboard-pictures: $(DEV) ## Draw docs/dashboards/*.png from real data: PROMETHEUS=http://127.0.0.1:9090 LOKI=http://...
	@$(RUN) commands.render.dashboard_pictures --prometheus $(PROMETHEUS) $(if $(LOKI),--loki $(LOKI)) $(ARGS)

pictures: $(DEV) ## Draw docs/pictures of what the working tree changes: STACK=staging, or docs/screens of the application at URL=http://127.0.0.1:8080
	@$(RUN) commands.render.pictures --stack $(STACK) $(if $(URL),--url $(URL))

test: $(DEV) ## All tests that need neither Docker nor an account: TIER=fast|servers|engine ARGS=tests/settings
	@$(RUN) pytest --numprocesses auto --dist loadfile $(if $(TIER)$(ARGS),,--cov) $(if $(TIER),-m $(TIER)) $(ARGS)

test-apps: needs-node $(MODULES) ## Lint, test and build api, worker and web (Node 22; PostgreSQL, Redis, RabbitMQ installed)
	@for app in $(APPS); do echo "== $$app"; (cd $$app && npm run lint && npm test && npm run build) || exit 1; done

test-browser: needs-node $(MODULES) $(DEV) ## Build api, worker and web, and test the pages in Chromium (Chromium, Nginx, PostgreSQL, Redis installed)
	@for app in $(APPS); do (cd $$app && npm run build) || exit 1; done
	@$(RUN) pytest tests/browser --numprocesses auto --dist loadfile $(ARGS)

try-migration: needs-node $(MODULES) ## Run a migration while the version before it serves under load: MIGRATION=0005 ARGS="--before COMMIT"
	@cd api && node tests/upgrade/main.ts $(MIGRATION) $(ARGS)

test-containers: needs-node needs-containers $(DEV) web/node_modules/.package-lock.json ## Build the images and test the compose stack (Docker or Podman)
	@$(RUN) pytest tests/containers $(ARGS)

test-edits: $(DEV) ## Make each edit of tests/edits/edits.yml in a copy, and run the tests there (EDITS=fast|whole: more tests)
	@$(RUN) pytest tests/edits --numprocesses auto $(ARGS)

test-workflow: needs-node $(DEV) ## Run the workflows' own commands in a clean clone (Node 22; WALK=full shortens nothing, WALK=deploy begins at the images)
	@$(RUN) pytest tests/walkthrough $(ARGS)

##@ Run here, without AWS

up-local: needs-containers $(DEV) ## Start the production stack in containers on this machine, and print its address (ARGS=--monitoring)
	@$(RUN) commands.local up $(ARGS)

down-local: $(DEV) ## Stop the local stack (ARGS=--volumes deletes its data)
	@$(RUN) commands.local down $(ARGS)

status-local: $(DEV) ## Show the local stack's containers and their health
	@$(RUN) commands.local status

roll-local: given-SERVICE $(DEV) ## Replace a service's replicas one by one: SERVICE=backend|frontend|worker
	@$(RUN) commands.local roll $(SERVICE)

up-tasks: needs-containers $(DEV) ## Run a stack's rendered task definitions here, as Fargate would: STACK=staging|prod ARGS=--without=grafana
	@$(RUN) commands.tasks up --stack $(STACK) $(ARGS)

run-tasks: given-JOB $(DEV) ## Run a job of the stack beside them, as its state machine would: STACK=staging JOB=name
	@$(RUN) commands.tasks run --stack $(STACK) --job '$(JOB)'

down-tasks: $(DEV) ## Remove them, their network and their data
	@$(RUN) commands.tasks down --stack $(STACK)

status-tasks: $(DEV) ## Show their containers and their health
	@$(RUN) commands.tasks status --stack $(STACK)

##@ Operate on AWS

# Neither make nor the shell may read what the command's text holds.
run exec: export COMMAND_TEXT = $(value CMD)

run: given-SERVICE-or-JOB needs-pulumi needs-backend $(RUNTIME) ## Run a command in a task of its own: STACK=prod SERVICE=backend CMD="node dist/migrate.js", or JOB=name
	@$(RUN) commands.operate run --stack $(STACK) $(if $(JOB),--job $(JOB),--service '$(SERVICE)') --command "$$COMMAND_TEXT" $(ARGS)

logs: given-SERVICE-or-JOB needs-pulumi needs-backend $(RUNTIME) ## Print a service's log: STACK=prod SERVICE=backend ARGS="--since 1h --follow", or JOB=name
	@$(RUN) commands.operate logs --stack $(STACK) $(if $(JOB),--job $(JOB),--service '$(SERVICE)') $(ARGS)

exec: given-SERVICE needs-pulumi needs-backend $(RUNTIME) ## Open a prompt in a running task: STACK=staging SERVICE=backend CMD=node (/bin/sh, where the image has a shell)
	@$(RUN) commands.operate exec --stack $(STACK) --service '$(SERVICE)' --command "$${COMMAND_TEXT:-/bin/sh}" $(ARGS)

status: needs-pulumi needs-backend $(RUNTIME) ## Show services, jobs and raised alarms: STACK=prod
	@$(RUN) commands.operate status --stack $(STACK) $(ARGS)

##@ Contribute

lint: $(DEV) ## ruff, pyright (strict) on our own code, layers, dead code, hadolint, the scan's ignores, zizmor, actionlint
	@$(RUN) ruff format --check .
	@$(RUN) ruff check .
	@$(VENV)/bin/basedpyright --level error
	@$(VENV)/bin/lint-imports --no-logo --no-cache
	@$(VENV)/bin/vulture
	@$(VENV)/bin/hadolint $(filter-out %.dockerignore,$(wildcard images/Dockerfile.*))
	@$(RUN) commands.scan_ignores
	@$(VENV)/bin/zizmor --offline --quiet .github
	@if command -v actionlint >/dev/null; then actionlint; else echo "actionlint is not on PATH: skipped"; fi

format: $(DEV) ## Format our own code
	@$(RUN) ruff format .
	@$(RUN) ruff check --fix .

reference: $(RUNTIME) ## Write stack.schema.json and docs/config.md from the settings models
	@$(RUN) commands.render.reference

##@ Make it yours, go live

secret: given-NAME needs-pulumi needs-backend ## Encrypt a value into a stack file: STACK=prod NAME=API_KEY (asks for the value)
	@pulumi config set --stack $(STACK) --secret --path 'plataforma:secrets.$(NAME)'

rekey: needs-pulumi $(RUNTIME) ## Move each environment, or STACK=prod, to its own key and set its real secrets (PROVIDER=awskms://... for another key)
	@$(RUN) commands.rekey $(if $(filter command environment,$(origin STACK)),--stack $(STACK)) $(if $(PROVIDER),--provider '$(PROVIDER)')

bootstrap: needs-pulumi $(RUNTIME) ## Deploy what an AWS account needs once, as its administrator, and keep its state in its bucket (ACCOUNT=NAME: of bootstrap/Pulumi.NAME.yaml)
	@$(RUN) commands.live.account $(if $(ACCOUNT),--account $(ACCOUNT)) $(ARGS)

github: $(RUNTIME) ## Set up the repository on GitHub for the pipeline: REVIEWER="login login", or say what differs: ARGS=--check
	@$(RUN) commands.live.github $(if $(REVIEWER),--reviewer $(REVIEWER)) $(ARGS)

##@ Contribute

bench: $(DEV) ## Measure the previews
	@$(RUN) benchmarks.previews

bench-apps: needs-node $(MODULES) ## Measure the API and the worker against peers that do the same work and nothing else (Node 22)
	@for app in api worker; do (cd $$app && npm run --silent build && node benchmarks/main.ts) || exit 1; done

bench-pages: $(DEV) ## Measure the pages of the application at URL=http://127.0.0.1:8080: cold load, first paint, tasks while 200 jobs arrive
	@$(RUN) benchmarks.pages --url $(URL)

bench-images: needs-containers $(DEV) ## Measure the images: size, rebuild, start (Docker or Podman)
	@$(RUN) benchmarks.images

lock: $(DEV) ## Lock the dependency groups of pyproject.toml again
	@$(VENV)/bin/pip install --quiet uv
	@$(VENV)/bin/uv pip compile $(LOCK) --group program -o requirements.txt
	@$(VENV)/bin/uv pip compile $(LOCK) --group dev -c requirements.txt -o requirements-dev.txt

clean: ## Remove local state and the virtual environment
	@rm -rf .pulumi-local .tasks $(VENV)

.DEFAULT:
	@$(error There is no $@.$(foreach name,$(call nearest,$@,$(shell grep -oE '^[a-z-]+:' Makefile | tr -d :)), Did you mean make $(name)?) `make help` lists all)

# Before anything else of a target: says which variable is missing.
given-%:
	@$(if $(strip $(foreach name,$(subst -or-, ,$*),$($(name)))),,$(error $(subst -or-, or ,$*) is missing: `make help` shows how to give it))

# Before all that is installed: says which program is missing, or too old, and what to do.
needs-%:
	@$(PYTHON) -m commands.tools $*

%/node_modules/.package-lock.json: %/package-lock.json
	@echo "Installing the locked dependencies of $*"
	@cd $* && npm ci --no-audit --no-fund --silent
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "plataforma needs Python 3.11 or newer; set PYTHON=python3.x" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.txt | $(VENV)/bin/python
	@echo "Installing the locked dependencies (about a minute, once)"
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt $(RUNTIME)
	@echo "Installing the locked tools for tests and rendering (a few minutes, once)"
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
