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
