import { docker } from './docker';
import type { ComposeProject } from './project';
import { type Context, expect, type Step } from './step';
import { console } from './steps/console';
import { data } from './steps/data';
import { failover } from './steps/failover';
import { image } from './steps/image';
import { profiles } from './steps/profiles';
import { start } from './steps/start';

export interface StepResult {
  readonly name: string;
  readonly seconds: number;
  readonly ok: boolean;
  readonly detail: string;
}

const end: Step = {
  name: '`docker compose down -v` leaves nothing',
  run: async ({ project }) => {
    await project.remove();
    const volumes = await project.volumes();
    const containers = await docker([
      'ps',
      '-aq',
      '--filter',
      `label=com.docker.compose.project=${project.name}`,
    ]);
    expect(volumes.length === 0 && containers === '', `left: ${volumes.join(', ')} ${containers}`);
    return 'no volume, no container';
  },
};

/** Runs the steps in order. Each depends on the previous ones, so the first failure ends the suite. */
export async function runSuite(context: Context, say: (line: string) => void): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of [...image, ...start, ...failover, ...data, ...console, ...profiles, end]) {
    const result = await runStep(step, context);
    results.push(result);
    say(
      `${result.ok ? 'ok    ' : 'FAILED'} ${result.seconds.toFixed(1).padStart(6)} s  ${step.name}: ${result.detail}`,
    );
    if (!result.ok) {
      say(await logs(context.project));
      break;
    }
  }
  return results;
}

async function runStep({ name, run }: Step, context: Context): Promise<StepResult> {
  const startedMs = performance.now();
  const seconds = () => (performance.now() - startedMs) / 1_000;
  try {
    return { name, ok: true, detail: await run(context), seconds: seconds() };
  } catch (error) {
    const { message, cause } = error as Error;
    const detail = cause instanceof Error ? `${message} (${cause.message})` : message;
    return { name, ok: false, detail, seconds: seconds() };
  }
}

async function logs(project: ComposeProject): Promise<string> {
  return project.compose(['logs', '--no-color', '--tail=40']).catch((error: unknown) => String(error));
}
