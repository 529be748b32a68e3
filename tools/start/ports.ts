import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CONSOLE_HOST,
  CONSOLE_PORT_VARIABLE,
  servicePorts,
  StartError,
  type StartSettings,
} from './settings';

// Services of a start that was SIGKILLed a moment ago may still be draining.
const GRACE_MS = 2_000;
/** Errors that concern the address, not the port. */
const HOST_ERRORS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAFNOSUPPORT']);

/** @throws StartError naming the variable and the port when a port of a service or of the console is taken */
export async function requirePorts(settings: StartSettings): Promise<void> {
  const deadlineMs = performance.now() + GRACE_MS;
  const services = Object.entries(servicePorts(settings)).map(([name, port]) => ({
    name,
    port,
    host: settings.host,
  }));
  const ofConsole = { name: CONSOLE_PORT_VARIABLE, port: settings.consolePort, host: CONSOLE_HOST };
  for (const { name, port, host } of [...services, ofConsole]) {
    let code = await listenError(port, host);
    while (code === 'EADDRINUSE' && performance.now() < deadlineMs) {
      await delay(100);
      code = await listenError(port, host);
    }
    if (code === 'EADDRINUSE') {
      throw new StartError(`Port ${port} is already in use; set ${name} to another one.`);
    }
    if (code !== undefined && HOST_ERRORS.has(code)) {
      throw new StartError(`HOST is "${host}", and it cannot be listened on: ${code}.`);
    }
    if (code !== undefined)
      throw new StartError(`${name} is ${port}, and ${host} cannot be listened on: ${code}.`);
  }
}

async function listenError(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
