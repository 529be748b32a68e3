import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Changes } from './changes';
import type { NewService } from './new-service';

const FOLDER = 'tools/new-service/template/app';
const ENDING = '.template';

/** Creates the sources and tests of the service. */
export function addApplication(changes: Changes, root: string, service: NewService): void {
  const files = readdirSync(join(root, FOLDER), { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((each) => each.endsWith(ENDING)).sort()) {
    const text = fillIn(changes.read(`${FOLDER}/${file}`), { ...service });
    changes.create(`apps/${service.name}/${file.slice(0, -ENDING.length)}`, text);
  }
}

/**
 * Replaces each `{{name}}`.
 *
 * @throws Error when there is no such value
 */
export function fillIn(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the template wants {{${name}}}`);
    return String(value);
  });
}
