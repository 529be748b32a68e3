import type { Stage } from './story';

const READERS = 8;
const ORDERERS = 3;

/** A story needs customers; those that are there already stay. */
export function withLoad({ load }: Stage): void {
  const { readers, orderers } = load.size;
  load.resize({ readers: Math.max(readers, READERS), orderers: Math.max(orderers, ORDERERS) });
}
