import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNodeConfig } from './node-config';

describe('the configuration of a node', () => {
  let directory: string;
  const config = {
    listenAddresses: '127.0.0.1',
    port: 5432,
    upstream: undefined,
    applyDelayMs: 0,
    settings: {},
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'node-config-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const written = () => readFileSync(join(directory, 'cluster.conf'), 'utf8').split('\n');

  it('makes a node with an upstream a standby, and a node without one a primary', () => {
    const upstream = { host: '127.0.0.1', port: 5433, user: 'replicator', passfile: '/p', slot: 'node_1' };
    writeNodeConfig(directory, { ...config, upstream }, undefined);
    expect(readdirSync(directory)).toContain('standby.signal');
    expect(written()).toContain(`primary_slot_name = 'node_1'`);
    writeNodeConfig(directory, config, undefined);
    expect(readdirSync(directory)).not.toContain('standby.signal');
    expect(written().join()).not.toContain('primary_conninfo');
  });

  it('escapes a path for libpq and then for postgresql.conf', () => {
    const upstream = { host: 'h', port: 1, user: 'u', passfile: `/it's a \\ path`, slot: 's' };
    writeNodeConfig(directory, { ...config, upstream }, undefined);
    expect(written().find((line) => line.startsWith('primary_conninfo'))).toBe(
      String.raw`primary_conninfo = 'host=''h'' port=''1'' user=''u'' passfile=''/it\\''s a \\\\ path'' application_name=''s'' connect_timeout=''5'''`,
    );
  });

  it("gives the caller's settings precedence, and makes the file private to its owner", () => {
    writeNodeConfig(directory, { ...config, settings: { shared_buffers: '64MB' } }, undefined);
    expect(written().filter((line) => line.startsWith('shared_buffers'))).toEqual([
      `shared_buffers = '64MB'`,
    ]);
    expect(statSync(join(directory, 'cluster.conf')).mode & 0o777).toBe(0o600);
  });
});
