import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackendName, PostgresCluster, until } from '../src';
import { backendName } from '../src/options';
import { isProcessRunning, signal } from '../src/process/processes';
import { ChildOwner } from './support/child-owner';
import { containersOf, isOnContainers } from './support/containers';

describe('where the servers of a cluster run', () => {
  it.each([
    [undefined, undefined, 'embedded'],
    [undefined, 'embedded', 'embedded'],
    [undefined, 'testcontainers', 'testcontainers'],
    ['embedded', 'testcontainers', 'embedded'],
    ['testcontainers', undefined, 'testcontainers'],
  ] as const)('the option %s and CLUSTER_BACKEND=%s: %s', (option, variable, expected) => {
    const options = option === undefined ? {} : { backend: option };
    expect(backendName(options, { CLUSTER_BACKEND: variable })).toBe(expected);
  });

  it('names the variable or the option, its value and the allowed values', () => {
    expect(() => backendName({}, { CLUSTER_BACKEND: 'podman' })).toThrow(
      'CLUSTER_BACKEND is "podman"; it must be embedded or testcontainers.',
    );
    expect(() => backendName({}, { CLUSTER_BACKEND: '' })).toThrow('CLUSTER_BACKEND is ""');
    expect(() => backendName({ backend: 'podman' as BackendName })).toThrow('backend is "podman"');
  });

  it('says that Docker does not answer when containers are requested', async () => {
    const environment = { DOCKER_HOST: 'tcp://127.0.0.1:1', CLUSTER_BACKEND: 'testcontainers' };
    const owner = new ChildOwner({ replicas: 0 }, { environment });
    await expect(owner.started()).rejects.toThrow(
      'The backend is "testcontainers", and Docker does not answer',
    );
    await owner.ended();
  });

  it('loads Testcontainers on demand only', async () => {
    const owner = new ChildOwner({ replicas: 0 });
    expect((await owner.started()).loadedContainers).toBe(isOnContainers);
    owner.tell('stop');
    await owner.ended();
  });
});

if (isOnContainers) {
  describe('a cluster in containers', () => {
    let directory: string;
    beforeEach(() => {
      directory = join(mkdtempSync(join(tmpdir(), 'containers-')), 'cluster');
      execFileSync('chmod', ['755', join(directory, '..')]);
      mkdirSync(directory, { mode: 0o755 });
    });
    afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

    it('starts again after its owner and the watchdog were killed while its nodes were frozen', async () => {
      const owner = new ChildOwner({ directory, replicas: 1 });
      const { postmasters } = await owner.started();
      const left = containersOf(directory);
      expect(left).toHaveLength(3);
      owner.tell('freeze');
      await until('the containers to be paused', () => pausedOf(left) === 2);
      signal(owner.watchdogPid(), 'SIGKILL');
      owner.kill();
      await owner.ended();
      expect(postmasters.map(isProcessRunning)).toEqual([true, true]);

      const cluster = await PostgresCluster.start({ directory });
      expect(containersOf(directory)).not.toEqual(expect.arrayContaining([left[0]]));
      await cluster.primary.query('CREATE TABLE marks AS SELECT 1 AS id');
      await cluster.waitForReplication();
      const credentials = cluster.credentials('replicator');
      await cluster.stop();
      expect(containersOf(directory)).toEqual([]);

      await using again = await PostgresCluster.start({ directory });
      expect(again.credentials('replicator')).toEqual(credentials);
      for (const node of again.nodes) {
        expect((await node.query('SELECT id FROM marks')).rows).toEqual([{ id: 1 }]);
      }
    });

    it('is reachable from this machine only, on its own ports', async () => {
      await using cluster = await PostgresCluster.start({ replicas: 0 });
      const [container] = containersOf(cluster.directory);
      const { directPort } = cluster.primary;
      expect(execFileSync('docker', ['port', container!], { encoding: 'utf8' }).trim()).toBe(
        `${directPort}/tcp -> 127.0.0.1:${directPort}`,
      );
    });
  });
}

function pausedOf(containers: readonly string[]): number {
  const running = execFileSync('docker', ['ps', '--quiet', '--filter', 'status=paused'], {
    encoding: 'utf8',
  });
  return containers.filter((id) => running.includes(id)).length;
}
