/**
 * Deletes old Backups of the schedule `nightly`, and their snapshots with them. Keeps the newest KEEP that were
 * completed, and everything newer than the oldest of these. While fewer have been completed, it deletes nothing.
 * Requests go to KUBERNETES_URL with the token of the pod's service account, whose directory is ACCOUNT.
 */
import { readFileSync } from 'node:fs';

const KEEP = Number(process.env.KEEP);
if (!Number.isInteger(KEEP) || KEEP < 1) {
  console.error(`KEEP is ${process.env.KEEP}; it must be a whole number of at least 1`);
  process.exit(1);
}
const read = (file) => readFileSync(`${process.env.ACCOUNT}/${file}`, 'utf8').trim();
const backupsUrl = `${process.env.KUBERNETES_URL}/apis/postgresql.cnpg.io/v1/namespaces/${read('namespace')}/backups`;

async function request(url, method = 'GET') {
  const headers = { authorization: `Bearer ${read('token')}`, accept: 'application/json' };
  const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(10_000) });
  // Another run may have deleted it.
  if (!response.ok && !(method === 'DELETE' && response.status === 404)) {
    throw new Error(`${method} ${url} was answered with ${response.status}: ${await response.text()}`);
  }
  return response.json();
}

const { items } = await request(`${backupsUrl}?labelSelector=cnpg.io%2Fscheduled-backup%3Dnightly`);
const time = ({ metadata }) => Date.parse(metadata.creationTimestamp);
const completed = items
  .filter(({ status }) => status?.phase === 'completed')
  .sort((one, other) => time(other) - time(one));
const oldestKept = completed[KEEP - 1];
const old = oldestKept === undefined ? [] : items.filter((backup) => time(backup) < time(oldestKept));
for (const { metadata } of old) {
  await request(`${backupsUrl}/${metadata.name}`, 'DELETE');
  console.log(`deleted ${metadata.name}`);
}
console.log(
  `${items.length - old.length} backups remain, ${Math.min(completed.length, KEEP)} of them complete`,
);
