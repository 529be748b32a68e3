import type { Level } from '../../../consistency/history/lines';
import type { RouteEntry } from '../../../../libs/db-routing/src/routing/route-trace';
import type { RouteExpectation } from '../../checks/route-expectation';
import type { Operation } from '../caller';

/**
 * A read that rules and hints may route. A class, because V8 makes a new hidden class for each object literal
 * with getters.
 */
export class RoutedOperation implements Operation {
  readonly writes = [];

  constructor(
    readonly op: 'read' | 'read-only-transaction',
    private readonly asked: Level | undefined,
    private readonly expectation: RouteExpectation,
  ) {}

  /** What the rules make of it is known when it begins. */
  get level(): Level | undefined {
    return this.expectation.want?.level ?? this.asked;
  }

  get maxStalenessMs(): number | undefined {
    return this.expectation.want?.boundMs;
  }

  readonly onRoute = (entry: RouteEntry): void => this.expectation.judge(entry);
}
