'use strict';

// A preload: when the process exits, it logs the names of the packages that it has loaded, in one line.
process.on('exit', () => {
  const names = Object.keys(require.cache).flatMap(
    (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  process.stdout.write(`${JSON.stringify({ level: 'log', packages: [...new Set(names)] })}\n`);
});
