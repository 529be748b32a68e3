import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterNode } from '@app/postgres-cluster';
import { eventually } from './support';

/** A directory with sockets that lead to servers, like those of a proxy next to an application. */
export class SocketDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'sockets-'));
  readonly #servers: Server[] = [];

  /** Returns the port of the server's socket in this directory. */
  async leadTo(node: ClusterNode): Promise<number> {
    const server = createServer((from) => {
      const to = connect(node.port, node.host);
      from.pipe(to).pipe(from);
      for (const [socket, other] of [
        [from, to],
        [to, from],
      ] as const) {
        socket.on('error', () => other.destroy());
        socket.on('close', () => other.destroy());
      }
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(`${this.path}/.s.PGSQL.${node.port}`, resolve));
    return node.port;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
    rmSync(this.path, { recursive: true, force: true });
  }
}

/**
 * Makes the server accept only encrypted connections. Returns the file of the authority that signed its
 * certificate. `subject`: whom the certificate names.
 */
export async function demandTls(node: ClusterNode, subject = 'IP:127.0.0.1'): Promise<string> {
  const [key, certificate] = [join(node.dataDirectory, 'tls.key'), join(node.dataDirectory, 'tls.crt')];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      certificate,
      '-subj',
      '/CN=node',
      '-addext',
      `subjectAltName=${subject}`,
    ],
    { stdio: 'ignore' },
  );
  const { uid, gid } = statSync(node.dataDirectory);
  for (const file of [key, certificate]) chownSync(file, uid, gid);
  await node.query(`ALTER SYSTEM SET ssl_key_file = '${key}'`);
  await node.query(`ALTER SYSTEM SET ssl_cert_file = '${certificate}'`);
  await node.query('ALTER SYSTEM SET ssl = on');
  await node.query('SELECT pg_reload_conf()');
  return certificate;
}

/** Applies to every user but the superuser, who controls the cluster. */
export async function refusePlain(node: ClusterNode, users: string): Promise<void> {
  const file = join(node.dataDirectory, 'pg_hba.conf');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, `hostnossl all ${users} all reject\n`);
  appendFileSync(file, before);
  await node.query('SELECT pg_reload_conf()');
}

/** A cancel request that arrives before the statement is lost. */
export function untilAsleep(node: ClusterNode): Promise<void> {
  return eventually('the statement runs', async () => {
    const running = "state = 'active' AND query = 'SELECT pg_sleep(60)'";
    return (await node.query(`SELECT FROM pg_stat_activity WHERE ${running}`)).rowCount === 1;
  });
}
