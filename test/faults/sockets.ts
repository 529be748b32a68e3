import { readFileSync } from 'node:fs';

const ESTABLISHED = '01';

/**
 * TCP connections from anywhere on this machine to a local port, as the client side sees them: what has been destroyed is not
 * among them. Read from Linux' table; undefined on a system that has none.
 */
export function countConnectionsTo(port: number): number | undefined {
  let table: string;
  try {
    table = readFileSync('/proc/net/tcp', 'latin1');
  } catch {
    return undefined;
  }
  const remotePort = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').filter((line) => {
    const [, , remote = '', state] = line.trim().split(/\s+/);
    return remote.endsWith(`:${remotePort}`) && state === ESTABLISHED;
  }).length;
}
