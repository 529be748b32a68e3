/**
 * Prints the Secrets that the manifests refer to, with new random passwords, for kubectl to create:
 *
 *   node k8s/generate-secrets.mjs | kubectl create -f -
 *
 * Writes no file. `kubectl create` refuses to replace existing Secrets, and says so.
 * The only argument is the namespace; default: `shop`.
 */
import { randomBytes } from 'node:crypto';

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

const roles = ['postgres', 'migrator', 'order_service', 'history_service', 'monitor', 'replicator'];

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
