import { z } from 'zod';

/** The body of every error, for OpenAPI. */
export const problemSchema = z.object({
  type: z.string().meta({ description: 'What kind of problem; about:blank says no more than the status' }),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string(),
  requestId: z.string().meta({ description: 'Also in the log, and in the header X-Request-Id' }),
  errors: z
    .array(
      z.looseObject({
        field: z.string(),
        value: z.unknown(),
        limit: z.number().optional(),
        message: z.string(),
      }),
    )
    .optional(),
});
