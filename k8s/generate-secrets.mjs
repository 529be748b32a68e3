/**
 * Prints the Secrets that the manifests refer to, with passwords drawn now, for kubectl to create:
 *
 *   node k8s/generate-secrets.mjs | kubectl create -f -
 *
 * Nothing is written to a file. What exists already stays as it is: `create` refuses to replace it, and says so.
 * Another namespace than `shop` is the one argument.
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
    // CloudNativePG takes up a changed password of what carries this label.
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
