/** Where the nodes of a cluster listen, or the links in front of them. */
export const HOST = '127.0.0.1';

/** In the format of libpq: several hosts, each with its port. */
export function databaseUrl(
  role: string,
  password: string,
  nodes: readonly { host: string; port: number }[],
  database: string,
): string {
  const hosts = nodes.map(({ host, port }) => `${host}:${port}`).join(',');
  return `postgres://${role}:${encodeURIComponent(password)}@${hosts}/${encodeURIComponent(database)}`;
}
