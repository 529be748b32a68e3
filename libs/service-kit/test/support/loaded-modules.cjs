'use strict';

const { getHeapStatistics } = require('node:v8');

// A preload: when the process exits, it logs in one line the names of the packages that it has loaded, and the
// most memory that V8's compilers have used at once.
process.on('exit', () => {
  const names = Object.keys(require.cache).flatMap(
    (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  const { peak_malloced_memory: compilerBytes } = getHeapStatistics();
  process.stdout.write(`${JSON.stringify({ level: 'log', packages: [...new Set(names)], compilerBytes })}\n`);
});
