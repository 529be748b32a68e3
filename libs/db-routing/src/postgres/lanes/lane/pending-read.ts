import type { LogPosition } from '../../../engine/position';
import type { NodeAnswer, ReadTicket } from '../../../engine/node-statement';
import type { FullQueryConfig } from '../../protocol/query-types';
import type { LaneRead } from '../lane-read';
import type { WireValue } from '../../protocol/wire/message-writer';
import type { TypeSource } from '../../protocol/rows/driver-parsers';
import { wireValues } from '../../protocol/wire/wire-value';

/** One read until its answer, across all the lanes it is placed on. */
export class PendingRead implements ReadTicket {
  readonly answer: Promise<NodeAnswer>;
  readonly text: string;
  readonly values: readonly WireValue[];
  readonly ownName: string | undefined;
  readonly rowMode: string | undefined;
  readonly types: TypeSource | undefined;
  /**
   * Whether the read needs the extended protocol. For a text without values, the driver uses the simple one,
   * which allows several statements.
   */
  readonly isExtended: boolean;
  readonly isBinary: boolean;
  readonly atLeast: LogPosition | undefined;
  readonly wantsPosition: boolean;
  readonly wantsPrimary: boolean;
  readonly wantsServer: boolean;
  isSettled = false;
  /** The read must have its own segment from now on. */
  isAlone = false;
  /**
   * Set after the read failed as a kept statement, and runs again without its name: that error, and how to
   * forget the kept statement if the outcome differs.
   */
  kept: { readonly error: Error; readonly forget: () => void } | undefined = undefined;
  moves = 0;
  /** When the lanes received the read, on their clock. */
  startedAtMs = 0;
  /** The read was counted as slow while it ran, and must not count again. */
  isKnownSlow = false;
  /** While the read waits for a lane: since when. */
  waitingSinceMs = 0;
  #resolve: (answer: NodeAnswer) => void = noop;
  #reject: (error: Error) => void = noop;

  /** The ticket of the run outside the lanes, once the read was handed over. */
  #elsewhere: ReadTicket | undefined;

  constructor(private readonly read: LaneRead) {
    const { input } = read;
    const config: FullQueryConfig | undefined = typeof input === 'string' ? undefined : input;
    this.text = config === undefined ? (input as string) : config.text;
    if (typeof this.text !== 'string') throw new TypeError('A query must have a text');
    this.values = wireValues(read.values ?? config?.values);
    this.ownName = config?.name === '' ? undefined : config?.name;
    this.rowMode = config?.rowMode;
    this.types = config?.types as TypeSource | undefined;
    this.isExtended =
      this.values.length > 0 || this.ownName !== undefined || config?.queryMode === 'extended';
    this.isBinary = this.isExtended && config?.binary === true;
    this.atLeast = read.atLeast;
    this.wantsPosition = read.wantsPosition === true;
    this.wantsPrimary = read.wantsPrimary === true;
    this.wantsServer = read.wantsServer === true;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  cancel(why: Error): void {
    this.reject(why);
    this.#elsewhere?.cancel(why);
  }

  /** Hands the read over to `start`, which runs it outside the lanes. */
  handOver(start: (read: LaneRead) => ReadTicket, isUrgent: boolean): void {
    if (this.isSettled) return;
    const ticket = start({ ...this.read, sinceMs: this.read.sinceMs ?? this.startedAtMs, isUrgent });
    this.#elsewhere = ticket;
    ticket.answer.then(
      (answer) => this.resolve(answer),
      (error: unknown) => this.reject(error as Error),
    );
  }

  resolve(answer: NodeAnswer): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#resolve(this.moves > 0 ? { ...answer, isDelayed: true } : answer);
  }

  reject(error: Error): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#reject(error);
  }
}

function noop(): void {
  // Replaced before the constructor ends.
}
