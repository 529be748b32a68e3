import { onlyVirtual } from '../time/only-virtual';
import { RealCluster } from './real-cluster';
import { FAILOVERS } from './scenarios/failovers';
import { READS } from './scenarios/reads';
import type { Scenario } from './scenarios/scenario';
import { WRITES } from './scenarios/writes';
import { Scene, type Verdict } from './scene';
import { SimulatedCluster } from './simulated-cluster';

type Say = (line: string) => void;

/** Failovers last: the real cluster takes longest to be made whole after them. */
export const SCENARIOS: readonly Scenario[] = [...READS, ...WRITES, ...FAILOVERS];

/** Plays each scenario on both clusters. Returns whether all verdicts are the same. */
export async function compareClusters(seed: number, only: string, say: Say): Promise<boolean> {
  const scenarios = SCENARIOS.filter(({ name }) => name.includes(only));
  const simulated: (readonly Verdict[])[] = [];
  for (const [index, scenario] of scenarios.entries())
    simulated.push(await playSimulated(scenario, index, seed));
  const cluster = await RealCluster.start(say);
  let different = 0;
  try {
    for (const [index, scenario] of scenarios.entries()) {
      const real = await playReal(cluster, scenario, index);
      if (!sayComparison(scenario, simulated[index] ?? [], real, say)) different += 1;
    }
  } finally {
    await cluster.stopAll();
  }
  say(`${scenarios.length} scenarios on both clusters, ${different} with different verdicts`);
  return different === 0;
}

function keysOf(index: number): readonly [string, string] {
  return [`scenario/${index}/left`, `scenario/${index}/right`];
}

export async function playSimulated(
  scenario: Scenario,
  index: number,
  seed: number,
): Promise<readonly Verdict[]> {
  const cluster = new SimulatedCluster(seed);
  const scene = new Scene(cluster, keysOf(index));
  const state = { isOver: false };
  const played = play(scene, scenario)
    .then(() => cluster.end())
    .finally(() => (state.isOver = true));
  played.catch(() => undefined);
  await onlyVirtual(() => cluster.scheduler.run(() => state.isOver));
  if (!state.isOver) scene.note('the scenario', 'never ends');
  return scene.verdicts;
}

async function playReal(
  cluster: RealCluster,
  scenario: Scenario,
  index: number,
): Promise<readonly Verdict[]> {
  const keys = keysOf(index);
  await cluster.prepare(keys);
  const scene = new Scene(cluster, keys);
  try {
    await play(scene, scenario);
  } finally {
    await cluster.endServices();
  }
  return scene.verdicts;
}

async function play(scene: Scene, scenario: Scenario): Promise<void> {
  try {
    await scenario.play(scene);
  } catch (error) {
    scene.note('the scenario', `stops: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function sayComparison(
  { name }: Scenario,
  simulated: readonly Verdict[],
  real: readonly Verdict[],
  say: Say,
): boolean {
  const steps = Math.max(simulated.length, real.length);
  const differences: string[] = [];
  for (let step = 0; step < steps; step++) {
    const [left, right] = [describeVerdict(simulated[step]), describeVerdict(real[step])];
    if (left !== right) differences.push(`  simulated: ${left}`, `  real:      ${right}`);
  }
  say(`${differences.length === 0 ? 'same' : 'DIFFERENT'}: ${name} (${steps} steps)`);
  for (const line of differences) say(line);
  return differences.length === 0 && steps > 0;
}

export function describeVerdict(verdict: Verdict | undefined): string {
  if (!verdict) return 'no such step';
  const { step, outcome, role, reason, part, versions } = verdict;
  const route = role === undefined ? '' : ` on a ${role} (${reason ?? ''})`;
  return `${step}: ${outcome}${route}${part ? `, the ${part}` : ''}${versions ? `, versions ${versions.join()}` : ''}`;
}
