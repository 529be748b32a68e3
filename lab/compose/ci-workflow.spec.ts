import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const WORKFLOW = join(__dirname, '..', '..', '.github', 'workflows', 'ci.yml');

interface Workflow {
  readonly jobs: { readonly containers: { readonly steps: readonly { readonly run?: string }[] } };
}

describe('the workflow on GitHub', () => {
  it('runs the container suite only after checking that Docker works', () => {
    const { jobs } = parse(readFileSync(WORKFLOW, 'utf8')) as Workflow;
    const commands = jobs.containers.steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(commands.slice(-2)).toEqual(['docker info', 'npm run lab -- compose']);
  });
});
