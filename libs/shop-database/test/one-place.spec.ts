import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shopDatabase } from '../src';

const ROOT = join(__dirname, '..', '..', '..');
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');
const roles = Object.keys(shopDatabase.roles);

describe("the shop's database and its roles", () => {
  it.each(['docker/postgres/roles.sql', 'k8s/overlays/local/postgres/create-roles.sh'])(
    'are those that %s creates',
    (file) => {
      const text = read(file);
      const made = [...text.matchAll(/^CREATE ROLE (\w+) LOGIN/gm)].map(([, role]) => role);
      expect(made.sort()).toEqual([...roles, 'replicator'].sort());
      expect(text).toContain(`CREATE DATABASE ${shopDatabase.name} OWNER ${shopDatabase.owner};`);
      for (const [role, definition] of Object.entries(shopDatabase.roles)) {
        const groups = 'memberOf' in definition ? definition.memberOf : [];
        const granted = [...text.matchAll(new RegExp(`^GRANT (\\w+) TO ${role};`, 'gm'))];
        expect([role, granted.map(([, group]) => group)]).toEqual([role, groups]);
      }
    },
  );

  it('do not appear in the cluster library', () => {
    const words = new RegExp(
      `\\b(${[...roles, shopDatabase.name, ...readdirSync(join(ROOT, 'apps'))].join('|')})`,
    );
    const sources = join('libs', 'postgres-cluster', 'src');
    const naming = readdirSync(join(ROOT, sources), { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && words.test(read(sources, file)),
    );
    expect(naming).toEqual([]);
  });
});
