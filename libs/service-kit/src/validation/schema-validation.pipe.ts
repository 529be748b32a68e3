import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { describeIssue } from './describe-issue';
import { type RefusedField, refusedFields, UNKNOWN_FIELD } from './refused-fields';

/**
 * Validates what a handler declares with `{ schema }`, and answers 400 naming each field, its value and the
 * limit. Nest's pipe for standard schemas knows only the issues, not the values; the schemas here are zod's.
 */
@Injectable()
export class SchemaValidationPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    if (metadata.schema === undefined) return value;
    const result = metadata.schema['~standard'].validate(value);
    // At once, unless the schema has to wait for something.
    return result instanceof Promise
      ? result.then((awaited) => outputOf(awaited, value, metadata))
      : outputOf(result, value, metadata);
  }
}

type Validated = Awaited<ReturnType<NonNullable<ArgumentMetadata['schema']>['~standard']['validate']>>;

function outputOf(result: Validated, input: unknown, metadata: ArgumentMetadata): unknown {
  if (result.issues === undefined) return result.value;
  const issues = result.issues as readonly z.core.$ZodIssue[];
  throw refusedFields(issues.flatMap((issue) => fieldErrors(issue, input, metadata)));
}

function fieldErrors(issue: z.core.$ZodIssue, input: unknown, metadata: ArgumentMetadata): RefusedField[] {
  const prefix = metadata.data === undefined ? [] : [metadata.data];
  const nameOf = (path: PropertyKey[]) =>
    [...prefix, ...path].map(String).join('.') || placeNames[metadata.type];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: nameOf([...issue.path, key]),
      value: valueAt(input, [...issue.path, key]),
      message: UNKNOWN_FIELD,
    }));
  }
  const value = valueAt(input, issue.path);
  const description = value === undefined ? { message: 'is required' } : describeIssue(issue);
  return [{ field: nameOf(issue.path), value, ...description }];
}

const placeNames = { body: 'body', query: 'query', param: 'path', custom: 'header' };

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], input);
}
