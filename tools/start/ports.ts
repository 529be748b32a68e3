import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CLUSTER_MANAGEMENT_PORT,
  CONSOLE_PORT_VARIABLE,
  LOOPBACK,
  servicePorts,
  StartError,
  type StartSettings,
} from './settings';

// Services of a start that was SIGKILLed a moment ago may still be draining.
const GRACE_MS = 2_000;
const ASK_TIMEOUT_MS = 1_000;
/** Errors that concern the address, not the port. */
const HOST_ERRORS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAFNOSUPPORT']);

/** @throws StartError naming variable and port when a port that is not the database's cannot be used */
export async function requirePorts(settings: StartSettings): Promise<void> {
  const deadlineMs = performance.now() + GRACE_MS;
  for (const [name, port] of Object.entries(servicePorts(settings))) {
    await requirePort(name, port, settings.host, deadlineMs);
  }
  await requirePort(CONSOLE_PORT_VARIABLE, settings.consolePort, LOOPBACK, deadlineMs);
  await requirePort(CLUSTER_MANAGEMENT_PORT, settings.clusterManagementPort, LOOPBACK, deadlineMs);
}

async function requirePort(name: string, port: number, host: string, deadlineMs: number): Promise<void> {
  let code = await listenError(port, host);
  while (code === 'EADDRINUSE' && performance.now() < deadlineMs) {
    await delay(100);
    code = await listenError(port, host);
  }
  if (code === undefined) return requireAskable(name, port);
  if (code === 'EADDRINUSE') {
    throw new StartError(`Port ${port} is already in use; set ${name} to another one.`);
  }
  if (HOST_ERRORS.has(code)) {
    throw new StartError(`HOST is "${host}", and it cannot be listened on: ${code}.`);
  }
  throw new StartError(`${name} is ${port}, and ${host} cannot be listened on: ${code}.`);
}

/** Browsers and fetch() refuse the ports of some protocols: https://fetch.spec.whatwg.org/#port-blocking */
async function requireAskable(name: string, port: number): Promise<void> {
  try {
    // A limit, because with another HOST, a server of someone else may listen there on the loopback address.
    await fetch(`http://${LOOPBACK}:${port}`, {
      method: 'HEAD',
      signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
    });
  } catch (error) {
    const { cause } = error as Error;
    if (cause instanceof Error && cause.message === 'bad port') {
      throw new StartError(`${name} is ${port}, which browsers and fetch() refuse; set it to another port.`);
    }
  }
}

async function listenError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
