import type { z } from 'zod';

export interface IssueDescription {
  /** What the value must be, phrased to follow its name: "must be at most 100". */
  message: string;
  /** The limit that was exceeded, if there is one. */
  limit?: number;
}

/** Says what a value must be, in words for the client. */
export function describeIssue(issue: z.core.$ZodIssue): IssueDescription {
  switch (issue.code) {
    case 'too_big':
      return bounded(issue.origin, 'at most', Number(issue.maximum));
    case 'too_small':
      return bounded(issue.origin, 'at least', Number(issue.minimum));
    case 'invalid_type':
      return { message: `must be ${typeNames[issue.expected] ?? issue.expected}` };
    case 'invalid_value':
      return { message: `must be one of ${issue.values.map(String).join(', ')}` };
    case 'invalid_format':
      return { message: formatNames[issue.format] ?? issue.message };
    case 'unrecognized_keys':
      return { message: `must not have ${issue.keys.map((key) => `"${key}"`).join(', ')}` };
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return { message: issue.message };
  }
}

function bounded(origin: string, word: 'at most' | 'at least', limit: number): IssueDescription {
  const unit = { string: ' characters long', array: ' entries long' }[origin] ?? '';
  return { message: `must be ${word} ${limit}${unit}`, limit };
}

const typeNames: Record<string, string> = {
  int: 'a whole number',
  // Every number that a service accepts is an integer, and zod first checks whether it is a number.
  number: 'a whole number',
  string: 'a string',
  array: 'an array',
  object: 'an object',
  boolean: 'true or false',
};

const formatNames: Record<string, string> = {
  uuid: 'must be a UUID',
  date: 'must be a date, as 2026-01-31',
  datetime: 'must be a time with its offset, as 2026-01-31T12:00:00Z',
};
