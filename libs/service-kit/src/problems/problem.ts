import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** One field of a request that was refused. */
export interface FieldError {
  field: string;
  value?: string | number | boolean | null | undefined;
  limit?: number | undefined;
  message: string;
  /** Facts about one kind of problem, in additional fields. */
  [extension: string]: string | number | boolean | null | undefined;
}

export interface ProblemOptions {
  status: number;
  /** A URI that identifies the kind of problem; "about:blank" says no more than the status. */
  type?: string;
  title?: string;
  /** Explains this occurrence to a human reader. */
  detail?: string;
  errors?: FieldError[];
  headers?: Record<string, string>;
}

/** An error answered as problem details (RFC 9457). */
export class Problem extends HttpException {
  readonly type: string;
  readonly title: string;
  readonly detail: string | undefined;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    { status, type, title, detail, errors, headers }: ProblemOptions,
    options?: { cause?: unknown },
  ) {
    super(detail ?? title ?? String(status), status, options);
    this.name = 'Problem';
    this.type = type ?? 'about:blank';
    this.title = title ?? STATUS_CODES[status] ?? 'Error';
    this.detail = detail;
    this.errors = errors;
    this.headers = headers ?? {};
  }
}
