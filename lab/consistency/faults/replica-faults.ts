import { pause } from '../load/pause';
import type { Fault } from './fault';

export const replayPaused: Fault = {
  name: 'replay-paused',
  async inject({ rig }, random) {
    const replica = random.pick(rig.replicas);
    const forMs = random.between(1_500, 4_500);
    await replica.pauseReplay();
    await pause(forMs);
    await replica.resumeReplay();
    return `${replica.name} for ${forMs} ms`;
  },
};

/**
 * SIGKILL loses WAL that was applied but only in memory, so the replica may come back further behind than it
 * was.
 */
export const replicaKilled: Fault = {
  name: 'replica-killed',
  async inject({ rig }, random) {
    const replica = random.pick(rig.replicas);
    const forMs = random.between(200, 1_500);
    await replica.kill();
    await pause(forMs);
    await replica.start();
    return `${replica.name}, down for ${forMs} ms`;
  },
};

export const linkCut: Fault = {
  name: 'link-cut',
  async inject({ rig }, random) {
    const node = random.pick(rig.cluster.nodes);
    const forMs = random.between(300, 2_000);
    const isReset = random.next() < 0.5;
    if (isReset) await node.link.reset();
    else node.link.cut();
    await pause(forMs);
    await node.link.restore();
    return `${node.name} (${node.role}) ${isReset ? 'reset' : 'cut'} for ${forMs} ms`;
  },
};
