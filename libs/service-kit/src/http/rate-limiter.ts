import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/service-config';
import { Problem } from '../problems/problem';
import { isProbe } from './request-path';

const WINDOW_MS = 60_000;

/** Loads the plugin, which must be there before the RateLimiter is made. */
export async function registerRateLimit(instance: FastifyInstance): Promise<void> {
  // Not global: the plugin's own hooks run before the guards and know no customer.
  await instance.register(rateLimit, { global: false, timeWindow: WINDOW_MS, keyGenerator: keyOf });
}

/** The customer of the token, else the address that the connection comes from. */
function keyOf({ caller, ip }: FastifyRequest): string {
  return caller === undefined ? `address ${normalizeIP(ip)}` : `customer ${caller.subject}`;
}

/** Limits how many requests each customer may send to this process in a minute. */
@Injectable()
export class RateLimiter {
  readonly #count: ReturnType<FastifyInstance['createRateLimit']> | undefined;

  constructor(
    @Inject(SERVICE_CONFIG) { http }: Pick<ServiceConfig, 'http'>,
    { httpAdapter }: HttpAdapterHost,
  ) {
    const { rateLimitPerMinute: max } = http;
    if (max === undefined) return;
    this.#count = httpAdapter.getInstance<FastifyInstance>().createRateLimit({ max, timeWindow: WINDOW_MS });
  }

  /** Whether the request is to be counted. */
  counts(request: FastifyRequest): boolean {
    return this.#count !== undefined && !isProbe(request.url);
  }

  /**
   * Counts a request once its token is verified or refused. Probes are not counted: a refused one would take
   * the process out of the load balancer.
   *
   * @throws Problem 429, with the seconds to wait, when the limit is exceeded
   */
  async count(request: FastifyRequest): Promise<void> {
    if (this.#count === undefined || !this.counts(request)) return;
    const counted = await this.#count(request);
    if (counted.isAllowed || !counted.isExceeded) return;
    throw tooManyRequests(counted.max, Math.max(1, counted.ttlInSeconds));
  }
}

function tooManyRequests(limit: number, seconds: number): Problem {
  return new Problem({
    status: 429,
    type: 'urn:problem:rate-limit',
    detail: `At most ${limit} requests a minute are served. Try again in ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  });
}
