import { ConsoleLogger, type LogLevel } from '@nestjs/common';

// What Nest says about each route and module it wires: dozens of lines at every start that nobody asked for.
const WIRING_CONTEXTS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);
const DEFAULT_LEVELS: LogLevel[] = ['log', 'warn', 'error', 'fatal'];

export interface ServiceLoggerOptions {
  /** One JSON object a line; otherwise text for people. */
  json: boolean;
  /** NEST_LOG_LEVEL, when it is set. Nest reads and checks it itself. */
  levelVariable: string | undefined;
}

export class ServiceLogger extends ConsoleLogger {
  constructor({ json, levelVariable }: ServiceLoggerOptions) {
    super({
      json,
      flattenParams: true,
      ...(levelVariable === undefined ? { logLevels: DEFAULT_LEVELS } : {}),
    });
  }

  override log(message: unknown, ...optional: unknown[]): void {
    const context = optional.at(-1);
    if (typeof context === 'string' && WIRING_CONTEXTS.has(context)) {
      super.verbose(message, ...optional);
    } else {
      super.log(message, ...optional);
    }
  }

  override error(message: unknown, ...optional: unknown[]): void {
    // What keeps a service from starting is thrown as well, and bootService says it in one line.
    if (optional.at(-1) === 'ExceptionHandler') return;
    super.error(message, ...optional);
  }
}
