import type { ComposeProject } from './project';
import type { Shop } from './shop';

export interface Context {
  readonly project: ComposeProject;
  readonly shop: Shop;
}

/** A step proves something. The steps run in order, and each continues from where the previous one ended. */
export interface Step {
  readonly name: string;
  /** Returns what it observed, for the table. Throws when the step fails. */
  readonly run: (context: Context) => Promise<string>;
}

export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}
