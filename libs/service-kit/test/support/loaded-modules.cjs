'use strict';

// A preload: when the process exits, it logs which OpenTelemetry packages it has loaded, in one line.
process.on('exit', () => {
  const packages = Object.keys(require.cache).flatMap(
    (path) => /@opentelemetry\/[^/]+/.exec(path)?.[0] ?? [],
  );
  process.stdout.write(`${JSON.stringify({ level: 'log', openTelemetry: [...new Set(packages)] })}\n`);
});
