'use strict';

// A preload: at its end the process says which packages of OpenTelemetry it has loaded, as one line of its log.
process.on('exit', () => {
  const packages = Object.keys(require.cache).flatMap(
    (path) => /@opentelemetry\/[^/]+/.exec(path)?.[0] ?? [],
  );
  process.stdout.write(`${JSON.stringify({ level: 'log', openTelemetry: [...new Set(packages)] })}\n`);
});
