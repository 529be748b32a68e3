import type { ExclusiveAnswer } from '../../../engine/node-statement';
import type { Statement } from '../../../engine/statement';

/** Remembers which answers to a client left its transaction open, once it may have changed definitions. */
export class LeftOpen {
  #results: WeakSet<object> | undefined;

  /** Call this for each statement, before its answer. */
  sent({ mayDefine }: Statement): void {
    if (mayDefine) this.#results ??= new WeakSet();
  }

  note({ result, isOpen }: Pick<ExclusiveAnswer, 'result' | 'isOpen'>): void {
    if (isOpen) this.#results?.add(result);
  }

  has(result: object): boolean {
    return this.#results?.has(result) === true;
  }
}
