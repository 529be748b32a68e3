import type { World } from '../world/world';

/** What was committed on any timeline: once for each operation and key, and nothing that was undone. */
export function checkCommits({ timelines, oracle }: World): void {
  const versions = new Map<string, number>();
  for (const timeline of timelines) {
    for (const record of timeline.records) {
      for (const { key, writer, version } of record.versions) {
        if (writer.endsWith('/undone')) {
          oracle.found('undone-stays-undone', `version ${version} of ${key} by ${writer} was committed`);
        }
        const name = `${key} ${writer}`;
        const before = versions.get(name);
        if (before !== undefined) {
          oracle.found(
            'committed-once',
            `${writer} has committed versions ${before} and ${version} of ${key}`,
          );
        }
        versions.set(name, version);
      }
    }
  }
}
