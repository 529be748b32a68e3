import { Injectable } from '@nestjs/common';

/** Whether the service accepts new work. */
@Injectable()
export class ServiceLifecycle {
  #isDraining = false;

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** From now on, the service reports that it is not ready. */
  beginDrain(): void {
    this.#isDraining = true;
  }
}
