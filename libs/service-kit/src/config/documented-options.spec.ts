import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceDefinition, serviceNames } from '@app/shop-services';
import { z } from 'zod';
import { serviceOptions } from './service-options';

const ROOT = join(__dirname, '../../../..');
const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name);
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the options of a service', () => {
  const ofEach = serviceNames
    .map(serviceDefinition)
    .flatMap((definition) => [
      definition.portVariable,
      definition.managementPortVariable,
      ...definition.calls.map(({ urlVariable }) => urlVariable),
    ]);
  const options = [...new Set([...Object.keys(serviceOptions), ...ofEach])].sort();

  it('are all in .env.example, and other tools read everything else there', () => {
    const listed = names(read('.env.example'), /^# ([A-Z_]+)=/gm).map((name) => name.replace(/_FILE$/, ''));
    const elsewhere = [
      'CLUSTER_PORT',
      'CLUSTER_MANAGEMENT_PORT',
      'CLUSTER_VERSION',
      'CONSOLE_PORT',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
    ];
    expect(listed.filter((name) => !elsewhere.includes(name)).sort()).toEqual(options);
  });

  const [, section = ''] = /\n## Settings of a service\n(.*?)\n## /s.exec(read('docs/operations.md')) ?? [];
  const rows = [...section.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
    ([, name = '', fallback = '', meaning = '']) => ({ name, fallback, meaning }),
  );

  it('are exactly those in the table of docs/operations.md', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(options);
  });

  const schemas: Readonly<Record<string, z.ZodType>> = serviceOptions;
  const numbers = Object.keys(schemas).filter(
    (name) => schemas[name] instanceof z.ZodPipe && accepts(name, '1000'),
  );

  function accepts(name: string, text: string): boolean {
    return schemas[name]?.safeParse(text).data === Number(text);
  }

  it.each(numbers)('%s has the default and the limits that the table says', (name) => {
    const { fallback, meaning } = rows.find((row) => row.name === name) ?? { fallback: '', meaning: '' };
    const [, min = '', max = ''] = /; (\d+) to (\d+)(\.|$)/.exec(meaning) ?? [];
    const limits = [Number(min) - 1, min, max, Number(max) + 1].map((each) => accepts(name, String(each)));
    expect({ name, min, max, limits }).toMatchObject({ limits: [false, true, true, false] });
    const given = schemas[name]?.safeParse(undefined).data;
    // The pool has the default of an option that has none here.
    if (given !== undefined) expect(Number(fallback)).toBe(given);
  });

  it('for the ports are also in the table of docs/observability.md, by service', () => {
    const rows = [...read('docs/observability.md').matchAll(/^\| ([a-z-]+-service) .*$/gm)];
    const cells = rows.map(([row]) =>
      row
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
    expect(cells).toEqual(
      serviceNames
        .map(serviceDefinition)
        .map(({ name, portVariable, defaultPort, managementPortVariable, defaultManagementPort }) => [
          name,
          `\`${portVariable}\`, ${defaultPort}`,
          `\`${managementPortVariable}\`, ${defaultManagementPort}`,
        ]),
    );
  });
});
