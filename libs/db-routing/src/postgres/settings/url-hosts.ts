import { isSocket, type NodeAddress } from '../../engine/node-address';

const HOST = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s/@]+)?(?::(\d*))?$/;
const DEFAULT_PORT = 5432;

interface Entry {
  readonly host: string;
  readonly port: number | undefined;
}

/** The hosts and ports in a URL: in its authority, and in the parameters `host` and `port`. */
export interface HostParts {
  readonly authority: string;
  readonly host: string | undefined;
  readonly port: string | undefined;
}

/**
 * Returns the nodes. As in libpq and pg, `?host=` and `?port=` win over the authority. Each may be a list;
 * one port applies to all hosts, and a host that begins with a slash is the directory of a socket. Throws the
 * error that `fail` makes when the hosts are invalid; its message repeats no part of the URL.
 */
export function nodesOf(parts: HostParts, fail: (limit: string) => Error): NodeAddress[] {
  const listed =
    parts.authority === '' ? [] : parts.authority.split(',').map((text, at) => entryOf(text, at + 1, fail));
  const entries = parts.host === undefined ? listed : hostsOf(parts.host, listed);
  const ports = portsOf(parts.port, entries.length, fail);
  const nodes = entries.map(({ host, port }, at) => {
    if (host === '') throw fail(`host ${at + 1} is empty`);
    return nodeAt(host, ports?.[at] ?? port ?? DEFAULT_PORT);
  });
  if (nodes.length === 0) throw fail('it names no host: postgres://user:password@host:5432/database');
  // A node listed twice is one node.
  return [...new Map(nodes.map((node) => [node.name, node])).values()];
}

function entryOf(text: string, nth: number, fail: (limit: string) => Error): Entry {
  const [, host = '', port] = HOST.exec(text) ?? [undefined];
  if (host === '' && port === undefined) throw fail(`host ${nth} is not a host or host:port`);
  return {
    host: decoded(host.replace(/^\[|\]$/g, ''), `host ${nth}`, fail),
    port: port === undefined || port === '' ? undefined : checkedPort(port, nth, fail),
  };
}

/** The port of a single entry in the authority applies to the hosts of `?host=`. */
function hostsOf(list: string, listed: readonly Entry[]): Entry[] {
  const port = listed.length === 1 ? listed[0]?.port : undefined;
  return list.split(',').map((host) => ({ host: host.trim().replace(/^\[|\]$/g, ''), port }));
}

function portsOf(
  list: string | undefined,
  hosts: number,
  fail: (limit: string) => Error,
): (number | undefined)[] | undefined {
  if (list === undefined || list === '') return undefined;
  const ports = list
    .split(',')
    .map((port, at) => (port === '' ? undefined : checkedPort(port, at + 1, fail)));
  if (ports.length === 1) return new Array<number | undefined>(hosts).fill(ports[0]);
  if (ports.length !== hosts) throw fail(`its parameter port lists ${ports.length} ports for ${hosts} hosts`);
  return ports;
}

function checkedPort(text: string, nth: number, fail: (limit: string) => Error): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw fail(`port ${nth} is not a number within 1 to 65535`);
  return port;
}

function nodeAt(host: string, port: number): NodeAddress {
  return { name: `${host.includes(':') && !isSocket(host) ? `[${host}]` : host}:${port}`, host, port };
}

export function decoded(text: string, part: string, fail: (limit: string) => Error): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw fail(`its ${part} is not percent-encoded: a % is written %25`);
  }
}
