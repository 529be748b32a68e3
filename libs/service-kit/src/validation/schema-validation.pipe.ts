import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { type FieldError, Problem } from '../problems/problem';
import { describeIssue } from './describe-issue';

const MAX_ERRORS = 20;
const MAX_ECHO_LENGTH = 100;

/**
 * Validates what a handler declares with `{ schema }`, and answers 400 naming each field, its value and the
 * limit. Nest's pipe for standard schemas knows only the issues, not the values; the schemas here are zod's.
 */
@Injectable()
export class SchemaValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ validateCustomDecorators: true });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    const { schema } = metadata;
    if (schema === undefined || !this.toValidate(metadata)) return value;
    const result = await this.validate<T>(value, schema);
    if (result.issues === undefined) return result.value;
    const issues = result.issues as readonly z.core.$ZodIssue[];
    const errors = oneForEachField(issues.flatMap((issue) => fieldErrors(issue, value, metadata)));
    throw new Problem({ status: 400, detail: errors.map(sentence).join('; '), errors });
  }
}

// zod may report both that a number is not a safe integer and that it exceeds the limit.
function oneForEachField(errors: FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [error.field, error])).values()].slice(0, MAX_ERRORS);
}

function fieldErrors(issue: z.core.$ZodIssue, input: unknown, metadata: ArgumentMetadata): FieldError[] {
  const prefix = metadata.data === undefined ? [] : [metadata.data];
  const nameOf = (path: PropertyKey[]) =>
    [...prefix, ...path].map(String).join('.') || placeNames[metadata.type];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: nameOf([...issue.path, key]),
      value: echo(valueAt(input, [...issue.path, key])),
      message: 'is not known here',
    }));
  }
  const value = valueAt(input, issue.path);
  const description = value === undefined ? { message: 'is required' } : describeIssue(issue);
  return [{ field: nameOf(issue.path), value: echo(value), ...description }];
}

const placeNames = { body: 'body', query: 'query', param: 'path', custom: 'header' };

function sentence({ field, value, message }: FieldError): string {
  return value === undefined ? `${field} ${message}` : `${field} is ${JSON.stringify(value)}: it ${message}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], input);
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
