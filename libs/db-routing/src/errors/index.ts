export { RoutingError } from './routing-error';
export * from './configuration-errors';
export * from './routing-decision-errors';
export * from './connection-errors';
export * from './statement-errors';
export * from './request-errors';
export * from './transaction-errors';
