export { observePool } from './metrics/observe-pool';
export type { ObservedPool } from './metrics/observed-pool';
export { QuerySummaries, type QuerySummary } from './postgres/classify/query-summary';
