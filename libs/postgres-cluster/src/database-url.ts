import { type DatabaseRole, DEFAULT_DATABASE } from './roles';

/** The form libpq reads: several hosts, each with its port. */
export function databaseUrl(
  role: DatabaseRole,
  password: string,
  nodes: readonly { host: string; port: number }[],
  database = DEFAULT_DATABASE,
): string {
  const hosts = nodes.map(({ host, port }) => `${host}:${port}`).join(',');
  return `postgres://${role}:${encodeURIComponent(password)}@${hosts}/${encodeURIComponent(database)}`;
}
