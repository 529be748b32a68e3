import type { ComposeProject } from './project';
import type { Shop } from './shop';

export interface Context {
  readonly project: ComposeProject;
  readonly shop: Shop;
}

/** What is proven, in the order of the list: each step goes on from where the one before it ended. */
export interface Step {
  readonly name: string;
  /** Returns what was seen, for the table. Throws when it does not hold. */
  readonly run: (context: Context) => Promise<string>;
}

export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}
