import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const ESTABLISHED = '01';

/**
 * The TCP connections of these processes to a local port, as the processes see them, so without connections
 * that they have destroyed. Read from Linux' tables; undefined on other systems.
 */
export function countConnectionsTo(port: number, pids: readonly number[]): number | undefined {
  let table: string;
  let inodes: Set<string>;
  try {
    table = readFileSync('/proc/net/tcp', 'latin1');
    inodes = new Set(pids.flatMap(socketInodes));
  } catch {
    return undefined;
  }
  const remotePort = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').filter((line) => {
    const [, , remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/);
    return remote.endsWith(`:${remotePort}`) && state === ESTABLISHED && inodes.has(inode);
  }).length;
}

function socketInodes(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).flatMap((fd) => {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${directory}/${fd}`))?.[1];
      return inode === undefined ? [] : [inode];
    } catch {
      // Closed since the directory was read.
      return [];
    }
  });
}
