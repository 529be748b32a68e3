import type { Finding } from '../world/oracle';

/** How a child process reports one seed: one line of JSON. */
export interface SeedLine {
  readonly seed: number;
  readonly operations: number;
  readonly violations: readonly Finding[];
}
