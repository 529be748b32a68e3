import type { Stage } from './story';
import { withLoad } from './with-load';

const DELAY_MS = 2_000;
const ENOUGH_STALE_READS = 10;

/** Replicas two seconds late, seen by customers with and without a token; then one that stops replaying. */
export async function replicaLags(stage: Stage): Promise<void> {
  const { controls, scores } = stage;
  withLoad(stage);
  const replicas = controls.nodes.filter(({ role, isRunning }) => role === 'replica' && isRunning);
  const [lagging] = replicas;
  if (!lagging) {
    stage.say('There is no replica that runs: undo all faults first.');
    return;
  }
  scores.reset();
  stage.say(`Every replica now shows commits ${DELAY_MS / 1_000} seconds late. They still serve reads.`);
  for (const { node } of replicas) await controls.apply({ fault: 'delay', node, delayMs: DELAY_MS });
  await stage.until(() => scores.all.withoutToken.stale >= ENOUGH_STALE_READS, 10_000);
  stage.say(
    'Without the token, customers miss the order that they have just placed. With it, they all see it.',
  );
  await stage.pause(6_000);
  for (const { node } of replicas) await controls.apply({ fault: 'delay', node, delayMs: 0 });
  stage.say(`Replay on ${lagging.node} stops. It may serve reads until it is too stale.`);
  await controls.apply({ fault: 'pause', node: lagging.node });
  const stateIs = (isUp: boolean) => () =>
    stage.nodes().some(({ node, state }) => node === lagging.node && (state === 'up') === isUp);
  await stage.until(stateIs(false), 20_000);
  stage.say(`${lagging.node} has left, and its card says why. Reads go on elsewhere.`);
  await stage.pause(5_000);
  await controls.apply({ fault: 'resume', node: lagging.node });
  await stage.until(stateIs(true), 10_000);
  stage.say(`${lagging.node} has caught up and serves reads again: a growing share, up to its full one.`);
  await stage.pause(4_000);
}
