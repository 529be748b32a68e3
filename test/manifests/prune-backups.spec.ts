import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { find, render, ROOT } from './kustomize';

const run = promisify(execFile);
const SCRIPT = join(ROOT, 'k8s/overlays/cloudnative-pg/prune-backups.mjs');
const BACKUPS = '/apis/postgresql.cnpg.io/v1/namespaces/shop/backups';

describe('the CronJob prune-backups', () => {
  const account = mkdtempSync(join(tmpdir(), 'account-'));
  /** In place of the Kubernetes API: phases by day. */
  let phases: Record<number, string>;
  let requests: string[];
  let api: Server;

  beforeAll(async () => {
    writeFileSync(join(account, 'namespace'), 'shop');
    writeFileSync(join(account, 'token'), 'the-token');
    api = createServer(({ method, url, headers }, response) => {
      requests.push(`${method} ${url}`);
      response.statusCode = headers.authorization === 'Bearer the-token' ? 200 : 401;
      const items = Object.entries(phases).map(([day, phase]) => ({
        metadata: { name: `nightly-${day}`, creationTimestamp: `2026-01-${day.padStart(2, '0')}T02:30:00Z` },
        status: { phase },
      }));
      response.end(JSON.stringify({ items }));
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => api.close(resolve));
    rmSync(account, { recursive: true });
  });
  beforeEach(() => (requests = []));

  const prune = (keep: string) => {
    const KUBERNETES_URL = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    return run(process.execPath, [SCRIPT], { env: { KEEP: keep, ACCOUNT: account, KUBERNETES_URL } });
  };
  const deleted = () => requests.filter((request) => request.startsWith('DELETE'));

  it('keeps the newest complete backups, and deletes what is older, failed ones too', async () => {
    phases = { 1: 'completed', 2: 'failed', 3: 'completed', 4: 'failed', 5: 'completed', 6: 'started' };
    expect((await prune('2')).stdout).toContain('4 backups remain, 2 of them complete');
    expect(requests[0]).toBe(`GET ${BACKUPS}?labelSelector=cnpg.io%2Fscheduled-backup%3Dnightly`);
    expect(deleted()).toEqual([`DELETE ${BACKUPS}/nightly-1`, `DELETE ${BACKUPS}/nightly-2`]);
  });

  it('deletes nothing while there are too few complete ones, however old', async () => {
    phases = { 1: 'failed', 2: 'completed', 3: 'failed', 4: 'failed' };
    await prune('2');
    expect(deleted()).toEqual([]);
  });

  it.each(['', '0', 'all'])('refuses to keep %j', async (keep) => {
    await expect(prune(keep)).rejects.toThrow(`KEEP is ${keep}; it must be a whole number of at least 1`);
    expect(requests).toEqual([]);
  });

  it('may do what it does and no more, for the schedule that exists', () => {
    const manifests = render('overlays/cloudnative-pg');
    expect(find(manifests, 'ScheduledBackup', 'nightly')).toBeDefined();
    // Otherwise the snapshots would stay.
    const { volumeSnapshot } = find(manifests, 'Cluster', 'postgres').spec.backup;
    expect(volumeSnapshot.snapshotOwnerReference).toBe('backup');
    expect(find(manifests, 'Role', 'prune-backups').rules).toEqual([
      { apiGroups: ['postgresql.cnpg.io'], resources: ['backups'], verbs: ['list', 'delete'] },
    ]);
    const pod = find(manifests, 'CronJob', 'prune-backups').spec.jobTemplate.spec.template.spec;
    const scripts = find(manifests, 'ConfigMap', pod.volumes[0].configMap.name as string);
    expect(Object.keys(scripts.data as object)).toEqual(['prune-backups.mjs']);
    expect(pod).toMatchObject({
      serviceAccountName: find(manifests, 'ServiceAccount', 'prune-backups').metadata.name,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true } }],
    });
  });
});
