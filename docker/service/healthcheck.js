'use strict';

// For HEALTHCHECK: the image has neither a shell nor curl.
const url = process.env.HEALTH_URL ?? 'http://127.0.0.1:3001/health/ready';

fetch(url, { signal: AbortSignal.timeout(4_000) })
  .then(async (response) => ({ ok: response.ok, text: `${response.status} ${await response.text()}` }))
  .catch((error) => ({ ok: false, text: String(error.cause ?? error) }))
  .then(({ ok, text }) => {
    process.stdout.write(`${url}: ${text}\n`);
    process.exit(ok ? 0 : 1);
  });
