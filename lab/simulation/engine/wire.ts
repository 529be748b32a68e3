import { Backend } from '../world/backend';
import { serverError, socketError } from '../world/errors';
import { execute } from '../world/execute';
import type { Server } from '../world/server';
import type { Answer, Sent } from '../world/statement';
import type { Client, WirePhase } from './client';

type Take = (answer: Answer | undefined, broken: Error | undefined) => void;

export interface WireOwner {
  /** The connection broke, with nothing of its own doing. */
  onBroken(error: Error): void;
  /** Called when the last statement in flight is answered. */
  onQuiet(): void;
}

/** One connection between a process and a server; statements on it are answered in order. */
export class Wire {
  owner: WireOwner | undefined;
  /** As of the last answer. */
  status: Answer['status'] = 'I';
  broken: Error | undefined;
  #inFlight: Take[] = [];
  #lastToServerMs = 0;
  #lastToClientMs = 0;
  #sentAtMs = 0;
  #outbox: { answers: Answer[]; atMs: number } | undefined;
  #watch: { cancel(): void } | undefined;
  #progress = 0;
  /** How many of the packets in flight have a COMMIT. */
  #commits = 0;
  readonly #reply = (answer: Answer): void => {
    this.#answer(answer);
    this.backend.goOn();
  };

  private constructor(
    private readonly client: Client,
    readonly server: Server,
    readonly backend: Backend,
    /** As the server has said at the login. */
    readonly isOnStandby = !server.isPrimary,
    private readonly links = client.world.network.between(client.name, server.name),
  ) {}

  /** Connects to the server that the host leads to. Calls back when it has, or when it cannot. */
  static connect(client: Client, host: string, done: (wire: Wire | undefined, error?: Error) => void): void {
    const { world, name, clock } = client;
    const { scheduler, network } = world;
    const server = world.find(network.serverAt(host) ?? '');
    if (!server) {
      scheduler.in(1, () => done(undefined, socketError('ENOTFOUND')), clock);
      return;
    }
    const answer = (error: Error | undefined, wire?: Wire) =>
      scheduler.at(network.arrivalMs(server.name, name), () => done(wire, error), clock);
    const arrive = () => {
      // A machine that is gone answers nothing; a machine without the server refuses.
      if (server.state === 'down') {
        if (!server.isSilent) answer(socketError('ECONNREFUSED'));
      } else if (server.frozen) server.onThaw(arrive);
      else if (server.state === 'starting') answer(serverError('57P03'));
      else if (server.isFull) answer(serverError('53300'));
      else {
        const backend = new Backend(server, (reason) => made.closeFromServer(reason));
        const made = new Wire(client, server, backend);
        server.backends.add(backend);
        client.wires.add(made);
        answer(undefined, made);
      }
    };
    // Connecting and logging in take two round trips; the first one and a half are told in one event.
    scheduler.at(
      network.arrivalMs(name, server.name) + network.arrivalMs(server.name, name) - scheduler.nowMs,
      arrive,
    );
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** Where the oldest of its statements is; undefined when none is in flight. */
  get phase(): WirePhase | undefined {
    if (this.#inFlight.length === 0) return undefined;
    if (this.#commits > 0) return 'in COMMIT';
    if (this.backend.isBusy) return 'at work';
    return (this.#outbox?.atMs ?? 0) > this.#sentAtMs ? 'answered' : 'on its way';
  }

  /** Sends statements in one packet; the callback gets their answers, one after the other. */
  send(statements: readonly Sent[], take: Take): void {
    const { client, server } = this;
    const { world } = client;
    if (this.broken) {
      const why = this.broken;
      for (let left = statements.length; left > 0; left--) take(undefined, why);
      return;
    }
    let isCommit = false;
    for (const { text } of statements) {
      this.#inFlight.push(take);
      isCommit ||= text === 'COMMIT';
    }
    if (isCommit) this.#commits += 1;
    this.#watchAnswers();
    if (world.breaks.happens(server.name, 'before')) {
      world.oracle.count('break before');
      this.#breakBoth();
      return;
    }
    this.#lastToServerMs = Math.max(this.#lastToServerMs, this.links.there.arrivalMs());
    this.#sentAtMs = world.scheduler.nowMs;
    world.scheduler.atServer(this.#lastToServerMs, () => this.#arrive(statements));
  }

  /** Asks the server to cancel what the backend does; calls back when it has got the request. */
  cancel(done: () => void): void {
    const { world, clock } = this.client;
    const { server, backend } = this;
    const { life } = server;
    world.scheduler.at(this.links.there.arrivalMs(), () => {
      const act = () => {
        if (server.life === life && server.isServing) backend.interrupt?.('cancel');
      };
      if (server.frozen) server.onThaw(act);
      else act();
      world.scheduler.at(this.links.back.arrivalMs(), done, clock);
    });
  }

  /** Closes the connection; the server learns of it later. */
  close(why: Error): void {
    if (this.broken) return;
    this.#break(why, false);
    const { scheduler } = this.client.world;
    const { server, backend } = this;
    scheduler.at(Math.max(this.#lastToServerMs, this.links.there.arrivalMs()), () => {
      if (server.frozen) server.onThaw(() => backend.end());
      else backend.end();
    });
  }

  closeFromServer(reason: Error): void {
    const { world, clock } = this.client;
    this.#lastToClientMs = Math.max(this.#lastToClientMs, this.links.back.arrivalMs());
    world.scheduler.at(this.#lastToClientMs, () => this.#break(reason, true), clock);
  }

  #arrive(statements: readonly Sent[]): void {
    const { server, backend } = this;
    if (backend.isGone) {
      if (!server.isSilent || server.state !== 'down') this.closeFromServer(socketError('ECONNRESET'));
      return;
    }
    if (server.frozen) {
      server.onThaw(() => this.#arrive(statements));
      return;
    }
    for (const sent of statements) backend.enqueue(() => execute(server, backend, sent, this.#reply));
  }

  #answer(answer: Answer): void {
    const { world, clock } = this.client;
    const { scheduler, prng } = world;
    const { nowMs } = scheduler;
    if (this.#outbox?.atMs === nowMs) {
      this.#outbox.answers.push(answer);
      return;
    }
    const outbox = { answers: [answer], atMs: nowMs };
    this.#outbox = outbox;
    const workMs = prng.exponential(0.15) * this.server.slowness;
    this.#lastToClientMs = Math.max(this.#lastToClientMs, this.links.back.arrivalMs() + workMs);
    scheduler.at(this.#lastToClientMs, () => this.#deliver(outbox.answers), clock);
  }

  #deliver(answers: readonly Answer[]): void {
    if (this.broken) return;
    const { breaks, oracle } = this.client.world;
    if (breaks.happens(this.server.name, 'within')) {
      oracle.count('break within');
      for (const answer of answers.slice(0, breaks.prefix(answers.length))) this.#take(answer);
      this.#breakBoth();
      return;
    }
    for (const answer of answers) this.#take(answer);
    if (breaks.happens(this.server.name, 'after')) {
      oracle.count('break after');
      this.#breakBoth();
    }
  }

  #take(answer: Answer): void {
    this.status = answer.status;
    this.#progress += 1;
    const take = this.#inFlight.shift();
    take?.(answer, undefined);
    if (this.#inFlight.length === 0) {
      this.#commits = 0;
      this.owner?.onQuiet();
    }
  }

  #breakBoth(): void {
    this.backend.end();
    this.#break(socketError('ECONNRESET'), true);
  }

  #break(error: Error, isTold: boolean): void {
    if (this.broken) return;
    this.broken = error;
    this.client.wires.delete(this);
    this.#watch?.cancel();
    if (isTold) this.owner?.onBroken(error);
    const waiting = this.#inFlight;
    this.#inFlight = [];
    for (const take of waiting) take(undefined, error);
    if (waiting.length > 0) this.owner?.onQuiet();
  }

  /** Notices answers that never come: as the driver does, it asks what the backend does when one is late. */
  #watchAnswers(): void {
    if (this.#watch) return;
    const { answerDeadlineMs, world, clock } = this.client;
    const progress = this.#progress;
    this.#watch = world.scheduler.in(
      answerDeadlineMs,
      () => {
        this.#watch = undefined;
        if (this.broken || this.#inFlight.length === 0) return;
        if (this.#progress !== progress || this.#isAtWork()) {
          this.#watchAnswers();
          return;
        }
        world.oracle.count('silence');
        const error = new Error(`no answer within ${answerDeadlineMs} ms`);
        this.owner?.onBroken(error);
        this.close(error);
      },
      clock,
    );
  }

  #isAtWork(): boolean {
    const { server, backend } = this;
    const isReached = !this.links.there.isCut && !this.links.back.isCut;
    return isReached && !server.frozen && server.isServing && !backend.isGone && backend.isBusy;
  }
}
