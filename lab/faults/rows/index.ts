import type { FaultRow } from './row';
import { appCutFromPrimary } from './network/app-cut-from-primary';
import { clientGoesAway, serviceKilled } from './services/client-goes-away';
import { clockSkew } from './services/clock-skew';
import { dnsChange } from './network/dns-change';
import { idleInTransaction } from './services/idle-in-transaction';
import { migration } from './services/migration';
import { blackhole, replicaHung } from './network/node-silent';
import { oldPrimaryReturns } from './primary/old-primary-returns';
import { poolExhausted } from './services/pool-exhausted';
import { crashFailover, plannedPromotion } from './primary/promotion';
import { recoveryConflict } from './replicas/recovery-conflict';
import { applyDelay, replayPaused, walSenderStopped, wrongConnectionInfo } from './replicas/replica-lags';
import { replicaKilled } from './replicas/replica-killed';
import { replicaRestarting } from './replicas/replica-restarting';
import { replicasGone } from './replicas/replicas-gone';
import { sigterm } from './services/sigterm';
import { timelineChange } from './primary/timeline-change';

/** Rows that leave the cluster unchanged are first and share one cluster. */
export const rows: readonly FaultRow[] = [
  replicaKilled,
  replicaHung,
  blackhole,
  appCutFromPrimary,
  replayPaused,
  applyDelay,
  walSenderStopped,
  wrongConnectionInfo,
  replicaRestarting,
  replicasGone,
  poolExhausted,
  idleInTransaction,
  clientGoesAway,
  serviceKilled,
  sigterm,
  migration,
  dnsChange,
  recoveryConflict,
  plannedPromotion,
  crashFailover,
  oldPrimaryReturns,
  timelineChange,
  clockSkew,
];
