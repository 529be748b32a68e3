import { parseArgs } from 'node:util';
import type { RoutingAttributes } from 'db-routing';

export interface RouteArguments {
  /** Undefined: statements are read from standard input. */
  readonly statement: string | undefined;
  /** The caller that the statements would run for. */
  readonly attributes: RoutingAttributes;
}

/** The command's arguments are invalid; shown without a stack. */
export class RouteUsageError extends Error {
  override readonly name = 'RouteUsageError';
}

export const USAGE = `usage: npm run -s route -- [options] "SELECT …"
       npm run -s route -- [options] --json    (one JSON string a line on standard input)

options, for rules that depend on the caller:
  --subject <subject>   --role <role> (as often as needed)   --tenant <tenant>`;

/** Undefined when the usage is asked for. Throws RouteUsageError for arguments that are no usage. */
export function readArguments(argv: readonly string[]): RouteArguments | undefined {
  const [only = ''] = argv;
  // A statement may begin with a comment, which looks like an option.
  if (argv.length === 1 && /^--\s/.test(only)) return { statement: only, attributes: {} };
  if (argv.length === 1 && (only === '--help' || only === '-h')) return undefined;
  const { json = false, role: roles, subject, tenant, positionals } = parsed(argv);
  const [statement] = positionals;
  if (positionals.length !== (json ? 0 : 1) || statement === '') throw new RouteUsageError(USAGE);
  return { statement, attributes: { subject, roles, tenant } };
}

function parsed(argv: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        subject: { type: 'string' },
        role: { type: 'string', multiple: true },
        tenant: { type: 'string' },
      },
    });
    return { ...values, positionals };
  } catch (error) {
    throw new RouteUsageError(USAGE, { cause: error });
  }
}
