import { SeededRandom } from '../../libs/shop-database/src/seed/random';
import { checkHistory } from './checker/check-history';
import { heal, injectFaults } from './faults/schedule';
import type { OperationLine } from './history/lines';
import type { Recorder } from './history/recorder';
import type { Lab } from './lab';
import { pause } from './load/pause';
import { Traffic } from './load/traffic';
import { replicaShare } from './replica-share';
import { summary } from './summary';

export interface FullRunOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

const FAULT_TRAFFIC = { registerSessions: 16, customers: 6, thinkMs: 150, orderShare: 0.25 };
const SHARE_TRAFFIC = { registerSessions: 0, customers: 24, thinkMs: 1_000, orderShare: 0.1 };
/** The share of session reads that replicas must serve, by how far they lag. */
const SHARES = [
  { delayMs: 20, bar: 0.95 },
  { delayMs: 500, bar: 0.8 },
];
const MIN_SHARE_SECONDS = 10;
const MAX_SHARE_SECONDS = 30;
/** Rails' default. */
const STICKY_MS = 2_000;

/** Runs load and faults, then measures what replicas serve without faults. Returns the unmet expectations. */
export async function fullRun(lab: Lab, recorder: Recorder, options: FullRunOptions): Promise<string[]> {
  const { seconds, seed, say } = options;
  say(`faults for ${seconds} s, seed ${seed}`);
  const traffic = new Traffic(lab, recorder, { phase: 'faults', seed, ...FAULT_TRAFFIC });
  traffic.start();
  const untilMs = performance.now() + seconds * 1_000;
  await injectFaults(lab, recorder, new SeededRandom(seed + 1), untilMs, say);
  await traffic.stop();
  await heal(lab);
  const unresolved = await traffic.resolve();
  const shares = await measureShares(lab, recorder, options);
  await heal(lab);
  for (const line of await lab.finals()) recorder.add(line);

  const verdict = checkHistory(recorder.lines);
  say(`\n${summary(recorder.lines, verdict)}\n`);
  return [
    ...(verdict.violations.length > 0 ? [`${verdict.violations.length} violations`] : []),
    ...(verdict.staleEventualReads === 0
      ? ['blind: no eventual read was stale, so the run could not have shown stale reads']
      : []),
    ...(unresolved > 0
      ? [`${unresolved} orders without a definite answer after all faults were repaired`]
      : []),
    ...shares,
  ];
}

/** Reads of sessions at both services, with every replica lagging by the same delay. */
async function measureShares(lab: Lab, recorder: Recorder, options: FullRunOptions): Promise<string[]> {
  const { seed, say } = options;
  const shareSeconds = Math.min(MAX_SHARE_SECONDS, Math.max(MIN_SHARE_SECONDS, options.seconds / 3));
  const missed: string[] = [];
  for (const { delayMs, bar } of SHARES) {
    const phase = `share-${delayMs}`;
    for (const replica of lab.rig.replicas) await replica.setApplyDelay(delayMs);
    await lab.untilWell();
    const traffic = new Traffic(lab, recorder, { phase, seed: seed + delayMs, ...SHARE_TRAFFIC });
    traffic.start();
    await pause(shareSeconds * 1_000);
    await traffic.stop();
    const own = recorder.lines.filter(
      (line): line is OperationLine => line.line === 'operation' && line.phase === phase,
    );
    const { reads, served, withStickiness } = replicaShare(own, STICKY_MS);
    const text =
      `replicas ${delayMs} ms behind served ${percent(served)} of ${reads} session reads ` +
      `(target ${percent(bar)}; sticking to the primary for ${STICKY_MS} ms after a write: ${percent(withStickiness)})`;
    say(text);
    if (!(served >= bar)) missed.push(text);
  }
  return missed;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
