import type { SeededRandom } from '../../../libs/shop-database/src/seed/random';
import type { Recorder } from '../history/recorder';
import { pause } from '../load/pause';
import type { Lab } from '../lab';
import type { Fault } from './fault';
import { plannedPromotion, primaryCrashed } from './promotions';
import { linkCut, replayPaused, replicaKilled } from './replica-faults';

/** Each round draws every fault once, so that a short run covers as many kinds as it has time for. */
const DECK: readonly Fault[] = [
  replayPaused,
  replicaKilled,
  plannedPromotion,
  linkCut,
  replayPaused,
  primaryCrashed,
  linkCut,
  replicaKilled,
];
const MAX_DELAY_MS = 300;
const CALM_MS = { from: 500, to: 1_500 };

/** Injects one fault after the other until the time is over, while replicas lag by random delays. */
export async function injectFaults(
  lab: Lab,
  recorder: Recorder,
  random: SeededRandom,
  untilMs: number,
  say: (line: string) => void,
): Promise<void> {
  for (let turn = 0; performance.now() < untilMs; turn++) {
    const fault = DECK[turn % DECK.length] ?? replayPaused;
    const delays: string[] = [];
    for (const replica of lab.rig.replicas) {
      const delayMs = random.between(0, MAX_DELAY_MS);
      await replica.setApplyDelay(delayMs);
      delays.push(`${replica.name} ${delayMs} ms`);
    }
    await pause(random.between(CALM_MS.from, CALM_MS.to));
    const startMs = performance.now();
    const detail = `${await fault.inject(lab, random)}; apply delays: ${delays.join(', ')}`;
    recorder.add({ line: 'fault', name: fault.name, detail, startMs, endMs: performance.now() });
    say(`    ${fault.name}: ${detail}`);
  }
}

/** No fault and no delay: every node runs and is fit. */
export async function heal(lab: Lab): Promise<void> {
  for (const replica of lab.rig.replicas) await replica.setApplyDelay(0);
  await lab.untilWell();
}
