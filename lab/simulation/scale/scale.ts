import { decisionCosts, READS, SIZES, type DecisionCost } from './decision-cost';
import type { ScalePlan } from './plan';
import { runScale, type ScaleResult } from './run-scale';
import { STORM_SECONDS, verdicts } from './verdict';

type Say = (line: string) => void;

/** Runs the plan and prints its curves. Returns whether all requirements hold. */
export async function scale(plan: ScalePlan, say: Say): Promise<boolean> {
  const costs = await decisionCosts();
  sayCosts(costs, say);
  say(`${plan.nodes} nodes, ${plan.sessions} sessions, ${plan.minutes} minutes, seed ${plan.seed}`);
  const cpu = process.cpuUsage();
  const result = await runScale(plan, say);
  const { user, system } = process.cpuUsage(cpu);
  sayMemory(result, say);
  sayLoss(result, say);
  say('');
  const found = verdicts(result, costs);
  for (const { what, measured, isKept } of found) say(`${isKept ? 'kept' : 'BROKEN'}: ${what}: ${measured}`);
  const { requests, failed } = result.tally.between(0, Infinity);
  say(
    `${requests} requests, ${failed} failed; ${result.events} events in ${((user + system) / 1e6).toFixed(0)} s of CPU time`,
  );
  return found.every(({ isKept }) => isKept);
}

function sayCosts(costs: readonly DecisionCost[], say: Say): void {
  say('| read | ' + SIZES.map((nodes) => `${nodes} nodes`).join(' | ') + ' |');
  say('| --- |' + SIZES.map(() => ' --- |').join(''));
  for (const read of READS) {
    const cells = SIZES.map((nodes) => {
      const cost = costs.find((each) => each.nodes === nodes && each.read === read);
      return `${cost?.looks.toFixed(2)} looks, ${cost?.ns.toFixed(0)} ns`;
    });
    say(`| ${read} | ${cells.join(' | ')} |`);
  }
}

function sayMemory({ held, tally }: ScaleResult, say: Say): void {
  say('\n| minute | requests/s | map entries | timers | connections | waiting | heap MiB |');
  say('| --- | --- | --- | --- | --- | --- | --- |');
  for (const { minute, mapEntries, timers, connections, waiting, heapMiB } of held) {
    const { requests } = tally.between((minute - 1) * 60, minute * 60);
    const cells = [
      minute,
      (requests / 60).toFixed(0),
      mapEntries,
      timers,
      connections,
      waiting,
      heapMiB.toFixed(1),
    ];
    say(`| ${cells.join(' | ')} |`);
  }
}

/** The minute around the loss of the zone. */
function sayLoss({ tally, lostAtMs }: ScaleResult, say: Say): void {
  const lostAt = lostAtMs / 1_000;
  say('\n| seconds after the loss | requests/s | attempts/s | attempts for each request | failed |');
  say('| --- | --- | --- | --- | --- |');
  for (let from = -2 * STORM_SECONDS; from < 6 * STORM_SECONDS; from += STORM_SECONDS) {
    const { requests, attempts, failed } = tally.between(lostAt + from, lostAt + from + STORM_SECONDS);
    const perSecond = (count: number) => (count / STORM_SECONDS).toFixed(1);
    const share = (attempts / requests).toFixed(3);
    say(
      `| ${from} to ${from + STORM_SECONDS} | ${perSecond(requests)} | ${perSecond(attempts)} | ${share} | ${failed} |`,
    );
  }
}
