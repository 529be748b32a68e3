import { setTimeout as delay } from 'node:timers/promises';
import type { StoryName, StoryPicture } from '../contract';
import { primaryDies } from './primary-dies';
import { replicaLags } from './replica-lags';
import type { Stage, Story } from './story';

const STORIES: Readonly<Record<StoryName, Story>> = {
  'replica-lags': replicaLags,
  'primary-dies': primaryDies,
};
const CHECK_MS = 100;

/** Runs one story at a time, and undoes all of its faults when it ends in any way. */
export class Storyteller {
  #picture: StoryPicture | null = null;
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(private readonly stage: Pick<Stage, 'controls' | 'load' | 'scores' | 'nodes'>) {}

  get picture(): StoryPicture | null {
    return this.#picture;
  }

  /** Ends the story that runs, and begins this one. */
  async tell(name: StoryName): Promise<void> {
    await this.stop();
    const stop = new AbortController();
    this.#running = { stop, ended: this.#run(name, stop.signal) };
  }

  async stop(): Promise<void> {
    const running = this.#running;
    running?.stop.abort();
    await running?.ended;
  }

  async #run(name: StoryName, signal: AbortSignal): Promise<void> {
    const say = (caption: string, isRunning = true): void => {
      this.#picture = { name, caption, isRunning };
    };
    say('');
    try {
      await STORIES[name]({ ...this.stage, nodes: () => this.stage.nodes(), say, ...waits(signal) });
    } catch (error) {
      say(signal.aborted ? 'Stopped.' : `Stopped: ${(error as Error).message}`);
    }
    await this.stage.controls.apply({ fault: 'undo-all' }).catch((error: unknown) => {
      say(`Not everything could be undone: ${(error as Error).message}`);
    });
    this.#running = undefined;
    say(this.#picture?.caption ?? '', false);
  }
}

function waits(signal: AbortSignal): Pick<Stage, 'until' | 'pause'> {
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal });
  return {
    pause,
    until: async (condition, limitMs) => {
      const deadlineMs = performance.now() + limitMs;
      while (!condition() && performance.now() < deadlineMs) await pause(CHECK_MS);
    },
  };
}
