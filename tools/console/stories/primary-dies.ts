import type { Stage } from './story';
import { withLoad } from './with-load';

/** The primary is killed under load, a replica takes over, and the old primary returns as a replica. */
export async function primaryDies(stage: Stage): Promise<void> {
  const { controls } = stage;
  withLoad(stage);
  const old = controls.nodes.find(({ role, isRunning }) => role === 'primary' && isRunning);
  const next = controls.nodes.find(({ role, isRunning }) => role === 'replica' && isRunning);
  if (!old || !next) {
    stage.say('This needs a primary and a replica: undo all faults first.');
    return;
  }
  await stage.pause(2_000);
  stage.say(`The primary ${old.node} is killed. Writes wait for a new one; reads go on.`);
  await controls.apply({ fault: 'kill', node: old.node });
  await stage.pause(3_000);
  stage.say(`${next.node} is promoted. The services find out by themselves.`);
  await controls.apply({ fault: 'promote', node: next.node });
  await stage.until(
    () => stage.nodes().some(({ node, role }) => node === next.node && role === 'primary'),
    10_000,
  );
  stage.say(`${next.node} is the primary, and the writes that waited run there.`);
  await stage.pause(5_000);
  stage.say(`${old.node} comes back, as a replica of the new primary.`);
  await controls.apply({ fault: 'bring-back', node: old.node });
  const isBack = () =>
    stage.nodes().some(({ node, role, state }) => node === old.node && role === 'replica' && state === 'up');
  await stage.until(isBack, 20_000);
  stage.say('Three nodes again. No acknowledged order was lost, and no customer read an older state.');
  await stage.pause(4_000);
}
