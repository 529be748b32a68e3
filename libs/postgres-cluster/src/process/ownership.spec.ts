import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ownership } from './ownership';
import { processBirth } from './processes';

describe('ownership of a directory', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ownership-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('can be acquired again after release', async () => {
    (await Ownership.acquire(directory)).release();
    (await Ownership.acquire(directory)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('cannot be acquired twice, even within one process', async () => {
    const owner = await Ownership.acquire(directory);
    await expect(Ownership.acquire(directory)).rejects.toMatchObject({ ownerPid: process.pid });
    owner.release();
  });

  it('goes to exactly one of many concurrent contenders', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => Ownership.acquire(directory)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is not held by a dead process', async () => {
    const child = spawn('/bin/sh', ['-c', 'exec sleep 60']);
    const claim = `${child.pid}_${processBirth(child.pid!)}_someone`;
    for (const kind of ['claim', 'held']) writeFileSync(join(directory, `${claim}.${kind}`), '');
    await expect(Ownership.acquire(directory)).rejects.toMatchObject({ ownerPid: child.pid });
    child.kill('SIGKILL');
    await once(child, 'exit');
    (await Ownership.acquire(directory)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it("is not held by another process that has the dead owner's pid", async () => {
    writeFileSync(join(directory, `${process.pid}_1_someone.held`), '');
    (await Ownership.acquire(directory)).release();
  });
});
