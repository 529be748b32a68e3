import type { Scene } from '../scene';

export interface Scenario {
  readonly name: string;
  play(scene: Scene): Promise<void>;
}
