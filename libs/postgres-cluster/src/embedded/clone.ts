import { constants, copyFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Client } from 'pg';
import { PostgresClusterError } from '../errors';
import { giveTo, type Identity } from '../process/run-as';

/**
 * Directories whose content belongs to the running source; PostgreSQL's own base backup omits them as well.
 */
const EMPTIED = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const FILES_PER_TURN = 16;
const CONTROL_FILE = join('global', 'pg_control');
const OMITTED = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'backup_label',
  'tablespace_map',
  'standby.signal',
  'recovery.signal',
  'cluster.conf',
  CONTROL_FILE,
]);

/**
 * Copies the data directory of a live server to one or more new directories, as an online base backup does
 * (PostgreSQL manual, "Making a Base Backup Using the Low Level API"). It does not copy the WAL written
 * meanwhile: the clone streams it, so a slot that reserves it must exist on the source beforehand.
 */
export async function cloneDataDirectory(
  client: Client,
  source: string,
  targets: readonly string[],
  identity: Identity | undefined,
): Promise<void> {
  if ((await readdir(join(source, 'pg_tblspc'))).length > 0) {
    throw new PostgresClusterError(
      `Cannot clone ${source}: tablespaces outside the data directory are not supported.`,
    );
  }
  const copier = new Copier(identity);
  await client.query(`SELECT pg_backup_start('clone', true)`);
  for (const target of targets) await copier.makeDirectory(target);
  await copier.copyTree(source, targets);
  // Last, so that no data page in the copy is newer than the control file says.
  await copier.copy(source, targets, CONTROL_FILE);
  const stopped = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  for (const target of targets)
    await copier.write(join(target, 'backup_label'), stopped.rows[0]?.labelfile ?? '');
}

function isOmitted(path: string): boolean {
  return OMITTED.has(path) || basename(path).startsWith('pg_internal.init');
}

class Copier {
  #copied = 0;

  constructor(private readonly identity: Identity | undefined) {}

  async copyTree(source: string, targets: readonly string[], directory = ''): Promise<void> {
    const entries = await readdir(join(source, directory), { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !isOmitted(join(directory, entry.name)));
    for (const file of files) await this.copy(source, targets, join(directory, file.name));
    for (const entry of entries) {
      if (!entry.isDirectory()) continue;
      const path = join(directory, entry.name);
      for (const target of targets) await this.makeDirectory(join(target, path));
      if (!EMPTIED.has(path) && !entry.name.startsWith('pgsql_tmp'))
        await this.copyTree(source, targets, path);
    }
  }

  /**
   * Synchronous, because a thousand small files cost half as much as through the thread pool, whose threads
   * contend for the directory. It yields to the event loop every few files.
   */
  async copy(source: string, targets: readonly string[], path: string): Promise<void> {
    for (const target of targets) {
      try {
        copyFileSync(join(source, path), join(target, path), constants.COPYFILE_FICLONE);
      } catch (error) {
        // Dropped since the directory was read; replaying the WAL drops it from the clone as well.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        return;
      }
      giveTo(this.identity, join(target, path));
    }
    this.#copied += 1;
    if (this.#copied % FILES_PER_TURN === 0) await setImmediate();
  }

  async makeDirectory(path: string): Promise<void> {
    await mkdir(path, { mode: 0o700 });
    giveTo(this.identity, path);
  }

  async write(path: string, content: string): Promise<void> {
    await writeFile(path, content, { mode: 0o600 });
    giveTo(this.identity, path);
  }
}
