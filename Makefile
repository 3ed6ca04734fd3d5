# The two commands that do everything on a fresh Debian or Ubuntu machine with Node >= 20, npm, Python 3 and make.
# Both install what they need, say what they do, and can be run again.
.PHONY: help demo test

help:
	@echo "make demo   the main job on this machine, step by step"
	@echo "make test   every test that this machine can run"

# npm leaves this file behind when it has installed everything.
node_modules/.package-lock.json: package-lock.json
	@echo "== installing the packages of package-lock.json (npm ci)"
	npm ci --no-progress --no-update-notifier
	@touch $@

demo: node_modules/.package-lock.json
	@scripts/demo.sh

test: node_modules/.package-lock.json
	@scripts/install-test-peers.sh
	@npm test
