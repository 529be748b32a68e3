import type { StatementPhase } from '../checks/phases';
import type { BreakPoint } from '../world/breaks';

/** What can go wrong, and for how long. Servers and services are named. */
export type Fault = {
  /** When it begins, in milliseconds of virtual time. */
  readonly atMs: number;
  /** How long it lasts. */
  readonly forMs: number;
  /** It waits, but not for long, until a statement is there. */
  readonly when?: StatementPhase;
} & Trouble;

export type Trouble =
  | { readonly kind: 'freeze'; readonly server: string }
  | {
      readonly kind: 'crash';
      readonly server: string;
      readonly how: 'orderly' | 'crash' | 'silent';
      readonly behindBytes: number;
    }
  | { readonly kind: 'cut'; readonly from: string; readonly to: string; readonly isOneWay: boolean }
  | { readonly kind: 'slow-link'; readonly from: string; readonly to: string; readonly factor: number }
  | { readonly kind: 'slow-server'; readonly server: string; readonly factor: number }
  | { readonly kind: 'lag'; readonly server: string; readonly delayMs: number }
  | { readonly kind: 'replay-paused'; readonly server: string }
  | {
      readonly kind: 'conflicts';
      readonly server: string;
      readonly rate: number;
      /** Replay cancels reads on every replica: what the primary cleans up, it cleans up for all of them. */
      readonly isEverywhere: boolean;
    }
  | { readonly kind: 'break'; readonly server: string; readonly point: BreakPoint; readonly rate: number }
  /** The name leads to this server, and not to its own. */
  | { readonly kind: 'rename'; readonly host: string; readonly server: string }
  | { readonly kind: 'full'; readonly server: string }
  | { readonly kind: 'blind-probe'; readonly server: string }
  | { readonly kind: 'service-paused'; readonly service: string }
  | { readonly kind: 'wall-clock'; readonly service: string; readonly jumpMs: number }
  | {
      readonly kind: 'failover';
      /** What becomes of the old primary until the fault ends; then it is rebuilt. */
      readonly old: 'stopped' | 'gone' | 'isolated' | 'running';
      /** Whether the replica with most of the log is promoted, or any. */
      readonly isFreshest: boolean;
      /** How long nothing is promoted. */
      readonly afterMs: number;
    }
  | {
      /** A replica is promoted while the primary goes on, and one service cannot reach the new primary. */
      readonly kind: 'split';
      readonly server: string;
      readonly service: string;
      /** How long the service can still reach the new primary. */
      readonly cutAfterMs: number;
      /** The replicas that follow the new primary at once; the others stay with the old one for a while. */
      readonly followers: readonly string[];
    }
  | { readonly kind: 'return'; readonly server: string };

export type FaultKind = Fault['kind'];
