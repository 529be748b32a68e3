import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceDefinition, serviceNames } from '@app/shop-services';
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
    const elsewhere = ['CLUSTER_PORT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
    expect(listed.filter((name) => !elsewhere.includes(name)).sort()).toEqual(options);
  });

  it('are exactly those in the table of docs/operations.md', () => {
    const [, section = ''] = /\n## Settings of a service\n(.*?)\n## /s.exec(read('docs/operations.md')) ?? [];
    expect(names(section, /^\| `([A-Z_]+)` /gm).sort()).toEqual(options);
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
