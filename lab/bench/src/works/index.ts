import type { WorkGroup, WorkName } from '../bench';
import { callers } from './callers';
import { decision } from './decision';
import { growth } from './growth';
import { http, httpSql } from './http';
import { layered } from './layers';
import { links } from './links';
import { processes } from './processes';
import { soak } from './soak';
import { startAndIdle } from './start-and-idle';
import { tail } from './tail';
import { throughput } from './throughput';

/** In the order in which they run; the last ones add replicas, which remain. */
export const workGroups: readonly WorkGroup[] = [
  throughput,
  layered,
  http,
  httpSql,
  startAndIdle,
  links,
  tail,
  callers,
  decision,
  soak,
  processes,
  growth,
];

export const allWorks: readonly WorkName[] = workGroups.flatMap(({ works }) => works);
