import type { ClusterControls } from '../cluster-controls';
import type { NodePicture, StoryName } from '../contract';
import type { Load } from '../load/load';
import type { StaleScores } from '../shop/stale-scores';

export const STORY_NAMES = ['replica-lags', 'primary-dies'] as const satisfies StoryName[];

/** What a story acts on and looks at. */
export interface Stage {
  readonly controls: ClusterControls;
  readonly load: Load;
  readonly scores: StaleScores;
  /** As the services see the nodes now. */
  nodes(): readonly NodePicture[];
  /** Shows the sentence until the next one. */
  say(caption: string): void;
  /** Resolves when the condition holds, or after the time limit: a story goes on. */
  until(condition: () => boolean, limitMs: number): Promise<void>;
  pause(ms: number): Promise<void>;
}

/** Tells itself on the stage; ends early by a rejection when it is stopped. */
export type Story = (stage: Stage) => Promise<void>;
