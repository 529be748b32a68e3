import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '@app/shop-services';
import { StartError } from './settings';

export interface ServiceOptions {
  readonly name: ServiceName;
  readonly url: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** A module that is loaded before the service. */
  readonly preload: string;
  /** What that module is told as soon as the process runs. */
  readonly firstMessage: () => object;
  /** Receives warnings, errors, and lines that are not JSON. */
  readonly show: (line: string) => void;
  /** Called when the service exits without having been told to. */
  readonly onUnexpectedEnd: (how: string) => void;
}

const READY_TIMEOUT_MS = 30_000;
// Longer than the services' own DRAIN_TIMEOUT_MS (10 s by default), which should be the one that applies.
const STOP_GRACE_MS = 15_000;
const SHOWN_LEVELS = new Set(['warn', 'error', 'fatal']);

/** One of the services, as a child process that exits when this process does. */
export class ServiceProcess {
  #child: ChildProcess | undefined;
  #log: WriteStream | undefined;
  #isStopping = false;

  constructor(private readonly options: ServiceOptions) {}

  /** @throws StartError when it exits or is not ready in time */
  async start(): Promise<void> {
    const { name, environment, logFile, preload, firstMessage } = this.options;
    this.#isStopping = false;
    // Passes on this process's flags: to run from sources, the services need the same ones.
    const flags = [...process.execArgv, '--enable-source-maps', '--require', preload];
    const child = spawn(process.execPath, [...flags, entryFile(name)], {
      env: environment,
      // In its own process group, so that on Ctrl-C this process decides the order of stopping. The IPC
      // channel closes if this process dies.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.tell(firstMessage());
    const log = createWriteStream(logFile, { mode: 0o600 });
    this.#log = log;
    log.once('error', ({ message }) => this.options.show(`${name}: its log cannot be written: ${message}`));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        log.write(`${line}\n`);
        const shown = visiblePart(line);
        if (shown !== undefined) this.options.show(`${name}: ${shown}`);
      });
    }
    child.once('exit', (code, signal) => {
      if (!this.#isStopping) this.options.onUnexpectedEnd(signal ?? `exit code ${code ?? 0}`);
    });
    await this.#untilReady(child);
  }

  /** Sends SIGTERM, and SIGKILL if the service does not drain in time. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#isStopping = true;
    if (child === undefined || hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await ended;
    clearTimeout(killer);
    this.#log?.end();
  }

  /** Sends a message to the process; one that does not run gets the first message when it starts. */
  tell(message: object): void {
    const child = this.#child;
    // A process that has just ended cannot receive it, and its end is reported elsewhere.
    if (child?.connected === true) child.send(message, () => undefined);
  }

  kill(): void {
    this.#isStopping = true;
    this.#child?.kill('SIGKILL');
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const { name, url, logFile } = this.options;
    const deadlineMs = performance.now() + READY_TIMEOUT_MS;
    let last = 'no answer';
    while (performance.now() < deadlineMs) {
      if (hasEnded(child)) throw new StartError(`${name} exited before it was ready; its log is ${logFile}.`);
      try {
        const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(1_000) });
        if (response.ok) return;
        last = `status ${response.status}`;
      } catch {
        last = 'no answer';
      }
      await delay(50);
    }
    throw new StartError(
      `${name} was not ready within ${READY_TIMEOUT_MS} ms (${last}); its log is ${logFile}.`,
    );
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

function entryFile(name: string): string {
  return join(__dirname, '..', '..', 'apps', name, 'src', 'main');
}

/** Services write one JSON object per line; other lines, such as a crash, are shown as they are. */
function visiblePart(line: string): string | undefined {
  try {
    const { level, message } = JSON.parse(line) as { level?: string; message?: unknown };
    if (level === undefined || !SHOWN_LEVELS.has(level)) return undefined;
    return `${level}: ${typeof message === 'string' ? message : JSON.stringify(message)}`;
  } catch {
    return line;
  }
}
