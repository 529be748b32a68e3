import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { portsOf, serviceNames } from '@app/shop-services';
import type { Changes } from './changes';
import { Refusal } from './refusal';

/** @throws Refusal when a service, a folder or a variable has the name already */
export function requireFreeName(root: string, service: string, changes: Pick<Changes, 'read'>): void {
  if (serviceNames.some((name) => name === service)) throw new Refusal(`${service} exists already.`);
  if (existsSync(join(root, 'apps', service))) throw new Refusal(`apps/${service} exists already.`);
  const { portVariable: variable } = portsOf(service, 0);
  for (const file of ['.env.example', 'docker-compose.yml']) {
    if (new RegExp(`\\b${variable}\\b`).test(changes.read(file))) {
      throw new Refusal(
        `${service} would read its port from ${variable}, which ${file} uses for another one.`,
      );
    }
  }
}

/**
 * Where there is a git repository, `git restore` must be able to undo the changes.
 *
 * @throws Refusal naming files that have changes which are not committed
 */
export function requireCommitted(root: string, paths: readonly string[]): void {
  const { status, stdout } = spawnSync('git', ['status', '--porcelain', '--', ...paths], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0 || stdout === '') return;
  const files = stdout
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line.slice(3)}`);
  throw new Refusal(
    `Commit or stash your changes first; this would be mixed with them:\n${files.join('\n')}`,
  );
}
