import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Frame, readCallTree } from './cpu-profile';
import { flameGraph } from './flame-graph';

const MODULES = 'file:///app/node_modules';
const call = (functionName: string, url: string) => ({ functionName, url, lineNumber: 6 });

/** 8 ms: 4 before it is warm, then 1 in TypeORM itself, 2 in a write that it calls, 1 of waiting. */
const PROFILE = {
  nodes: [
    { id: 1, callFrame: call('(root)', ''), children: [2, 4] },
    { id: 2, callFrame: call('find', `${MODULES}/typeorm/find.js`), children: [3] },
    { id: 3, callFrame: call('writeBuffer', '') },
    { id: 4, callFrame: call('(idle)', '') },
  ],
  samples: [2, 2, 2, 3, 4],
  timeDeltas: [1_000, 2_900, 1_100, 2_000, 1_000],
};

describe('readCallTree', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'profile-'));
    writeFileSync(join(directory, 'a.cpuprofile'), JSON.stringify(PROFILE));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('counts the second half of a profile, and no waiting', () => {
    const root = readCallTree(join(directory, 'a.cpuprofile'));
    const [find] = [...root.children.values()] as [Frame];
    const [write] = [...find.children.values()] as [Frame];

    expect(root.totalUs).toBe(3_100);
    expect(find).toMatchObject({
      place: 'typeorm/find.js:7',
      layer: 'TypeORM',
      totalUs: 3_100,
      selfUs: 1_100,
    });
    expect(write).toMatchObject({ name: 'writeBuffer', layer: 'socket writes (kernel)', selfUs: 2_000 });
  });

  it('is drawn with the share of each layer', () => {
    const svg = flameGraph(readCallTree(join(directory, 'a.cpuprofile')), 'a < b');

    expect(svg).toContain('a &lt; b');
    expect(svg).toContain('TypeORM 35.5 %');
    expect(svg).toContain('socket writes (kernel) 64.5 %');
  });
});
