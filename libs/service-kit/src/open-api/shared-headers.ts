import { CONSISTENCY_HEADER } from 'db-routing';
import { ROUTE_HEADER } from 'db-routing/nest';
import type { OpenAPIObject } from '@nestjs/swagger';
import { problemContent } from './problem-content';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Response = Exclude<Operation['responses'][string], { $ref: string } | undefined>;
type Headers = NonNullable<Response['headers']>;

const text = { type: 'string' };

const TOKEN_PARAMETER = {
  name: CONSISTENCY_HEADER,
  in: 'header',
  required: false,
  description:
    'The header of the same name of an earlier answer, of any service: what is read shows at least that.',
  schema: text,
} as const;

const TOKEN_HEADER = {
  [CONSISTENCY_HEADER]: {
    description: 'What the session has seen. Send it with the next request, to any service.',
    schema: text,
  },
};

const ROUTE = {
  [ROUTE_HEADER]: {
    description: 'Which node ran the statements, and why; not in production.',
    schema: text,
  },
};

const RETRY_AFTER = {
  'Retry-After': {
    description: 'Try again after this many seconds.',
    schema: { type: 'integer', minimum: 1 },
  },
};

const TRY_LATER: Readonly<Record<string, Response>> = {
  429: { description: 'Too many requests in a minute', headers: RETRY_AFTER, content: problemContent },
  503: {
    description: 'The database cannot serve the request at the moment',
    headers: RETRY_AFTER,
    content: problemContent,
  },
};

/** Describes what every route has that asks for a token: the headers of a session, and when to try again. */
export function describeSharedHeaders(
  document: OpenAPIObject,
  { showsRoute }: { showsRoute: boolean },
): void {
  const answered = showsRoute ? { ...TOKEN_HEADER, ...ROUTE } : TOKEN_HEADER;
  for (const path of Object.values(document.paths)) {
    for (const operation of Object.values(path) as Operation[]) {
      if (operation.security !== undefined) describe(operation, answered);
    }
  }
}

function describe(operation: Operation, answered: Headers): void {
  operation.parameters = [...(operation.parameters ?? []), TOKEN_PARAMETER];
  operation.responses = { ...operation.responses, ...TRY_LATER };
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response === undefined || '$ref' in response || status in TRY_LATER) continue;
    response.headers = { ...answered, ...response.headers };
    if (/^[45]/.test(status)) response.content ??= problemContent;
  }
}
