#!/bin/sh
# Removes files that Node never loads from the production dependencies.
set -eu
cd "$1"
find . -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \
  -o -name '*.markdown' -o -name 'tsconfig*.json' -o -name '*.tsbuildinfo' \) -delete
# Browser builds and sources.
rm -rf typeorm/browser rxjs/src rxjs/dist/bundles rxjs/dist/esm rxjs/dist/esm5
rm -f swagger-ui-dist/*-es-bundle*.js
