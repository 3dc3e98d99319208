# Everything runs on Node.js 22 or newer: the npm package `node` brings one where the machine's own
# is older, and comes first on PATH once it is installed.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: demo demo-migration test build lint bench clean

demo: build
	@node tools/demo/index.mjs

demo-migration: build
	@node tools/demo/migration/index.mjs

# It builds by itself, so that getting the engine and that overlap.
test:
	@node tools/test/index.mjs

build: node_modules/.installed
	@npm run --silent build

lint: node_modules/.installed
	@npm run --silent lint

# Not `npm ci`: it refuses a lock file without the optional packages of platforms that the registry
# at hand did not serve. This keeps to the lock file just the same, and writes nothing.
node_modules/.installed: package-lock.json package.json
	@echo "installing the exact versions of package-lock.json"
	@npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	rm -rf node_modules dist build plugin coverage .demo .demo-migration
