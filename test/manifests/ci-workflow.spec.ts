import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './kustomize';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly 'timeout-minutes'?: number;
        readonly permissions?: unknown;
        readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
        readonly steps: readonly Step[];
      }
    >
  >;
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const workflow = parse(read('.github/workflows/ci.yml')) as Workflow;
const packageJson = JSON.parse(read('package.json')) as {
  engines: { node: string };
  scripts: Record<string, string>;
};
const jobs = Object.values(workflow.jobs);
const steps = jobs.flatMap((job) => job.steps);

describe('the workflow on GitHub', () => {
  it('runs for pull requests and for main', () => {
    expect(workflow.on).toMatchObject({ pull_request: null, push: { branches: ['main'] } });
  });

  it("runs .ci/run on Node versions from the minimum to the image's", () => {
    const { strategy, steps: own } = workflow.jobs.check!;
    const supported = packageJson.engines.node.split(' || ').map((range) => /(\d+)\.\d+/.exec(range)!);
    const [[oldest]] = supported as [RegExpExecArray];
    expect(strategy?.matrix.node).toEqual([oldest, ...supported.slice(1).map(([, major]) => major)]);
    expect(strategy?.matrix.node.at(-1)).toBe(read('.nvmrc').trim());
    expect(own.at(-1)).toEqual({ run: '.ci/run' });
    expect(() => accessSync(join(ROOT, '.ci/run'), constants.X_OK)).not.toThrow();
  });

  it('runs only scripts that exist', () => {
    const names = steps.flatMap(({ run = '' }) =>
      [...run.matchAll(/npm run (\S+)/g)].map(([, name]) => name!),
    );
    expect(names.filter((name) => !(name in packageJson.scripts))).toEqual([]);
  });

  it('may only read the repository', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    expect(jobs.filter(({ permissions }) => permissions !== undefined)).toEqual([]);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts).toHaveLength(jobs.length);
    for (const step of checkouts) expect(step.with).toEqual({ 'persist-credentials': false });
  });

  it("uses actions at a fixed major version, and caches npm's downloads", () => {
    const uses = steps.flatMap((step) => (step.uses === undefined ? [] : [step]));
    for (const step of uses) expect(step.uses).toMatch(/^actions\/[a-z-]+@v\d+$/);
    const nodes = uses.filter((step) => step.uses!.startsWith('actions/setup-node@'));
    expect(nodes).toHaveLength(jobs.length);
    for (const step of nodes) expect(step.with).toMatchObject({ cache: 'npm' });
  });

  it('has time limits, and is cancelled by a newer push to the same pull request', () => {
    for (const job of jobs) expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
    expect(workflow.concurrency).toEqual({
      group: '${{ github.workflow }}-${{ github.ref }}',
      'cancel-in-progress': "${{ github.event_name == 'pull_request' }}",
    });
  });
});
