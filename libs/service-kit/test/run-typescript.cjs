'use strict';

// Lets a child process run the sources directly (node --require this file.ts), so that a test of a whole
// process needs no build and cannot test an outdated one.
const Module = require('node:module');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

const root = join(__dirname, '../../..');
const options = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));

Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    ...options,
    swcrc: false,
    filename,
    sourceMaps: false,
  });
  module._compile(code, filename);
};

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return resolveFilename.call(this, sourceOf(request) ?? request, ...rest);
};

/** The source of a library in this repository, or of an entry point of db-routing. */
function sourceOf(request) {
  const library = /^@app\/([a-z-]+)$/.exec(request)?.[1];
  if (library !== undefined) return join(root, 'libs', library, 'src/index.ts');
  const door = /^db-routing(?:\/(nest|nest-typeorm|typeorm|metrics))?$/.exec(request);
  return door === null ? undefined : join(root, 'libs/db-routing/src', `${door[1] ?? 'index'}.ts`);
}
