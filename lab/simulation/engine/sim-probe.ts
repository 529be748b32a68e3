import type { NodeAddress } from '../../../libs/db-routing/src/engine/node-address';
import type { Probe, ProbeAnswer } from '../../../libs/db-routing/src/engine/probe';
import { serverError } from '../world/errors';
import type { Server } from '../world/server';
import type { Timeline } from '../world/timeline';
import { logAt } from './positions';
import { ASK_POSITION } from './exchange';
import type { Client } from './client';
import { Wire } from './wire';

/** What a server had when it answered a probe. When the answer arrives, it may have been rebuilt. */
export interface Probed {
  readonly server: Server;
  readonly life: number;
  readonly isPrimary: boolean;
  readonly timeline: Timeline;
  readonly replayedLsn: number;
}

export interface ProbeOptions {
  readonly client: Client;
  readonly deadlineMs: number;
  readonly onAnswer: (answer: ProbeAnswer, probed: Probed) => void;
  readonly onMiss: () => void;
}

/** Probes one node on a connection of its own, which it makes again after a failure. */
export class SimProbe implements Probe {
  #wire: Wire | undefined;
  /** Counts the connections that were given up: one that comes late is not used. */
  #rounds = 0;

  constructor(
    private readonly address: NodeAddress,
    private readonly options: ProbeOptions,
  ) {}

  ask(): Promise<ProbeAnswer> {
    const { client, deadlineMs, onAnswer, onMiss } = this.options;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const timer = client.clock.after(deadlineMs, () =>
        client.clock.afterArrivals(() => failed(new Error(`no answer within ${deadlineMs} ms`))),
      );
      const end = (): boolean => {
        if (isOver) return false;
        isOver = true;
        timer.cancel();
        return true;
      };
      const failed = (error: Error) => {
        if (!end()) return;
        this.close();
        onMiss();
        reject(error);
      };
      this.#ask((answer, probed, error) => {
        if (!answer || !probed) failed(error ?? serverError('57P01'));
        else if (end()) {
          onAnswer(answer, probed);
          resolve(answer);
        }
      });
    });
  }

  close(): void {
    this.#rounds += 1;
    this.#drop();
  }

  #drop(): void {
    this.#wire?.close(new Error('closed'));
    this.#wire = undefined;
  }

  #ask(done: (answer: ProbeAnswer | undefined, probed: Probed | undefined, error?: Error) => void): void {
    const { client } = this.options;
    const use = (wire: Wire) => {
      // What the server says is what is true when it answers, so the answer is made there.
      let said: ProbeAnswer | undefined;
      let probed: Probed | undefined;
      const { server } = wire;
      const onRun = () => {
        said = describe(server, this.address, client.isUnprivileged);
        const { life, isPrimary, timeline, replayedLsn } = server;
        probed = { server, life, isPrimary, timeline, replayedLsn };
      };
      wire.send([{ ...ASK_POSITION, onRun }], (answer, broken) =>
        broken || !answer || answer.error
          ? done(undefined, undefined, broken ?? answer?.error)
          : done(said, probed),
      );
    };
    if (this.#wire && !this.#wire.broken) {
      use(this.#wire);
      return;
    }
    const rounds = this.#rounds;
    Wire.connect(client, this.address.host, (wire, error) => {
      if (!wire) {
        done(undefined, undefined, error);
        return;
      }
      if (this.#rounds !== rounds) {
        wire.close(new Error('too late'));
        done(undefined, undefined, new Error('too late'));
        return;
      }
      this.#wire = wire;
      use(wire);
    });
  }
}

function describe(server: Server, { port }: NodeAddress, isUnprivileged: boolean): ProbeAnswer {
  const { facts, systemId } = server;
  const isProbeBlind = server.isProbeBlind || isUnprivileged;
  return {
    role: facts.isReplica ? 'replica' : 'primary',
    systemId,
    timeline: isProbeBlind && facts.isReplica ? server.restartPoint.timeline : server.timeline.id,
    log: logAt(facts.lsn),
    serverVersion: 180_004,
    startedAt: facts.startedAt,
    server: [systemId, facts.startedAt, port, isProbeBlind ? '' : server.name].join('/'),
    isPermitted: !isProbeBlind,
    ...(facts.isReplica && server.isReplayPaused && { remark: 'replay is paused' }),
  };
}
