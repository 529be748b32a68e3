import {
  causesOf,
  CONSISTENCY_HEADER,
  DeniedByRuleError,
  InvalidConsistencyTokenError,
  RequestAbortedError,
  RoutingError,
  sqlStateMeans,
} from 'db-routing';
import { HttpException } from '@nestjs/common';
import { MAX_BODY_BYTES, MAX_PATH_PARAMETER_LENGTH } from '../http/limits';
import { Problem } from './problem';

/**
 * Converts an error to what the client is told: everything about the client's mistakes, nothing about
 * internals.
 */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isFastifyError(error)) return fromFastify(error);
  if (isBodyCutOff(error)) return clientGone(error);
  if (error instanceof HttpException) {
    // Nest wraps errors that Fastify raises before a handler is found.
    return isFastifyError(error.cause) ? fromFastify(error.cause) : fromHttpException(error);
  }
  return (
    fromDatabase(error) ??
    new Problem({ status: 500, detail: 'An unexpected error occurred.' }, { cause: error })
  );
}

function fromHttpException(error: HttpException): Problem {
  const status = error.getStatus();
  return new Problem(status < 500 ? { status, detail: error.message } : { status }, { cause: error });
}

interface FastifyError extends Error {
  code: string;
  statusCode: number;
}

function isFastifyError(error: unknown): error is FastifyError {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('FST_')
  );
}

/**
 * Node's error for a request whose connection ended before its body did. Fastify has set the status on it,
 * which errors of other connections do not have.
 */
function isBodyCutOff(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ECONNRESET' &&
    'statusCode' in error &&
    error.statusCode === 400
  );
}

const fastifyDetails: Record<string, string> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be JSON, with the header Content-Type: application/json.',
  FST_ERR_CTP_BODY_TOO_LARGE: `The body must be at most ${MAX_BODY_BYTES} bytes long.`,
  FST_ERR_MAX_PARAM_LENGTH: `A part of the path must be at most ${MAX_PATH_PARAMETER_LENGTH} characters long.`,
  FST_ERR_BAD_URL: 'The path is not a valid URL path.',
};

function fromFastify(error: FastifyError): Problem {
  const { statusCode: status, code, message } = error;
  return new Problem(status < 500 ? { status, detail: fastifyDetails[code] ?? message } : { status: 500 }, {
    cause: error,
  });
}

const DEFAULT_RETRY_AFTER_MS = 1_000;

function fromDatabase(error: unknown): Problem | undefined {
  for (const cause of causesOf(error)) {
    if (cause instanceof RoutingError) {
      if (cause instanceof InvalidConsistencyTokenError) return unbelievableToken(cause, error);
      if (cause instanceof RequestAbortedError) return clientGone(error);
      if (cause instanceof DeniedByRuleError) return new Problem({ status: 403 }, { cause: error });
      return cause.isTransient ? unavailable(error, cause.code, cause.retryAfterMs) : undefined;
    }
    if (sqlStateMeans(cause, 'transient')) return unavailable(error);
  }
  return undefined;
}

/** The client never reads this; the status is for the access log, where nginx also writes it. */
function clientGone(cause: unknown): Problem {
  return new Problem({ status: 499, title: 'Client closed request' }, { cause });
}

function unbelievableToken({ objection }: InvalidConsistencyTokenError, cause: unknown): Problem {
  return new Problem(
    {
      status: 400,
      type: 'urn:problem:consistency-token',
      title: 'Consistency-Token refused',
      detail: 'Nothing was done. Repeat the request without the header Consistency-Token.',
      errors: [{ field: CONSISTENCY_HEADER, message: `is ${objection}` }],
    },
    { cause },
  );
}

function unavailable(error: unknown, code?: string, retryAfterMs = DEFAULT_RETRY_AFTER_MS): Problem {
  const isOutcomeUnknown = code === 'COMMIT_OUTCOME_UNKNOWN' || code === 'WRITE_OUTCOME_UNKNOWN';
  return new Problem(
    {
      status: 503,
      type: isOutcomeUnknown ? 'urn:problem:outcome-unknown' : 'urn:problem:database-unavailable',
      title: isOutcomeUnknown ? 'Outcome unknown' : 'Database unavailable',
      detail: isOutcomeUnknown
        ? 'The request may have been carried out. Repeat it with the same Idempotency-Key to learn its outcome.'
        : 'The database cannot serve this request at the moment. Try again later.',
      headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) },
    },
    { cause: error },
  );
}
