import { Socket } from 'node:net';
import type { CutPortsMessage } from './service-links';

/**
 * Loaded before a service, by `npm start` only. While a port is cut, sockets to it behave as on a network
 * that drops every packet: they stay open, nothing arrives in either direction, and new ones never connect.
 * What was sent meanwhile arrives afterwards. Costs nothing while nothing is cut: a relay in front of each
 * node would cost every statement.
 */
type Write = (chunk: unknown, encoding: unknown, callback: unknown) => void;

/** The methods that Node's streams call, on an instance. */
interface Streams {
  push(chunk: unknown, encoding?: BufferEncoding): boolean;
  _write: Write;
  _writev: ((chunks: unknown, callback: unknown) => void) | undefined;
}

const sockets = new Set<Socket>();
const waiting = new Map<Socket, { readonly port: number; readonly connect: () => void }>();
const held = new Map<Socket, (() => void)[]>();
let cut: ReadonlySet<number> = new Set();

const connect = Reflect.get(Socket.prototype, 'connect') as (...args: unknown[]) => Socket;
Reflect.set(Socket.prototype, 'connect', function (this: Socket, ...args: unknown[]): Socket {
  sockets.add(this);
  this.once('close', () => {
    sockets.delete(this);
    waiting.delete(this);
    held.delete(this);
  });
  const port = portOf(args);
  if (port === undefined || !cut.has(port)) return connect.apply(this, args);
  waiting.set(this, { port, connect: () => void connect.apply(this, args) });
  return this;
});

process.on('message', ({ cutPorts }: CutPortsMessage) => {
  cut = new Set(cutPorts);
  for (const socket of sockets) {
    const { remotePort = 0 } = socket;
    if (cut.has(remotePort)) hold(socket);
    else if (held.has(socket)) letGo(socket);
  }
  for (const [socket, { port, connect: go }] of waiting) {
    if (cut.has(port)) continue;
    waiting.delete(socket);
    if (!socket.destroyed) go();
  }
});
// Listening to messages must not keep the process alive.
process.channel?.unref();

/** The port in the arguments of connect(), which node:net normalises to [options, callback] in one array. */
function portOf([first, ...rest]: unknown[]): number | undefined {
  if (Array.isArray(first)) return portOf(first);
  if (typeof first === 'object' && first !== null && 'port' in first) return Number(first.port);
  return typeof first === 'number' || rest.length > 0 ? Number(first) : undefined;
}

function hold(socket: Socket): void {
  if (held.has(socket)) return;
  const later: (() => void)[] = [];
  held.set(socket, later);
  const own = socket as unknown as Streams;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on the socket below
  const { push, _write, _writev } = Socket.prototype as unknown as Streams;
  own.push = (...args) => {
    later.push(() => push.apply(own, args));
    return true;
  };
  own._write = (...args) => void later.push(() => _write.apply(own, args));
  if (_writev) own._writev = (...args) => void later.push(() => _writev.apply(own, args));
}

function letGo(socket: Socket): void {
  const later = held.get(socket) ?? [];
  held.delete(socket);
  for (const method of ['push', '_write', '_writev']) Reflect.deleteProperty(socket, method);
  if (socket.destroyed) return;
  for (const act of later) act();
}
