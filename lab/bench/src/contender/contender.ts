import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { PeerName } from '../peers';
import { profilerOptions } from '../profile/profiler-options';
import type { Answer, ClosedLoad, Command, ContenderSetup, MemorySample, OpenLoad, Sample } from './protocol';

const START_TIMEOUT_MS = 60_000;
/** Added to the duration of a measurement: callers of a frozen server wait at most this much longer. */
const GRACE_MS = 30_000;
const CLOSE_TIMEOUT_MS = 5_000;

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** A peer in a separate process, and the requests it answers. */
export class Contender {
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #nextId = 1;
  #ended: string | undefined;

  private constructor(
    readonly name: PeerName,
    private readonly child: ChildProcess,
  ) {
    child.on('message', (message) => {
      const answer = message as Answer;
      this.#answers.get(answer.id)?.(answer);
    });
    child.once('exit', (code, signal) => {
      this.#ended = `${name} ended (${signal ?? `exit code ${code ?? 0}`})`;
      for (const [id, settle] of this.#answers) settle({ id, error: this.#ended });
    });
  }

  /**
   * Resolves when the contender is connected. When it is closed, it writes a CPU profile of its whole run to
   * `profileDirectory`.
   */
  static async start(setup: ContenderSetup, profileDirectory?: string): Promise<Contender> {
    const child = fork(join(__dirname, 'main.js'), [], {
      execArgv: ['--expose-gc', ...profilerOptions(setup.peer, profileDirectory)],
    });
    const contender = new Contender(setup.peer, child);
    try {
      const isReady = contender.#answerTo(0, START_TIMEOUT_MS);
      child.send(setup);
      await isReady;
    } catch (error) {
      contender.kill();
      throw error;
    }
    return contender;
  }

  async measure(
    works: string | readonly string[],
    load: ClosedLoad | OpenLoad,
    durationMs: number,
  ): Promise<Sample> {
    const request = { works: typeof works === 'string' ? [works] : works, load, durationMs };
    return (await this.#ask({ do: 'measure', request }, durationMs + GRACE_MS)) as Sample;
  }

  async memory(): Promise<MemorySample> {
    return (await this.#ask({ do: 'memory' })) as MemorySample;
  }

  /** Closes its connections and ends the process; kills a process that does not end. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    const killer = setTimeout(() => this.kill(), CLOSE_TIMEOUT_MS);
    void this.#ask({ do: 'close' }, CLOSE_TIMEOUT_MS).catch(() => undefined);
    await ended;
    clearTimeout(killer);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  #ask(command: WithoutId<Command>, timeoutMs = START_TIMEOUT_MS): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended));
    const id = this.#nextId++;
    const answer = this.#answerTo(id, timeoutMs);
    this.child.send({ ...command, id });
    return answer;
  }

  #answerTo(id: number, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        settle({ id, error: `no answer within ${timeoutMs} ms` });
      }, timeoutMs);
      const settle = ({ result, error }: Answer) => {
        clearTimeout(timer);
        this.#answers.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(`${this.name}: ${error}`));
      };
      this.#answers.set(id, settle);
    });
  }
}
