import { type FieldError, Problem } from '../problems/problem';

const MAX_ERRORS = 20;
const MAX_ECHO_LENGTH = 100;

export const UNKNOWN_FIELD = 'is not known here';

export interface RefusedField {
  readonly field: string;
  /** As the client sent it. */
  readonly value: unknown;
  readonly limit?: number | undefined;
  readonly message: string;
}

/** Answers 400, naming each field once with its value and what is wrong with it. */
export function refusedFields(all: readonly RefusedField[]): Problem {
  // zod may report both that a number is not a safe integer and that it exceeds the limit.
  const fields = [...new Map(all.map((each) => [each.field, each])).values()].slice(0, MAX_ERRORS);
  const errors = fields.map((each): FieldError => ({ ...each, value: echo(each.value) }));
  return new Problem({ status: 400, detail: errors.map(sentence).join('; '), errors });
}

function sentence({ field, value, message }: FieldError): string {
  return value === undefined ? `${field} ${message}` : `${field} is ${JSON.stringify(value)}: it ${message}`;
}

/** The value the client sent, shortened for the response. */
function echo(value: unknown): FieldError['value'] {
  if (Array.isArray(value)) return `array of ${value.length}`;
  // JSON may contain a number too large for JavaScript, which becomes Infinity, and JSON cannot represent
  // that.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'object') return 'object';
  if (typeof value !== 'string') return undefined;
  return value.length <= MAX_ECHO_LENGTH ? value : `${value.slice(0, MAX_ECHO_LENGTH)}…`;
}
