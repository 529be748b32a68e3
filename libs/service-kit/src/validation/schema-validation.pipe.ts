import { type ArgumentMetadata, Injectable, StandardSchemaValidationPipe } from '@nestjs/common';
import type { z } from 'zod';
import { describeIssue } from './describe-issue';
import { type RefusedField, refusedFields, UNKNOWN_FIELD } from './refused-fields';

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
    throw refusedFields(issues.flatMap((issue) => fieldErrors(issue, value, metadata)));
  }
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
