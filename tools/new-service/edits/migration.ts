import ts from 'typescript';
import type { Changes } from '../changes';
import { capitalized, type NewService } from '../new-service';
import { fillIn } from '../template';
import { declaredValue, endOfImports, parseSource } from './typescript';

const FOLDER = 'libs/shop-database/src/migrations';

/** Makes the migration that grants the service what it needs, and lists it as the last one. */
export function addMigration(changes: Changes, service: NewService, nowMs: number): void {
  const list = migrationsIn(changes.read(`${FOLDER}/index.ts`));
  // TypeORM runs migrations by the time in their names, so this one must have the latest.
  const times = list.map(({ text }) => Number(/\d+$/.exec(text)?.[0] ?? 0));
  const migration = `Grant${capitalized(service.identifier)}${Math.max(nowMs, ...times.map((time) => time + 1))}`;
  const file = `grant-${service.name}`;
  const template = changes.read('tools/new-service/template/grant.migration.ts.template');
  changes.create(`${FOLDER}/${file}.ts`, fillIn(template, { ...service, migration }));
  changes.edit(`${FOLDER}/index.ts`, (text) => {
    const end = endOfImports(parseSource(text));
    const lastEnd = list.at(-1)?.end ?? 0;
    return [
      text.slice(0, end),
      `\nimport { ${migration} } from './${file}';`,
      text.slice(end, lastEnd),
      `, ${migration}`,
      text.slice(lastEnd),
    ].join('');
  });
}

function migrationsIn(index: string): { text: string; end: number }[] {
  const migrations = declaredValue(parseSource(index), 'shopMigrations');
  if (!ts.isArrayLiteralExpression(migrations) || migrations.elements.length === 0) {
    throw new Error('shopMigrations is not a list of migrations');
  }
  return migrations.elements.map((element) => ({ text: element.getText(), end: element.end }));
}
