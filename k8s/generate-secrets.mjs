/**
 * Prints the Secrets that the manifests refer to, with new random passwords, for kubectl to create:
 *
 *   node k8s/generate-secrets.mjs | kubectl create -f -
 *
 * Writes no file. `kubectl create` refuses to replace existing Secrets, and says so.
 * The only argument is the namespace; default: `shop`.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';

const namespace = process.argv[2] ?? 'shop';

const random = (bytes) => randomBytes(bytes).toString('base64url');

const secret = (name, type, stringData) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type,
  metadata: {
    name,
    namespace,
    // CloudNativePG applies a changed password from Secrets with this label.
    labels: { 'app.kubernetes.io/part-of': 'shop', 'cnpg.io/reload': 'true' },
  },
  stringData,
});

// Each service has the role that is named after it.
const services = readdirSync(new URL('../apps', import.meta.url)).filter((name) => name.endsWith('-service'));
const roles = ['postgres', 'migrator', ...services.map(roleOf), 'monitor', 'replicator'];

const items = [
  ...roles.map((username) =>
    secret(`database-${username.replaceAll('_', '-')}`, 'kubernetes.io/basic-auth', {
      username,
      password: random(24),
    }),
  ),
  secret('token-signing', 'Opaque', { secret: random(48) }),
];

process.stdout.write(`${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2)}\n`);

function roleOf(service) {
  return service.replaceAll('-', '_');
}
