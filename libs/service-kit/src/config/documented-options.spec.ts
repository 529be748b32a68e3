import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceOptions } from './service-options';

const ROOT = join(__dirname, '../../../..');
const PORTS = ['ORDER_PORT', 'HISTORY_PORT', 'ORDER_MANAGEMENT_PORT', 'HISTORY_MANAGEMENT_PORT'];
const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = '']) => name);
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the options of a service', () => {
  const options = [...Object.keys(serviceOptions), ...PORTS].sort();

  it('are all in .env.example, and other tools read everything else there', () => {
    const listed = names(read('.env.example'), /^# ([A-Z_]+)=/gm).map((name) => name.replace(/_FILE$/, ''));
    const elsewhere = ['CLUSTER_PORT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
    expect(listed.filter((name) => !elsewhere.includes(name)).sort()).toEqual(options);
  });

  it('are exactly those in the table of docs/operations.md', () => {
    const [, section = ''] = /\n## Settings of a service\n(.*?)\n## /s.exec(read('docs/operations.md')) ?? [];
    expect(names(section, /^\| `([A-Z_]+)` /gm).sort()).toEqual(options);
  });
});
