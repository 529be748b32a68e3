import type { z } from 'zod';
import { ConfigurationError } from '../../errors';

/** Turns the first issue into an error that names the field, the value and the limit. */
export function configurationIssue(option: string, error: z.ZodError, input: unknown): ConfigurationError {
  const issue = mostSpecific(error.issues[0] as z.core.$ZodIssue);
  const keys = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...issue.path, ...keys];
  const field = path.reduce<string>((text, key) => {
    return typeof key === 'number' ? `${text}[${key}]` : `${text}${text === '' ? '' : '.'}${String(key)}`;
  }, option);
  return new ConfigurationError(field, show(valueAt(input, path)), limitOf(issue));
}

/** When the value fits none of several types: the issue that got furthest. */
function mostSpecific(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const found = issue.errors
    .flatMap(([first]) => (first ? [mostSpecific(first)] : []))
    .sort((a, b) => b.path.length - a.path.length)[0];
  return found ? { ...found, path: [...issue.path, ...found.path] } : issue;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

function show(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

function limitOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
    case 'too_small':
      return `must be at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return 'there is no such field';
    default:
      return issue.message;
  }
}

function unitOf(origin: string): string {
  return { string: ' characters long', array: ' entries long' }[origin] ?? '';
}

function article(expected: string): string {
  const names: Record<string, string> = { int: 'a whole number', array: 'a list', record: 'an object' };
  return names[expected] ?? (/^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`);
}
