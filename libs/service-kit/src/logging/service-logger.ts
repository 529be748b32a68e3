import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { BufferedOutput } from './buffered-output';

// Nest logs each route and module that it sets up: dozens of lines at every start that are of no use here.
const WIRING_CONTEXTS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);
const DEFAULT_LEVELS: LogLevel[] = ['log', 'warn', 'error', 'fatal'];

export interface ServiceLoggerOptions {
  /** Writes one JSON object per line, or text for people. */
  json: boolean;
  /** NEST_LOG_LEVEL, if set. Nest reads and checks it itself. */
  levelVariable: string | undefined;
}

type JsonOptions = Parameters<ConsoleLogger['getJsonLogObject']>[1];

export class ServiceLogger extends ConsoleLogger {
  readonly #output = new BufferedOutput();

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

  /** Errors go to standard error, at once. */
  protected override printAsJson(message: unknown, options: JsonOptions): void {
    if (options.writeStreamType === 'stderr') super.printAsJson(message, options);
    else this.#output.write(`${this.stringifyJsonLogObject(this.getJsonLogObject(message, options))}\n`);
  }

  override error(message: unknown, ...optional: unknown[]): void {
    // An error that keeps a service from starting is also thrown, and bootService prints it in one line.
    if (optional.at(-1) === 'ExceptionHandler') return;
    super.error(message, ...optional);
  }
}
