import type { FaultRow } from '../row';
import { appCutFromPrimary } from './app-cut-from-primary';
import { clientGoesAway, serviceKilled } from './client-goes-away';
import { clockSkew } from './clock-skew';
import { dnsChange } from './dns-change';
import { idleInTransaction } from './idle-in-transaction';
import { migration } from './migration';
import { blackhole, replicaHung } from './node-silent';
import { oldPrimaryReturns } from './old-primary-returns';
import { poolExhausted } from './pool-exhausted';
import { crashFailover, plannedPromotion } from './promotion';
import { recoveryConflict } from './recovery-conflict';
import { applyDelay, replayPaused, walSenderStopped, wrongConnectionInfo } from './replica-lags';
import { replicaKilled } from './replica-killed';
import { replicaRestarting } from './replica-restarting';
import { replicasGone } from './replicas-gone';
import { sigterm } from './sigterm';
import { timelineChange } from './timeline-change';

/** Those that leave the cluster as they found it come first and share one. */
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
