import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serviceDefinition, serviceNames } from '@app/shop-services';
import { readArguments, USAGE } from './arguments';
import { Changes } from './changes';
import { choosePort } from './port-choice';
import { requireCommitted, requireFreeName } from './target';

const ROOT = resolve(__dirname, '../..');
const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');

describe('the arguments of new:service', () => {
  it.each([
    [['warehouse'], { service: 'warehouse-service', port: undefined }],
    [['warehouse-service'], { service: 'warehouse-service', port: undefined }],
    [['gift-cards', '--port', '3050'], { service: 'gift-cards-service', port: 3050 }],
    [['--help'], undefined],
    [['warehouse', '-h'], undefined],
  ])('%j are understood', (argv, expected) => {
    expect(readArguments(argv)).toEqual(expected);
  });

  it.each([
    [[], USAGE],
    [['a', 'b'], 'b is one name too many.'],
    [['--ports', '3'], "Unknown option '--ports'"],
    [['Warehouse'], 'The name is "Warehouse"; it must be small letters, digits and single hyphens'],
    [['2go'], 'The name is "2go"'],
    [['gift--cards'], 'The name is "gift--cards"'],
    [['../warehouse'], 'The name is "../warehouse"'],
    [['service'], 'The name is "service"'],
    [['w'.repeat(41)], `The name has 41 characters ("${'w'.repeat(41)}"); it may have 40 at most.`],
    [['warehouse', '--port', '80'], '--port is "80"; it must be a port from 1024 to 65435.'],
    [['warehouse', '--port', '65436'], '--port is "65436"'],
    [['warehouse', '--port', '3e3'], '--port is "3e3"'],
  ])('%j are refused', (argv, message) => {
    expect(() => readArguments(argv)).toThrow(message);
  });
});

describe('the port of a new service', () => {
  const last = Math.max(...serviceNames.map((name) => serviceDefinition(name).defaultPort));

  it('is the next one by default', () => {
    expect(choosePort(undefined, '')).toBe(last + 1);
  });

  it('leaves out what docker-compose.yml publishes, for the management port as well', () => {
    const published = `\${A_PORT:-${last + 1}} \${B_PORT:-${last + 102}}`;
    expect(choosePort(undefined, published)).toBe(last + 3);
  });

  it.each([
    [3001, 3001],
    [3101, 3101],
    [2901, 3001],
    [2991, 3001],
    [3090, 3100],
    [3011, 3011],
    [54_220, 54_320],
  ])('may not be %d, because %d is taken', (port, taken) => {
    expect(() => choosePort(port, compose)).toThrow(`--port is ${port}, but ${taken} is taken`);
  });

  it('may be any other', () => {
    expect(choosePort(4567, compose)).toBe(4567);
  });
});

describe('the target of new:service', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'new-service-'));
    for (const file of ['.env.example', 'docker-compose.yml']) {
      writeFileSync(join(folder, file), readFileSync(join(ROOT, file)));
    }
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const requireFree = (service: string) => () => requireFreeName(folder, service, new Changes(folder));

  it('has no service of that name, and no folder', () => {
    expect(requireFree('warehouse-service')).not.toThrow();
    expect(requireFree('order-service')).toThrow('order-service exists already.');
    mkdirSync(join(folder, 'apps/warehouse-service'), { recursive: true });
    expect(requireFree('warehouse-service')).toThrow('apps/warehouse-service exists already.');
  });

  it.each([
    ['cluster-service', 'CLUSTER_PORT', '.env.example'],
    ['grafana-service', 'GRAFANA_PORT', 'docker-compose.yml'],
  ])('does not read the port of %s from %s, which is used for another one', (service, variable, file) => {
    expect(requireFree(service)).toThrow(
      `${service} would read its port from ${variable}, which ${file} uses for another one.`,
    );
  });

  it('has no file that would be created', () => {
    expect(() => new Changes(folder).create('.env.example', '')).toThrow('.env.example exists already.');
  });

  it('has no change that is not committed, in the files that would be edited', () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], {
        cwd: folder,
      });
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message=first');
    writeFileSync(join(folder, 'docker-compose.yml'), 'services: {}\n');
    expect(() => requireCommitted(folder, ['.env.example'])).not.toThrow();
    expect(() => requireCommitted(folder, ['.env.example', 'docker-compose.yml'])).toThrow(
      'Commit or stash your changes first; this would be mixed with them:\n  docker-compose.yml',
    );
  });

  it('needs no git repository', () => {
    expect(() => requireCommitted(folder, ['.env.example'])).not.toThrow();
  });
});
