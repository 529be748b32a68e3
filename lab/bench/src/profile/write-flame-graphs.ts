import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readCallTree } from './cpu-profile';
import { flameGraph } from './flame-graph';

const PROFILE = '.cpuprofile';

/** Draws a flame graph, NAME.svg, of each CPU profile in the directory. Returns the images' paths. */
export function writeFlameGraphs(directory: string): string[] {
  const profiles = readdirSync(directory).filter((name) => name.endsWith(PROFILE));
  return profiles.map((profile) => {
    const name = basename(profile, PROFILE);
    const file = join(directory, `${name}.svg`);
    writeFileSync(file, flameGraph(readCallTree(join(directory, profile)), name));
    return file;
  });
}
